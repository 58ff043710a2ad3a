#include "explore/triage.h"

#include <gtest/gtest.h>

#include "explore/identify.h"
#include "explore/shrink.h"
#include "hand/failing_case.h"

namespace slotproof::unit {
namespace {

using oracle::Verdict;

// A bug of its own beside that of the hand-written slot: every second question of the process
// whether the slot owns its object is answered wrongly, or every one.
class AnswersWrongly final : public HandSlot {
 public:
  AnswersWrongly(Bug bug, bool each_time) : HandSlot(bug), each_time_(each_time) {}

  world::Result owns(void* slot) override {
    world::Result result = HandSlot::owns(slot);
    asked_ = !asked_;
    if (each_time_ || !asked_) result.value = 1 - result.value;
    return result;
  }

 private:
  bool each_time_;
  bool asked_ = false;
};

void run(explore::Runner& runner, const program::Case& test_case) {
  choice::ReplaySource source(test_case.choices);
  runner.run(test_case.program, source);
}

TEST(Triage, TakesASampleOfABug) {
  HandSlot slot(Bug::kShowsOwnerBit);
  explore::Runner runner(slot);
  const program::Case failing =
      parsed("slotproof 1\nthread 0\n  A wrap x0\n  A own x0\n  A check x0\n").test_case;
  run(runner, failing);
  const explore::Sample sample = explore::sample(runner, 10);
  EXPECT_EQ(sample.verdict, Verdict::kResult);
  EXPECT_EQ(sample.rating.severity, report::Severity::kMedium);
  EXPECT_NE(sample.fingerprint.line, "");
  EXPECT_FALSE(sample.flaky);
}

TEST(Triage, NoticesWhatDoesNotFailEachTime) {
  AnswersWrongly slot(Bug::kNone, false);
  explore::Runner runner(slot);
  const program::Case test_case =
      parsed("slotproof 1\nthread 0\n  A wrap x0\n  A owns x0\n").test_case;
  run(runner, test_case);
  EXPECT_TRUE(explore::sample(runner, 10).flaky);
  EXPECT_FALSE(explore::sample(runner, 1).flaky);
}

TEST(Triage, ShrinkingKeepsTheBug) {
  AnswersWrongly slot(Bug::kShowsOwnerBit, true);
  explore::Runner runner(slot);
  const program::Case both = parsed(
                                 "slotproof 1\nthread 0\n  A wrap x0\n  A own x0\n  A check x0\n"
                                 "thread 1\n  A owns x1\n")
                                 .test_case;
  run(runner, both);
  const report::Fingerprint first = explore::identify(runner, both);
  const program::Case small =
      explore::shrink(runner, both, explore::shows(Verdict::kResult, first)).test_case;
  run(runner, small);
  EXPECT_EQ(explore::identify(runner, small), first);
  // Shrinking to the verdict alone drifts to the bug that takes less.
  const program::Case drifted =
      explore::shrink(runner, both, explore::gets(Verdict::kResult)).test_case;
  run(runner, drifted);
  EXPECT_NE(explore::identify(runner, drifted), first);
}

}  // namespace
}  // namespace slotproof::unit
