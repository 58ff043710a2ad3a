// Slots that lack something, callers that are careless, Python without a GIL.
#include <algorithm>
#include <array>
#include <string>

#include <gtest/gtest.h>

#include "explore/search.h"
#include "hand/failing_case.h"
#include "hand/hand_slot.h"
#include "program/text.h"

namespace slotproof::unit {
namespace {

using world::Feature;
using world::Features;
using world::SlotCall;

class PoorSlot final : public HandSlot {
 public:
  explicit PoorSlot(Features features) : HandSlot(Bug::kNone), features_(features) {}
  Features features() const override { return features_; }

 private:
  Features features_;
};

constexpr Features kPoorest = Features::all().without(
    {Feature::kInterpreter, Feature::kLoad, Feature::kIsTaggedBy, Feature::kHasObject,
     Feature::kObject, Feature::kOwnership, Feature::kDestroyObject, Feature::kStatus,
     Feature::kHermetic, Feature::kDisarm, Feature::kTexts, Feature::kRefusesNullInterpreter,
     Feature::kRefusesOddObject, Feature::kRefusesUnknownStatus});

// What a case under the dull schedule comes to.
oracle::Verdict verdict_of(world::SlotLibrary& slot, const std::string& text) {
  explore::Runner runner(slot);
  const program::Case test_case = parsed(text).test_case;
  choice::DullSource dull;
  return runner.run(test_case.program, dull).verdict;
}

TEST(Features, ASlotOfTheFiveCallsThatAllHaveIsEnough) {
  PoorSlot slot(kPoorest);
  explore::Runner runner(slot);
  int checks = 0;
  const auto only_what_it_has = [&](const explore::Runner& run) {
    for (const world::CallRecord& call : run.view().world.calls()) {
      constexpr std::array kAll = {SlotCall::kConstruct, SlotCall::kDestruct, SlotCall::kInit,
                                   SlotCall::kCheck, SlotCall::kClear};
      EXPECT_NE(std::ranges::find(kAll, call.call), kAll.end());
      if (call.call == SlotCall::kInit) {
        EXPECT_EQ(call.status, world::Status::kMaybe);
      }
      EXPECT_FALSE(call.ignore || call.hermetic);
      EXPECT_EQ(call.misuse, world::Misuse::kNone);
      checks += call.call == SlotCall::kCheck ? 1 : 0;
    }
  };
  const auto result = explore::random_search(runner, nullptr, 1, 5'000, {}, only_what_it_has);
  EXPECT_FALSE(result.finding) << result.finding->judgement.sentence;
  EXPECT_GT(checks, 1'000);
}

TEST(Features, WhatIsLackingIsSkippedInTextAndLeftOutOfBytes) {
  PoorSlot slot(kPoorest);
  explore::Runner runner(slot);
  const program::Case asked =
      parsed("slotproof 1\nthread 0\n  A wrap x0\n  A tag x0\n  A own x0\n  A init x1 other\n")
          .test_case;
  choice::DullSource dull;
  runner.run(asked.program, dull);
  std::string done;
  for (const world::OperationRecord& operation : runner.view().executor.operations()) {
    done += operation.done == world::Done::kDone ? 'd' : 's';
  }
  EXPECT_EQ(done, "dsssd");  // the last one is the clearing away

  program::Decoded decoded;
  program::decode(program::encode(asked), decoded, {.features = kPoorest, .rules = {}});
  EXPECT_EQ(decoded.program.operations(), 1);
}

constexpr const char* kNullChecker = "thread 0\n  A wrap x0\n  A misuse x0 null\n";
constexpr const char* kUntaggedLoad = "thread 0\n  A load x0\n";

TEST(Careful, CallersDoOnlyWhatTheSlotUndertakesToRefuse) {
  const auto skipped = [](Features features, const std::string& text) {
    PoorSlot slot(features);
    explore::Runner runner(slot);
    const program::Case test_case = parsed(text).test_case;
    choice::DullSource dull;
    runner.run(test_case.program, dull);
    return std::ranges::count(runner.view().executor.operations(), world::Done::kSkipped,
                              &world::OperationRecord::done);
  };
  const Features no_refusals =
      Features::all().without({Feature::kRefusesUntaggedLoad, Feature::kRefusesNullInterpreter});
  for (const std::string text : {kNullChecker, kUntaggedLoad}) {
    EXPECT_EQ(skipped(Features::all(), "slotproof 1\n" + text), 0) << text;
    EXPECT_EQ(skipped(no_refusals, "slotproof 1\n" + text), 1) << text;
    EXPECT_EQ(skipped(no_refusals, "slotproof 1\ncareless\n" + text), 0) << text;
  }
}

TEST(Careless, CallersBreakPromisesAndTheConsequencesAreToldOfTheSlot) {
  HandSlot slot(Bug::kNone);
  const std::string init_us = "thread 0\n  A wrap x0\n  B init x0 us\n";
  EXPECT_EQ(verdict_of(slot, "slotproof 1\n" + init_us), oracle::Verdict::kInvalid);
  EXPECT_EQ(verdict_of(slot, "slotproof 1\ncareless\n" + init_us), oracle::Verdict::kTag);
  const std::string clear_owned = "thread 0\n  A wrap x0\n  A unwrap x0\n  A clear x0\n";
  EXPECT_EQ(verdict_of(slot, "slotproof 1\n" + clear_owned), oracle::Verdict::kPass);
  EXPECT_EQ(verdict_of(slot, "slotproof 1\ncareless\n" + clear_owned), oracle::Verdict::kOwnership);
  const std::string init_owned = "thread 0\n  A wrap x0\n  A unwrap x0\n  A init x0 maybe\n";
  EXPECT_EQ(verdict_of(slot, "slotproof 1\n" + init_owned), oracle::Verdict::kPass);
  EXPECT_EQ(verdict_of(slot, "slotproof 1\ncareless\n" + init_owned), oracle::Verdict::kOwnership);
}

// Under any of 2,000 random schedules.
bool races(const std::string& text) {
  HandSlot slot(Bug::kNone);
  explore::Runner runner(slot);
  const program::Case test_case = parsed(text).test_case;
  const auto finding = explore::random_search(runner, &test_case.program, 1, 2'000).finding;
  if (finding) {
    EXPECT_EQ(finding->judgement.verdict, oracle::Verdict::kDataRace);
  }
  return finding.has_value();
}

TEST(FreeThreaded, TheTagIsSeenBeforeTheObject) {
  const std::string both = "thread 0\n  A check x0\nthread 1\n  A wrap x0\n";
  EXPECT_FALSE(races("slotproof 1\n" + both));
  EXPECT_TRUE(races("slotproof 1\ngil off\n" + both));
}

// The world itself takes no part in races: interpreters and reference counts are as those of a
// Python that has no GIL.
TEST(FreeThreaded, ThreadsThatShareNoSlotDoNotRace) {
  EXPECT_FALSE(
      races("slotproof 1\ngil off\n"
            "thread 0\n  A wrap x0\n  A unwrap x0\n  - drop x0\n"
            "thread 1\n  A wrap x1\n  A unwrap x1\n  B load x1\n"
            "thread 2\n  B wrap x2\n  B own x2\n  - drop x2\n"));
}

}  // namespace
}  // namespace slotproof::unit
