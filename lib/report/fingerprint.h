// What tells two bugs apart, and one bug from itself.
//
// A fingerprint has nothing of the run that another run of the same bug would have otherwise: no
// address, no line, no thread, no name of a tensor, an object or an interpreter, no state of the
// slot. README.md says what it has for which verdict.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "report/run_view.h"
#include "report/stack.h"

namespace slotproof::report {

// FNV-1a (Fowler, Noll, Vo) of the text, 64 bits, as sixteen hexadecimal digits.
std::string hash_of(std::string_view text);

struct Fingerprint {
  std::string line;   // for people; equal if and only if the fingerprints are
  std::string blame;  // a function or a call of the slot: where to look first

  std::string hash() const { return hash_of(line); }

  friend bool operator==(const Fingerprint& a, const Fingerprint& b) { return a.line == b.line; }
};

// That of a run that convicts; `stacks` are those at events_with_stacks(run). Empty for other runs.
Fingerprint fingerprint(const RunView& run, std::span<const Stack> stacks);

// What the calls at fault did to memory until the run ended, in order: "load slot acquire, write
// slot+8", several calls separated by "; ". Of a race they are also those that handed a value on
// without the order that should have come with it. Tells bugs apart that show in the same way: what
// is wrong with a call often is what it does not do. The same for runs of the same small case;
// larger programs come by other ways to the same failure.
std::string footprint(const RunView& run);

// What is left of a sentence when the names and numbers in it are made equal: "x0.owns_pyobj():
// true; with tag A, object p1 a right slot gives false" becomes "owns_pyobj: true; a right slot
// gives false".
std::string without_names(std::string_view sentence);

// The frames that identify a place: at most three, innermost first, each as "function (file)".
// Left out are the binding, which is outermost, and what README.md lists as noise.
std::vector<std::string> telling_frames(const Stack& stack);

}  // namespace slotproof::report
