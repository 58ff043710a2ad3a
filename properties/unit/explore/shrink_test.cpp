// Shrinking keeps the verdict, never grows, comes to rest, and does the same each time.
#include "explore/shrink.h"

#include <gtest/gtest.h>

#include "hand/failing_case.h"
#include "program/text.h"

namespace slotproof::unit {
namespace {

class Shrinking : public testing::TestWithParam<Bug> {};

TEST_P(Shrinking, KeepsTheVerdictNeverGrowsAndComesToRest) {
  HandSlot slot(GetParam());
  explore::Runner runner(slot);
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const auto finding = explore::random_search(runner, nullptr, seed, 20'000).finding;
    ASSERT_TRUE(finding);
    const oracle::Verdict verdict = finding->judgement.verdict;
    SCOPED_TRACE(program::print({finding->test_case, {}, {}}));

    const explore::Shrunk shrunk =
        explore::shrink(runner, finding->test_case, explore::gets(verdict));
    EXPECT_EQ(shrunk.judgement.verdict, verdict);
    EXPECT_LE(shrunk.test_case.program.operations(), finding->test_case.program.operations());
    choice::ReplaySource replay(shrunk.test_case.choices);
    EXPECT_EQ(runner.run(shrunk.test_case.program, replay).verdict, verdict);

    const explore::Shrunk again = explore::shrink(runner, shrunk.test_case, explore::gets(verdict));
    EXPECT_EQ(program::print({again.test_case, {}, {}}),
              program::print({shrunk.test_case, {}, {}}));

    explore::Runner other(slot);
    const explore::Shrunk twin = explore::shrink(other, finding->test_case, explore::gets(verdict));
    EXPECT_EQ(twin.test_case, shrunk.test_case);
    EXPECT_EQ(twin.runs, shrunk.runs);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Shrinking,
                         testing::Values(Bug::kClaimsInTwoSteps, Bug::kDecrefsTwice,
                                         Bug::kAcceptsLoser, Bug::kWritesWhenAsked));

TEST(Shrink, LeavesACaseAloneThatDoesNotFail) {
  HandSlot slot(Bug::kNone);
  explore::Runner runner(slot);
  const program::Case passing =
      parsed("slotproof 1\nthread 0\n  A wrap x1\n  A unwrap x1\n").test_case;
  const explore::Shrunk shrunk =
      explore::shrink(runner, passing, explore::gets(oracle::Verdict::kDataRace));
  EXPECT_EQ(shrunk.test_case, passing);
  EXPECT_EQ(shrunk.judgement.verdict, oracle::Verdict::kPass);
}

TEST(Shrink, FindsTheTwoOperationsThatMatter) {
  HandSlot slot(Bug::kClaimsInTwoSteps);
  explore::Runner runner(slot);
  program::Case large = parsed(
                            "slotproof 1\nprivate x1 2\n"
                            "thread 0\n  B tag x3\n  C wrap x3\n  C unwrap x3\n"
                            "thread 1\n  - load x1\n  D wrap x3\n  - drop x3\n"
                            "thread 2\n  C wrap x1\n  - has x1\n")
                            .test_case;
  const auto finding = explore::deviation_search(runner, large.program,
                                                 explore::gets(oracle::Verdict::kDataRace), 20'000)
                           .finding;
  ASSERT_TRUE(finding);
  const explore::Shrunk shrunk =
      explore::shrink(runner, finding->test_case, explore::gets(oracle::Verdict::kDataRace));
  EXPECT_EQ(shrunk.test_case.program, parsed(kTwoClaims).test_case.program);
}

}  // namespace
}  // namespace slotproof::unit
