// The smallest execution against all choice sequences.
#include "graphs/smallest.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "choice/choice_sequence.h"
#include "choice/odometer.h"
#include "litmus/parse.h"
#include "litmus/simulation.h"

namespace slotproof::unit {
namespace {

using litmus::Simulation;
using litmus::State;

// Stale reads and detours.
using Cost = std::pair<std::uint32_t, std::uint32_t>;

Cost cost_of(const choice::ChoiceSequence& sequence) {
  Cost cost{0, 0};
  for (const choice::Choice& c : sequence.choices) {
    if (c.answer != 0) ++(c.kind == choice::Kind::kStore ? cost.first : cost.second);
  }
  return cost;
}

class Smallest : public testing::TestWithParam<const char*> {};

TEST_P(Smallest, IsNoLargerThanAnySequenceWithTheState) {
  std::ifstream file(std::string(SLOTPROOF_CORPUS) + "/" + GetParam() + ".litmus");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const litmus::Test test = litmus::parse(text);
  machine::Machine machine;
  Simulation simulation(machine, test);
  choice::RecordingSource recording;

  std::map<State, Cost> least;
  choice::Odometer odometer;
  do {
    recording.restart(odometer);
    State state = simulation.run(recording);
    const Cost cost = cost_of(recording.recorded());
    const auto [known, is_new] = least.try_emplace(std::move(state), cost);
    if (!is_new) known->second = std::min(known->second, cost);
  } while (odometer.next());

  for (const auto& [state, cost] : least) {
    State last;
    const bool found = graphs::run_smallest(machine, [&](choice::Source& source) {
      recording.restart(source);
      last = simulation.run(recording);
      return last == state;
    });
    ASSERT_TRUE(found) << print(test, state);
    EXPECT_EQ(last, state);
    EXPECT_EQ(cost_of(recording.recorded()), cost) << print(test, state);
  }
}

INSTANTIATE_TEST_SUITE_P(Litmus, Smallest,
                         testing::Values("SB+rlx+rlx", "MP+rlx+rlx", "MP+plain+rlx+acq", "2+2W+rlx",
                                         "CAS+weak", "CAS+try-lock-rlx", "Mutex+deadlock",
                                         "Fork+SB+sc", "Free+before", "3.SB+rel+acq", "CoRR1"));

TEST(SmallestExecution, OfAStateThatNoExecutionHasIsNone) {
  const litmus::Test test =
      litmus::parse("C a\n{ x=0; }\nP0 (atomic_int* x) { *x = 1; }\nexists x=2\n");
  machine::Machine machine;
  EXPECT_FALSE(litmus::trace_of(machine, test, [&](const State& s) {
                 return litmus::holds(test.condition, s);
               }).has_value());
}

}  // namespace
}  // namespace slotproof::unit
