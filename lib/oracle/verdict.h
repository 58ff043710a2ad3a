// The verdicts: a closed list.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace slotproof::oracle {

enum class Verdict : std::uint8_t {
  kPass,
  // The slot is at fault.
  kDataRace,  // two conflicting accesses, one of them plain, unordered by happens-before
  kAddress,   // access to memory that was freed, or never allocated
  kCrash,     // std::terminate, abort, a fatal signal
  kDeadlock,
  kStepLimit,  // the run would not end; also where judging it would not
  kTag,        // the tag changed after it was set, or two interpreters won it
  kOwnership,  // an object dropped too often, too seldom, by the wrong interpreter, without its GIL
  kResult,     // a call gave what the model does not allow
  kException,  // wrong type or text, one too many or missing, or a throw that changed the slot
  kGil,        // the object word was written without the tagged interpreter's GIL
  // The slot is not at fault.
  kInvalid,  // the program broke a promise that its caller owes: neither pass nor failure
  kHarness,  // the suite contradicts itself: a bug in it
};
inline constexpr int kVerdicts = 13;

inline constexpr std::array<std::string_view, kVerdicts> kVerdictNames = {
    "pass",      "data-race", "address",   "crash", "deadlock", "step-limit", "tag",
    "ownership", "result",    "exception", "gil",   "invalid",  "harness"};

constexpr std::string_view name(Verdict v) { return kVerdictNames[static_cast<std::size_t>(v)]; }

// Whether it convicts the slot.
constexpr bool convicts(Verdict v) { return v >= Verdict::kDataRace && v <= Verdict::kGil; }

// The exit code of a command that ends with this verdict: 0 pass, 10 to 19 as listed, 3 invalid, 4
// harness. (2 is bad usage or unreadable input.)
constexpr int exit_code(Verdict v) {
  if (v == Verdict::kPass) return 0;
  if (convicts(v)) return 10 + static_cast<int>(v) - static_cast<int>(Verdict::kDataRace);
  return v == Verdict::kInvalid ? 3 : 4;
}

// The verdict of that name; false if there is none.
constexpr bool verdict_named(std::string_view word, Verdict& into) {
  for (int v = 0; v < kVerdicts; ++v) {
    if (kVerdictNames[static_cast<std::size_t>(v)] != word) continue;
    into = static_cast<Verdict>(v);
    return true;
  }
  return false;
}

}  // namespace slotproof::oracle
