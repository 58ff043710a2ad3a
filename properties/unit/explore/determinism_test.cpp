// The same case does the same, and what does not is noticed.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "choice/random_source.h"
#include "explore/twice.h"
#include "hand/failing_case.h"
#include "program/bytes.h"
#include "report/trace.h"
#include "report/words.h"
#include "world/load_slot.h"

namespace slotproof::unit {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

world::SlotLibrary& native() {
  std::string error;
  return *world::load_slot("native", error);
}

constexpr const char* kBusy =
    "slotproof 1\nprivate x1 2\n"
    "thread 0\n  A wrap x0\n  A unwrap x0\n  B check x0\n  - drop x0\n"
    "thread 1\n  B wrap x0\n  A wrap x0\n  - hermetic on\n  A wrap x0\n"
    "thread 2\n  C wrap x1\n  - escape x1\n  C unwrap x1\n"
    "thread 3\n  D check x1\n  C wrap x1\n  D finalise\n";

// Events, calls with their results, and what became of the operations.
std::string all_of(const report::RunView& run) {
  std::string text = report::trace_text(run);
  for (const world::CallRecord& call : run.world.calls()) {
    text += report::call_text(run, call, true) + "\n";
  }
  for (const world::OperationRecord& operation : run.executor.operations()) {
    text += report::operation_text(run, operation);
    text += " " + std::string(report::done_word(operation.done)) + "\n";
  }
  return text + run.choices.print();
}

TEST(Runs, AreEqualAThousandTimesOfAThousand) {
  explore::Runner runner(native());
  const program::Case busy = parsed(kBusy).test_case;
  const auto run = [&](std::uint64_t seed) {
    choice::RandomSource source(seed);
    runner.run(busy.program, source);
    return all_of(runner.view());
  };
  const std::string first = run(3);
  for (int i = 0; i < 1'000; ++i) ASSERT_EQ(run(3), first) << i;
  EXPECT_NE(run(4), first);
}

TEST(Runs, AreEqualWhenReplayedFromTheirChoices) {
  explore::Runner runner(native());
  choice::SplitMix64 random(1);
  program::Decoded decoded;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    std::vector<std::uint8_t> bytes(4 + 12 * 3);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.next());
    program::decode(bytes, decoded);
    choice::RandomSource source(seed);
    runner.run(decoded.program, source);
    const std::string recorded = all_of(runner.view());
    const choice::ChoiceSequence choices = runner.choices();
    choice::ReplaySource replay(choices);
    runner.run(decoded.program, replay);
    ASSERT_EQ(all_of(runner.view()), recorded) << seed;
    EXPECT_FALSE(replay.diverged());
  }
}

// The first run of a process must not differ from later ones, which get memory that was used.
TEST(Runs, AreEqualBeforeAndAfterOthers) {
  const auto trace = [](explore::Runner& runner, const char* text) {
    choice::DullSource dull;
    const program::Case test_case = parsed(text).test_case;
    runner.run(test_case.program, dull);
    return all_of(runner.view());
  };
  explore::Runner runner(native());
  const std::string first = trace(runner, kBusy);
  trace(runner, "slotproof 1\nthread 0\n  D wrap x3\n  C wrap x2\n  B misuse x1 odd\n");
  EXPECT_EQ(trace(runner, kBusy), first);
}

TEST(Repeating, FindsNothingInARightSlot) {
  explore::Runner runner(native());
  EXPECT_THAT(explore::differs_when_repeated(runner, parsed(kBusy).test_case, 50), IsEmpty());
}

TEST(Repeating, NoticesASlotThatCounts) {
  HandSlot slot(Bug::kCounts);
  explore::Runner runner(slot);
  const program::Case test_case = parsed("slotproof 1\nthread 0\n  A check x0\n").test_case;
  const std::string difference = explore::differs_when_repeated(runner, test_case, 3);
  EXPECT_THAT(difference, StartsWith("run 2 differs from run 1: \""));
  EXPECT_THAT(difference, HasSubstr("load x0.slot acquire -> null"));
}

}  // namespace
}  // namespace slotproof::unit
