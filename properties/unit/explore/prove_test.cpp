// What a proof counts, and where it stops.
#include "explore/prove.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "hand/hand_slot.h"
#include "world/load_slot.h"

namespace slotproof::unit {
namespace {

using explore::Proved;
using explore::Range;
using explore::Tally;

constexpr explore::Bound kPairs{.threads = 2, .operations = 1, .interpreters = 1, .tensors = 1};

world::SlotLibrary& native() {
  std::string error;
  return *world::load_slot("native", error);
}

TEST(Prove, PartsAddUpToTheWhole) {
  explore::Runner runner(native());
  const explore::SmallPrograms programs(kPairs, runner.features());
  const Proved whole = explore::prove(runner, programs, {0, programs.end()}, {});
  EXPECT_FALSE(whole.failing);
  EXPECT_GT(whole.tally.programs, 20u);
  EXPECT_GT(whole.tally.executions, whole.tally.programs);
  EXPECT_EQ(whole.tally.incomplete, 0u);

  Tally sum;
  for (std::uint64_t begin = 0; begin < programs.end(); begin += 100) {
    const Range part{begin, std::min(begin + 100, programs.end())};
    sum.add(explore::prove(runner, programs, part, {}).tally);
  }
  EXPECT_EQ(sum, whole.tally);
}

TEST(Prove, StopsAtTheFirstProgramThatFails) {
  HandSlot slot(Bug::kAcceptsLoser);
  explore::Runner runner(slot);
  const explore::SmallPrograms programs({.interpreters = 2}, runner.features());
  const Proved proved = explore::prove(runner, programs, {0, programs.end()}, {});
  ASSERT_TRUE(proved.failing);
  program::Program program;
  ASSERT_TRUE(programs.next(*proved.failing, *proved.failing + 1, program));
  EXPECT_TRUE(explore::exhaust(runner, program).finding);
  EXPECT_FALSE(explore::prove(runner, programs, {0, *proved.failing}, {}).failing);
}

TEST(Prove, SaysWhatALimitLeftOut) {
  explore::Runner runner(native());
  const explore::SmallPrograms programs(kPairs, runner.features());
  const Proved proved =
      explore::prove(runner, programs, {0, programs.end()}, {.executions = 1, .bounds = {}});
  EXPECT_GT(proved.tally.incomplete, 0u);
  EXPECT_EQ(proved.tally.executions, proved.tally.programs);
}

}  // namespace
}  // namespace slotproof::unit
