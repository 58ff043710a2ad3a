// What a slot is held to, clause by clause, and a search for programs that show it broken.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "explore/runner.h"
#include "explore/search.h"
#include "explore/small_programs.h"
#include "program/program.h"

namespace slotproof::explore {

// Who gets a slot into trouble where a clause is broken.
enum class Reach : std::uint8_t {
  kProtocol,      // callers that keep to the protocol: wrap, unwrap, drop, ...
  kCalls,         // single calls of the slot that keep all promises
  kMisuse,        // calls that a slot may undertake to refuse
  kPromises,      // callers that break a promise: what becomes of it is no fault of the slot
  kFreeThreaded,  // callers that keep to the protocol, in a Python without a GIL
};
std::string_view name(Reach reach);

// One thing that is expected of slots, and the programs that put it to the test. No program tests
// two clauses, so that a slot which breaks one is still held to the others.
struct Clause {
  std::string_view name;     // kebab-case
  std::string_view promise;  // a sentence, true of a right slot
  std::string_view hazard;   // what goes wrong otherwise, and where that comes from
  Reach reach;
  program::Rules rules;
  // Whether its programs have this operation.
  bool (*uses)(const program::Operation& operation);
  // Whether the last run put it to the test.
  bool (*tests)(const report::RunView& run);
  // kMisuse: the feature by which a slot undertakes to refuse it.
  world::Feature refusal = {};

  // Whether it is the part of a slot with these features to keep the promise. A caller's broken
  // promise is no fault of the slot, whatever that leads to, nor is misuse that it does not
  // undertake to refuse; and slots of the present are not made for a Python without a GIL.
  bool binds(const world::Features& features) const {
    return reach == Reach::kProtocol || reach == Reach::kCalls ||
           (reach == Reach::kMisuse && features.has(refusal));
  }
};

std::span<const Clause> clauses();

struct Audited {
  const Clause* clause = nullptr;
  std::uint64_t programs = 0;     // small ones, each explored
  std::uint64_t executions = 0;   // of these
  std::uint64_t incomplete = 0;   // of the small programs have more executions than were run
  std::uint64_t runs = 0;         // of random programs
  std::uint64_t tested = 0;       // of executions and runs put the clause to the test
  bool endless = false;           // the search was given up: too many runs did not end
  std::vector<Finding> findings;  // shrunk; one for each verdict
};

// Holds the runner's slot to `clause`: by every execution of every program of its operations within
// `audit_bounds()`, or up to the first verdict in each, then by `runs` random programs, which
// depend on the seed alone. `progress` is told how many programs there were.
Audited audit(Runner& runner, const Clause& clause, std::uint64_t seed, std::uint64_t runs,
              const Progress& progress = {});

std::span<const Bound> audit_bounds();

// Whether all operations are the clause's.
bool keeps_to(const Clause& clause, const program::Program& program);

}  // namespace slotproof::explore
