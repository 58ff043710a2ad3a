// Programs of the hand-written slot, run until they fail.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "choice/source.h"
#include "explore/runner.h"
#include "explore/search.h"
#include "hand/hand_slot.h"
#include "program/text.h"

namespace slotproof::unit {

// What a text says; a mistake in it is a failure of the test.
inline program::ProgramText parsed(const std::string& text) {
  program::ProgramText into;
  program::ParseError error;
  if (!program::parse(text, into, error)) {
    ADD_FAILURE() << error.line << ":" << error.column << ": " << error.message;
  }
  return into;
}

// A program under the schedule with the fewest deviations from the dull one that gets the verdict
// that its text expects: a golden picture survives a change of what choices mean.
class FailingCase {
 public:
  FailingCase(Bug bug, const std::string& text) : slot_(bug), runner_(slot_) {
    const program::ProgramText expected = parsed(text);
    case_ = expected.test_case;
    oracle::Verdict wanted = oracle::Verdict::kPass;
    if (!expected.expect.empty()) oracle::verdict_named(expected.expect.front(), wanted);
    constexpr std::uint64_t kRuns = 10'000;
    const auto found =
        explore::deviation_search(runner_, case_.program, explore::gets(wanted), kRuns).finding;
    if (!found) {
      ADD_FAILURE() << "no schedule gets " << oracle::name(wanted);
      return;
    }
    case_ = found->test_case;
    run();
  }

  // Runs it again; the view is good until the next run.
  report::RunView run() {
    choice::ReplaySource source(case_.choices);
    runner_.run(case_.program, source);
    return runner_.view();
  }

  explore::Runner& runner() { return runner_; }

 private:
  HandSlot slot_;
  explore::Runner runner_;
  program::Case case_;
};

inline constexpr const char* kTwoClaims =
    "slotproof 1\n"
    "thread 0\n  A wrap x0\n"
    "thread 1\n  B wrap x0\n"
    "expect data-race\n";

inline constexpr const char* kDroppedTwice =
    "slotproof 1\n"
    "thread 0\n  A wrap x0\n  A unwrap x0\n  A revive x1\n"
    "expect ownership\n";

inline constexpr const char* kWaitsForAnObject =
    "slotproof 1\n"
    "thread 0\n  A wrap x0\n  A clear x0\n"
    "thread 1\n  A check x0\n"
    "expect step-limit\n";

// The last reference goes on a detached thread, which then wants the GIL of A.
inline constexpr const char* kCrossedLocks =
    "slotproof 1\n"
    "thread 0\n  A wrap x0\n  A unwrap x0\n  A drop x0\n  A check x1\n"
    "thread 1\n  - drop x0\n"
    "expect deadlock\n";

}  // namespace slotproof::unit
