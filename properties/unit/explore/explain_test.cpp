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
  const program::Case failing = found(runner, "slotproof 1\nthread 0\n  A wrap x0\n", wanted);
  EXPECT_THAT(explore::deviations_of(runner, failing, wanted), IsEmpty());
  const explore::Sequential sequential = explore::without_weak_memory(runner, failing, wanted, 10);
  ASSERT_TRUE(sequential.choices);
  EXPECT_EQ(sequential.choices->print(), "v1:");
  EXPECT_EQ(sequential.schedules, 1u);
  EXPECT_FALSE(sequential.is_excluded());
}

TEST(Explain, AChoiceThatTheFailureDoesNotNeedIsToldFromOneThatItDoes) {
  HandSlot slot(Bug::kClaimsInTwoSteps);
  explore::Runner runner(slot);
  const explore::Wanted wanted = explore::gets(oracle::Verdict::kDataRace);
  const program::Case failing = found(runner, kTwoClaims, wanted);
  const std::vector<explore::Deviation> deviations =
      explore::deviations_of(runner, failing, wanted);
  ASSERT_FALSE(deviations.empty());
  for (const explore::Deviation& deviation : deviations) {
    choice::ChoiceSequence without = failing.choices;
    without.choices[deviation.position].answer = 0;
    choice::ReplaySource source(without);
    runner.run(failing.program, source);
    EXPECT_EQ(deviation.necessary, runner.view().judgement.verdict != oracle::Verdict::kDataRace);
  }
  EXPECT_TRUE(explore::without_weak_memory(runner, failing, wanted, 1000).choices);
}

TEST(Explain, WhatTakesWeakMemoryIsInNoSequentiallyConsistentExecution) {
  HandSlot slot(Bug::kNone);
  explore::Runner runner(slot);
  const char* const text = "slotproof 1\nthread 0\n  A wrap x0\nthread 1\n  B check x0\n";
  const program::Case stale = found(runner, text, reads_what_is_stale);
  const std::vector<explore::Deviation> deviations =
      explore::deviations_of(runner, stale, reads_what_is_stale);
  const auto is_stale_read = [](const explore::Deviation& deviation) {
    return deviation.choice.kind == choice::Kind::kStore && deviation.necessary;
  };
  const auto found = std::ranges::find_if(deviations, is_stale_read);
  ASSERT_NE(found, deviations.end());
  // The runner's last run is that of the case: the event is the load.
  EXPECT_GT(runner.view().machine.events().at(found->event).stale, 0u);

  const explore::Sequential sequential =
      explore::without_weak_memory(runner, stale, reads_what_is_stale, 500);
  EXPECT_FALSE(sequential.choices);
  EXPECT_EQ(sequential.schedules, 501u);
  EXPECT_TRUE(sequential.is_excluded());
  EXPECT_GT(sequential.all.executions, 0u);
  const explore::Sequential cut = explore::without_weak_memory(runner, stale, reads_what_is_stale,
                                                               1, {.executions = 1, .bounds = {}});
  EXPECT_FALSE(cut.is_excluded());
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
