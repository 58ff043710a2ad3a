// What guides a fuzzer: each kind of thing has its counters, and they depend on nothing else.
#include "explore/guidance.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hand/failing_case.h"

namespace slotproof::unit {
namespace {

using explore::kCellCounters;
using explore::kCounters;
using explore::kPreemptionCounters;
using explore::kReadsFromCounters;
using explore::kSequelCounters;

// What a run sets, in the three parts.
struct Counted {
  std::vector<std::uint8_t> all = std::vector<std::uint8_t>(kCounters);

  int sum(std::size_t first, std::size_t count) const {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(first);
    return std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(count), 0);
  }
  int cells() const { return sum(0, kCellCounters); }
  int sequels() const { return sum(kCellCounters, kSequelCounters); }
  int reads_from() const { return sum(kCellCounters + kSequelCounters, kReadsFromCounters); }
  int preemptions() const { return sum(kCounters - kPreemptionCounters, kPreemptionCounters); }
  void add(const report::RunView& run) {
    explore::count(run, std::span<std::uint8_t, kCounters>(all));
  }
};

Counted counted(const std::string& text) {
  HandSlot slot(Bug::kNone);
  explore::Runner runner(slot);
  const program::ProgramText from = parsed(text);
  choice::ReplaySource source(from.test_case.choices);
  EXPECT_EQ(runner.run(from.test_case.program, source).verdict, oracle::Verdict::kPass);
  Counted result;
  result.add(runner.view());
  return result;
}

int cell_counter(std::string_view operation, const oracle::AbstractState& state, int outcome) {
  const auto o = std::ranges::find(oracle::kCellOperationNames, operation) -
                 oracle::kCellOperationNames.begin();
  const auto s =
      std::ranges::find(oracle::abstract_states(), state) - oracle::abstract_states().begin();
  return static_cast<int>((o * oracle::kAbstractStates + s) * explore::kCallOutcomes + outcome);
}

TEST(Guidance, HasACounterForEachCallStateAndOutcome) {
  const Counted run =
      counted("slotproof 1\nthread 0\n  A check x0\n  A init x0 maybe\n  A check x0\n");
  using oracle::SeenObject;
  using oracle::SeenTag;
  constexpr int kNothing = 0;
  constexpr int kSomething = 2;
  constexpr int kError = 3;
  EXPECT_EQ(run.all[cell_counter("check", {SeenTag::kNone, SeenObject::kNull, false}, kNothing)],
            1);
  EXPECT_EQ(
      run.all[cell_counter("check", {SeenTag::kMine, SeenObject::kPresent, false}, kSomething)], 1);
  EXPECT_EQ(run.all[cell_counter("check", {SeenTag::kMine, SeenObject::kPresent, false}, kError)],
            0);
  const Counted refused = counted("slotproof 1\nthread 0\n  A init x0 maybe\n  B check x0\n");
  EXPECT_EQ(
      refused.all[cell_counter("check", {SeenTag::kOther, SeenObject::kPresent, false}, kError)],
      1);
}

// Two tensors have nothing to do with each other.
TEST(Guidance, HasACounterForWhatFollowsWhatOnATensor) {
  const Counted one = counted("slotproof 1\nthread 0\n  A wrap x0\n  A check x1\n");
  EXPECT_EQ(one.sequels(), 0);
  const Counted two = counted("slotproof 1\nthread 0\n  A wrap x0\n  A check x1\n  A check x0\n");
  EXPECT_EQ(two.sequels(), 1);
  const Counted other =
      counted("slotproof 1\nthread 0\n  A wrap x0\n  A check x1\n  A check x0 ignore\n");
  EXPECT_EQ(other.sequels(), 1);
  EXPECT_NE(two.all, other.all);
}

TEST(Guidance, OfOneThreadIsOfItsCallsAlone) {
  const Counted run = counted("slotproof 1\nthread 0\n  A wrap x0\n  A check x0\n");
  EXPECT_GT(run.cells(), 0);
  // Of what root has stored, at most: tensors and their references are its work.
  EXPECT_EQ(run.preemptions(), 0);
}

TEST(Guidance, TellsSchedulesApart) {
  const std::string program = "slotproof 1\nthread 0\n  A wrap x0\nthread 1\n  B check x0\n";
  const Counted plain = counted(program);
  const Counted preempted = counted(program + "choices v1:2t1\n");
  EXPECT_EQ(plain.preemptions(), 0);
  EXPECT_GT(preempted.preemptions(), 0);
}

TEST(Guidance, TellsStaleReadsApart) {
  const std::string program = "slotproof 1\nthread 0\n  A init x0 maybe\nthread 1\n  B check x0\n";
  const Counted newest = counted(program);
  HandSlot slot(Bug::kNone);
  explore::Runner runner(slot);
  const program::Program tried = parsed(program).test_case.program;
  const choice::ChoiceSequence none;
  choice::ReplaySource dull(none);
  runner.run(tried, dull);
  const choice::ChoiceSequence asked = runner.asked();
  bool differs = false;
  EXPECT_FALSE(asked.choices.empty());
  for (std::size_t at = 0; at < asked.choices.size() && !differs; ++at) {
    if (asked.choices[at].kind != choice::Kind::kStore) continue;
    choice::ChoiceSequence choices = asked;
    choices.choices.resize(at + 1);
    choices.choices[at].answer = 1;
    choice::ReplaySource source(choices);
    runner.run(tried, source);
    if (source.diverged()) continue;
    Counted stale;
    stale.add(runner.view());
    differs = stale.all != newest.all;
  }
  EXPECT_GT(newest.reads_from(), 0);
  EXPECT_TRUE(differs);
}

TEST(Guidance, IsTheSameInEachRun) {
  const std::string program =
      "slotproof 1\nthread 0\n  A wrap x0\n  A unwrap x0\nthread 1\n  B check x0\n  B wrap x1\n"
      "choices v1:2t1.3t1\n";
  const Counted once = counted(program);
  EXPECT_EQ(once.all, counted(program).all);
}

TEST(Guidance, LeavesWhatWasCounted) {
  HandSlot slot(Bug::kNone);
  explore::Runner runner(slot);
  choice::DullSource source;
  const program::Program program = parsed("slotproof 1\nthread 0\n  A wrap x0\n").test_case.program;
  runner.run(program, source);
  Counted counters;
  std::ranges::fill(counters.all, std::uint8_t{7});
  counters.add(runner.view());
  EXPECT_THAT(counters.all, testing::Each(testing::AnyOf(1, 7)));
  EXPECT_THAT(counters.all, testing::Contains(1));
}

}  // namespace
}  // namespace slotproof::unit
