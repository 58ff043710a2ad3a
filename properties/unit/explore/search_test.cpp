// Searches find what is planted, and say so in the same way each time.
#include "explore/search.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "hand/failing_case.h"
#include "world/load_slot.h"

namespace slotproof::unit {
namespace {

using explore::deviation_search;
using explore::random_search;
using oracle::Verdict;

auto deviations(const choice::ChoiceSequence& sequence) {
  return std::ranges::count_if(sequence.choices, [](const auto& c) { return c.answer != 0; });
}

TEST(RandomSearch, FindsAPlantedBugInProgramsOfItsOwn) {
  HandSlot slot(Bug::kWritesWhenAsked);
  explore::Runner runner(slot);
  const explore::SearchResult result = random_search(runner, nullptr, 1, 10'000);
  ASSERT_TRUE(result.finding);
  EXPECT_TRUE(oracle::convicts(result.finding->judgement.verdict));
  EXPECT_EQ(result.finding->run, result.runs);

  choice::ReplaySource replay(result.finding->test_case.choices);
  EXPECT_EQ(runner.run(result.finding->test_case.program, replay).verdict,
            result.finding->judgement.verdict);
}

TEST(RandomSearch, FindsABadScheduleOfAProgram) {
  HandSlot slot(Bug::kClaimsInTwoSteps);
  explore::Runner runner(slot);
  const program::Case claims = parsed(kTwoClaims).test_case;
  const explore::SearchResult result = random_search(runner, &claims.program, 1, 10'000);
  ASSERT_TRUE(result.finding);
  EXPECT_EQ(result.finding->judgement.verdict, Verdict::kDataRace);
  EXPECT_EQ(result.finding->test_case.program, claims.program);
}

// With priorities a thread goes on until it ends, or until one of at most three changes.
TEST(RandomSearch, SchedulesByPriorities) {
  HandSlot slot(Bug::kClaimsInTwoSteps);
  explore::Runner runner(slot);
  const program::Case claims = parsed(kTwoClaims).test_case;
  std::int64_t most = 0;
  const auto observe = [&](const explore::Runner& ran) {
    const auto& choices = ran.choices().choices;
    most = std::max(most, std::ranges::count_if(choices, [](const auto& c) {
                      return c.kind == choice::Kind::kThread && c.answer != 0;
                    }));
  };
  const auto result = random_search(runner, &claims.program, 1, 10'000, {}, observe, {},
                                    explore::Schedules::kPriorities);
  EXPECT_TRUE(result.finding);
  EXPECT_GT(most, 0);
  std::string error;
  explore::Runner right(*world::load_slot("native", error));
  EXPECT_FALSE(random_search(right, &claims.program, 1, 5'000, {}, observe, {},
                             explore::Schedules::kPriorities)
                   .finding);
  // Whoever begins, each change, and whoever goes on when a thread ends or waits.
  EXPECT_LE(most, 6);
}

TEST(RandomSearch, IsAFunctionOfItsSeed) {
  HandSlot slot(Bug::kClaimsInTwoSteps);
  const auto found = [&](std::uint64_t seed) {
    explore::Runner runner(slot);
    return random_search(runner, nullptr, seed, 10'000).finding.value().test_case;
  };
  EXPECT_EQ(found(1), found(1));
  EXPECT_NE(found(1), found(2));
}

TEST(RandomSearch, FindsNothingInARightSlotAndCountsItsRuns) {
  std::string error;
  explore::Runner runner(*world::load_slot("native", error));
  const explore::SearchResult result = random_search(runner, nullptr, 1, 3'000);
  EXPECT_FALSE(result.finding) << result.finding->judgement.sentence;
  EXPECT_EQ(result.runs, 3'000u);
  EXPECT_GT(result.invalid, 0u);
  EXPECT_LT(result.invalid, 1'500u);
}

TEST(RandomSearch, StopsWhenItIsTold) {
  std::string error;
  explore::Runner runner(*world::load_slot("native", error));
  const program::Case nothing = parsed("slotproof 1\nthread 0\n  - tag x0\n").test_case;
  const explore::SearchResult result =
      random_search(runner, &nothing.program, 1, 1'000'000, [](std::uint64_t) { return false; });
  EXPECT_LT(result.runs, 10'000u);
}

// One switch between the look and the store does, and none does not.
TEST(DeviationSearch, FindsThePlainestSchedule) {
  HandSlot slot(Bug::kClaimsInTwoSteps);
  explore::Runner runner(slot);
  const program::Case claims = parsed(kTwoClaims).test_case;
  const auto finding =
      deviation_search(runner, claims.program, explore::gets(Verdict::kDataRace), 10'000).finding;
  ASSERT_TRUE(finding);
  EXPECT_EQ(deviations(finding->test_case.choices), 1);
}

TEST(DeviationSearch, FindsOnlyWhatIsWanted) {
  HandSlot slot(Bug::kClaimsInTwoSteps);
  explore::Runner runner(slot);
  const program::Case claims = parsed(kTwoClaims).test_case;
  const explore::SearchResult result =
      deviation_search(runner, claims.program, explore::gets(Verdict::kDeadlock), 500);
  EXPECT_FALSE(result.finding);
  EXPECT_EQ(result.runs, 500u);
}

TEST(DeviationSearch, EndsWhenThereIsNoFurtherSchedule) {
  HandSlot slot(Bug::kNone);
  explore::Runner runner(slot);
  const program::Case alone = parsed("slotproof 1\nthread 0\n  A wrap x0\n").test_case;
  EXPECT_LT(deviation_search(runner, alone.program, explore::gets(Verdict::kDataRace), 10'000).runs,
            10'000u);
}

}  // namespace
}  // namespace slotproof::unit
