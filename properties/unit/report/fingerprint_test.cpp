#include "report/fingerprint.h"

#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hand/failing_case.h"
#include "report/severity.h"

namespace slotproof::unit {
namespace {

using ::testing::ElementsAre;

std::string line_of(Bug bug, const std::string& text) {
  FailingCase failing(bug, text);
  return report::fingerprint(failing.run(), {}).line;
}

// The same as kTwoClaims with other threads, tensors and interpreters.
constexpr const char* kTwoClaimsRenamed =
    "slotproof 1\n"
    "thread 1\n  C wrap x2\n"
    "thread 3\n  D wrap x2\n"
    "expect data-race\n";

TEST(Fingerprint, IsTheSameWhereverThingsLieInMemory) {
  FailingCase one(Bug::kClaimsInTwoSteps, kTwoClaims);
  const std::vector<char> in_between(1 << 20);
  FailingCase other(Bug::kClaimsInTwoSteps, kTwoClaims);
  const report::Fingerprint fingerprint = report::fingerprint(one.run(), {});
  EXPECT_EQ(fingerprint, report::fingerprint(other.run(), {}));
  EXPECT_EQ(fingerprint.hash(), report::fingerprint(other.run(), {}).hash());
  EXPECT_EQ(fingerprint.hash().size(), 16u);
}

TEST(Fingerprint, IsTheSameUnderOtherSchedules) {
  HandSlot slot(Bug::kClaimsInTwoSteps);
  explore::Runner runner(slot);
  const program::Program program = parsed(kTwoClaims).test_case.program;
  std::set<std::string> lines;
  std::set<std::string> schedules;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto found = explore::random_search(runner, &program, seed, 1000).finding;
    ASSERT_TRUE(found);
    choice::ReplaySource source(found->test_case.choices);
    runner.run(program, source);
    if (runner.view().judgement.verdict != oracle::Verdict::kDataRace) continue;
    lines.insert(report::fingerprint(runner.view(), {}).line);
    schedules.insert(found->test_case.choices.print());
  }
  EXPECT_GT(schedules.size(), 1u);
  EXPECT_EQ(lines.size(), 1u) << ::testing::PrintToString(lines);
}

TEST(Fingerprint, KnowsNoNamesOfThreadsTensorsAndInterpreters) {
  EXPECT_EQ(line_of(Bug::kClaimsInTwoSteps, kTwoClaims),
            line_of(Bug::kClaimsInTwoSteps, kTwoClaimsRenamed));
}

TEST(Fingerprint, TellsPlantedBugsApart) {
  const std::set<std::string> lines = {
      line_of(Bug::kClaimsInTwoSteps, kTwoClaims),
      line_of(Bug::kDecrefsTwice, kDroppedTwice),
      line_of(Bug::kSpins, kWaitsForAnObject),
      line_of(Bug::kLocks, kCrossedLocks),
      line_of(Bug::kForgetsDecref, "slotproof 1\nthread 0\n  A wrap x0\nexpect ownership\n"),
      line_of(Bug::kShowsOwnerBit,
              "slotproof 1\nthread 0\n  A wrap x0\n  A own x0\n  A check x0\nexpect result\n"),
  };
  EXPECT_EQ(lines.size(), 6u) << ::testing::PrintToString(lines);
  for (const std::string& line : lines) {
    EXPECT_THAT(line, ::testing::Not(::testing::ContainsRegex("x0|p0|thread [0-9]|0x")));
  }
}

TEST(Fingerprint, OfARunThatPassesIsEmpty) {
  FailingCase passing(Bug::kNone, "slotproof 1\nthread 0\n  A wrap x0\n");
  EXPECT_EQ(report::fingerprint(passing.run(), {}).line, "");
}

TEST(Fingerprint, HasNoOrderOfTheTwoSidesOfARace) {
  FailingCase failing(Bug::kClaimsInTwoSteps, kTwoClaims);
  const report::RunView run = failing.run();
  const machine::Ending& ending = run.machine.ending();
  const report::Stack a{ending.first, {{"f", "a.h:1"}, {"binding", "b.cpp:1"}}};
  const report::Stack b{ending.second, {{"g", "a.h:2"}, {"binding", "b.cpp:1"}}};
  const report::Stack f_second{ending.second, a.frames};
  const report::Stack g_first{ending.first, b.frames};
  EXPECT_EQ(report::fingerprint(run, std::vector{a, b}),
            report::fingerprint(run, std::vector{f_second, g_first}));
}

TEST(Fingerprint, SurvivesAShiftOfLinesAndOffsets) {
  const report::Stack before{1, {{"c::f", "lib/a.h:10"}, {"g", "s.so+0x123"}, {"h", "b.cpp:1"}}};
  const report::Stack after{1, {{"c::f", "src/a.h:99"}, {"g", "s.so+0x456"}, {"h", "b.cpp:7"}}};
  EXPECT_THAT(report::telling_frames(before), ElementsAre("c::f (a.h)", "g (s.so)"));
  EXPECT_EQ(report::telling_frames(before), report::telling_frames(after));
}

TEST(Fingerprint, LeavesNoiseOut) {
  const report::Stack stack{1,
                            {{"memcpy", "?"},
                             {"std::atomic<int>::load", "atomic"},
                             {"memory::f", "a.h:1"},
                             {"g", "a.h:2"},
                             {"h", "a.h:3"},
                             {"i", "a.h:4"},
                             {"Binding::check", "binding.cpp:4"}}};
  EXPECT_THAT(report::telling_frames(stack), ElementsAre("memory::f (a.h)", "g (a.h)", "h (a.h)"));
}

TEST(Fingerprint, KeepsWhatASentenceSaysWithoutItsNames) {
  EXPECT_EQ(report::without_names("x0.owns_pyobj(): true; with tag A, object p1, owned by the slot "
                                  "a right slot gives false"),
            "owns_pyobj: true; a right slot gives false");
  EXPECT_EQ(report::without_names("B.decref(p3): the object is A's"),
            "an interpreter.decref(an object): the object is an interpreter's");
  EXPECT_EQ(report::without_names("signal 11 (Segmentation fault)"),
            "signal 11 (Segmentation fault)");
}

TEST(Severity, PutsDamageAboveWrongAnswersAndLeaksBelow) {
  const auto rated = [](Bug bug, const char* text) {
    FailingCase failing(bug, text);
    return report::rate(failing.run()).severity;
  };
  EXPECT_EQ(rated(Bug::kClaimsInTwoSteps, kTwoClaims), report::Severity::kHigh);
  EXPECT_EQ(rated(Bug::kDecrefsTwice, kDroppedTwice), report::Severity::kHigh);
  EXPECT_EQ(rated(Bug::kSpins, kWaitsForAnObject), report::Severity::kMedium);
  EXPECT_EQ(rated(Bug::kLooksBack, "slotproof 1\nthread 0\n  A wrap x0\nexpect address\n"),
            report::Severity::kHigh);
  EXPECT_EQ(rated(Bug::kForgetsDecref, "slotproof 1\nthread 0\n  A wrap x0\nexpect ownership\n"),
            report::Severity::kLow);
  EXPECT_EQ(rated(Bug::kNone, "slotproof 1\nthread 0\n  A wrap x0\n"), report::Severity::kNone);
}

}  // namespace
}  // namespace slotproof::unit
