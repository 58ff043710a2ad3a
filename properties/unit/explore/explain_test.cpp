#include "explore/explain.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "explore/identify.h"
#include "hand/failing_case.h"
#include "report/why.h"

namespace slotproof::unit {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The case of the plainest schedule that gets what is wanted.
program::Case found(explore::Runner& runner, const char* text, const explore::Wanted& wanted) {
  const program::Program program = parsed(text).test_case.program;
  const auto finding = explore::deviation_search(runner, program, wanted, 10'000).finding;
  if (!finding) ADD_FAILURE() << "no schedule gets it";
  return finding ? finding->test_case : program::Case{};
}

bool reads_what_is_stale(explore::Runner& runner, const program::Case&) {
  return std::ranges::any_of(runner.view().machine.events(),
                             [](const machine::Event& event) { return event.stale > 0; });
}

TEST(Explain, APlainScheduleNeedsNothing) {
  HandSlot slot(Bug::kForgetsDecref);
  explore::Runner runner(slot);
  const explore::Wanted wanted = explore::gets(oracle::Verdict::kOwnership);
  const explore::Needs needs = explore::needs_of(
      runner, found(runner, "slotproof 1\nthread 0\n  A wrap x0\n", wanted), wanted, 10);
  EXPECT_THAT(needs.deviations, IsEmpty());
  ASSERT_TRUE(needs.sequentially_consistent);
  EXPECT_EQ(needs.sequentially_consistent->print(), "v1:");
  EXPECT_EQ(needs.runs, 1u);
}

TEST(Explain, AChoiceThatTheFailureDoesNotNeedIsToldFromOneThatItDoes) {
  HandSlot slot(Bug::kClaimsInTwoSteps);
  explore::Runner runner(slot);
  const program::Case failing =
      found(runner, kTwoClaims, explore::gets(oracle::Verdict::kDataRace));
  const explore::Needs needs =
      explore::needs_of(runner, failing, explore::gets(oracle::Verdict::kDataRace), 1000);
  for (const explore::Deviation& deviation : needs.deviations) {
    choice::ChoiceSequence without = failing.choices;
    without.choices[deviation.position].answer = 0;
    choice::ReplaySource source(without);
    runner.run(failing.program, source);
    EXPECT_EQ(deviation.necessary, runner.view().judgement.verdict != oracle::Verdict::kDataRace);
  }
  EXPECT_TRUE(needs.sequentially_consistent);
}

TEST(Explain, WhatTakesWeakMemoryIsNotSeenWithout) {
  HandSlot slot(Bug::kNone);
  explore::Runner runner(slot);
  const char* const text = "slotproof 1\nthread 0\n  A wrap x0\nthread 1\n  B check x0\n";
  const explore::Needs needs =
      explore::needs_of(runner, found(runner, text, reads_what_is_stale), reads_what_is_stale, 500);
  EXPECT_FALSE(needs.sequentially_consistent);
  EXPECT_EQ(needs.runs, 501u);
  EXPECT_TRUE(std::ranges::any_of(needs.deviations, [](const explore::Deviation& deviation) {
    return deviation.choice.kind == choice::Kind::kStore && deviation.necessary;
  }));
}

TEST(Why, NamesTheTwoAccessesOfARace) {
  FailingCase failing(Bug::kClaimsInTwoSteps, kTwoClaims);
  EXPECT_THAT(report::why(failing.run()).front(),
              HasSubstr("are not ordered by happens-before, and one of them is plain."));
}

TEST(Why, NamesTheCallAtFault) {
  FailingCase failing(Bug::kForgetsDecref,
                      "slotproof 1\nthread 0\n  A wrap x0\nexpect ownership\n");
  EXPECT_THAT(
      report::why(failing.run()),
      ElementsAre(HasSubstr("a right slot"), HasSubstr("The call at fault is x0.destruct")));
  FailingCase passing(Bug::kNone, "slotproof 1\nthread 0\n  A wrap x0\n");
  EXPECT_THAT(report::why(passing.run()), IsEmpty());
}

}  // namespace
}  // namespace slotproof::unit
