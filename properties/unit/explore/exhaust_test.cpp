// Every execution of a program: none is missed, none is invented, and what is left out is said.
#include "explore/exhaust.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "hand/failing_case.h"
#include "world/load_slot.h"

namespace slotproof::unit {
namespace {

using explore::Enumeration;
using explore::exhaust;
using explore::Exhausted;
using explore::Limits;
using oracle::Verdict;

constexpr const char* kPassing =
    "slotproof 1\n"
    "thread 0\n  A wrap x0\n  A drop x0\n"
    "thread 1\n  B wrap x0\n  B check x0\n";

Exhausted of(world::SlotLibrary& slot, const char* text,
             Enumeration enumeration = Enumeration::kReduced, const Limits& limits = {}) {
  explore::Runner runner(slot);
  return exhaust(runner, parsed(text).test_case.program, enumeration, limits);
}

world::SlotLibrary& native() {
  std::string error;
  return *world::load_slot("native", error);
}

void expect_finding(Bug bug, const char* text, Verdict verdict) {
  HandSlot slot(bug);
  for (const Enumeration enumeration : {Enumeration::kPlain, Enumeration::kReduced}) {
    const Exhausted found = of(slot, text, enumeration);
    ASSERT_TRUE(found.finding);
    EXPECT_EQ(found.finding->judgement.verdict, verdict) << found.finding->judgement.sentence;

    explore::Runner runner(slot);
    choice::ReplaySource replay(found.finding->test_case.choices);
    EXPECT_EQ(runner.run(found.finding->test_case.program, replay).verdict, verdict);
  }
}

TEST(Exhaust, FindsADataRace) {
  expect_finding(Bug::kClaimsInTwoSteps, kTwoClaims, Verdict::kDataRace);
}

TEST(Exhaust, FindsADoubleDrop) {
  expect_finding(Bug::kDecrefsTwice, kDroppedTwice, Verdict::kOwnership);
}

TEST(Exhaust, FindsAThreadThatSpins) {
  expect_finding(Bug::kSpins, kWaitsForAnObject, Verdict::kStepLimit);
}

TEST(Exhaust, FindsADeadlock) { expect_finding(Bug::kLocks, kCrossedLocks, Verdict::kDeadlock); }

TEST(Exhaust, VisitsEachClassOfChoiceSequencesOnce) {
  const Exhausted reduced = of(native(), kPassing);
  EXPECT_TRUE(reduced.complete);
  EXPECT_FALSE(reduced.finding);
  EXPECT_EQ(reduced.executions, 9u);
  EXPECT_EQ(reduced.blocked + reduced.diverged, 0u);

  const Exhausted plain = of(native(), kPassing, Enumeration::kPlain);
  EXPECT_TRUE(plain.complete);
  EXPECT_GT(plain.executions, 100 * reduced.executions);
}

TEST(Exhaust, GoesOnBehindAnInvalidExecution) {
  // Whether the second thread has seen the tag depends on the execution.
  const Exhausted found = of(native(),
                             "slotproof 1\n"
                             "thread 0\n  A wrap x0\n"
                             "thread 1\n  A check x0\n  A init x0 us\n");
  EXPECT_TRUE(found.complete);
  EXPECT_GT(found.invalid, 0u);
  EXPECT_LT(found.invalid, found.executions);
}

TEST(Exhaust, SaysWhatItLeftOut) {
  const Exhausted few =
      of(native(), kPassing, Enumeration::kReduced, {.executions = 3, .bounds = {}});
  EXPECT_EQ(few.executions, 3u);
  EXPECT_FALSE(few.complete);

  explore::Runner runner(native());
  const Exhausted none = exhaust(runner, parsed(kPassing).test_case.program, Enumeration::kReduced,
                                 {}, [](std::uint64_t) { return false; });
  EXPECT_EQ(none.executions, 0u);
  EXPECT_FALSE(none.complete);
}

TEST(Exhaust, BoundsLeaveOutWhatNeedsMore) {
  constexpr const char* kTwoEach =
      "slotproof 1\n"
      "thread 0\n  A wrap x0\n  A unwrap x0\n"
      "thread 1\n  A wrap x0\n  A unwrap x0\n";
  const auto within = [&](std::uint32_t preemptions) {
    const Exhausted found =
        of(native(), kTwoEach, Enumeration::kReduced, {.bounds = {.preemptions = preemptions}});
    EXPECT_TRUE(found.complete);
    return found.executions;
  };
  const std::uint64_t all = of(native(), kTwoEach).executions;
  EXPECT_EQ(within(0), 2u);  // one thread, then the other
  EXPECT_LT(within(0), within(1));
  EXPECT_LE(within(1), within(2));
  EXPECT_EQ(within(100), all);
}

TEST(Exhaust, ProvesNothingOfASlotThatIsNoFunctionOfItsPast) {
  HandSlot slot(Bug::kCounts);
  const Exhausted found = of(slot, kTwoClaims);
  EXPECT_GT(found.diverged, 0u);
  EXPECT_FALSE(found.complete);
}

}  // namespace
}  // namespace slotproof::unit
