// For each verdict a situation that must get it, and a twin of it that must not.
#include "oracle/verdict.h"

#include <ostream>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "choice/random_source.h"
#include "explore/search.h"
#include "hand/failing_case.h"

namespace slotproof::unit {
namespace {

using oracle::Verdict;

struct Situation {
  const char* name;
  Verdict verdict;
  Bug bug;
  const char* program;
  // What the twin has instead. It passes under each schedule that is tried.
  Bug twin_bug;
  const char* twin_program;
};

void PrintTo(const Situation& situation, std::ostream* out) { *out << situation.name; }

constexpr const char* kSecondClaim = "slotproof 1\nthread 0\n  A wrap x0\n  B init x0 maybe\n";
// Refused under the GIL of the tag: what it writes is not wrong on its own account.
constexpr const char* kRefusedClaim =
    "slotproof 1\nthread 0\n  A wrap x0\n  A clear x0\n  A init x0 other\n";
constexpr const char* kOwnedThenDropped =
    "slotproof 1\nthread 0\n  A wrap x0\n  A unwrap x0\n  - drop x0\n";

const Situation kSituations[] = {
    {"TwoClaimsInTwoSteps", Verdict::kDataRace, Bug::kClaimsInTwoSteps, kTwoClaims, Bug::kNone,
     kTwoClaims},
    {"TwoClaimsInTwoStepsOfOneInterpreter", Verdict::kDataRace, Bug::kClaimsInTwoSteps, kTwoClaims,
     Bug::kClaimsInTwoSteps, "slotproof 1\nthread 0\n  A wrap x0\nthread 1\n  A wrap x0\n"},
    {"ALookAtWhatWasFreed", Verdict::kAddress, Bug::kLooksBack, kOwnedThenDropped, Bug::kNone,
     kOwnedThenDropped},
    // The object outlives its slot's interest.
    {"ALookAtWhatOthersHold", Verdict::kAddress, Bug::kLooksBack, kOwnedThenDropped,
     Bug::kLooksBack,
     "slotproof 1\nthread 0\n  A wrap x0\n  A unwrap x0\n  A revive x0\n  A destroy x0\n"},
    {"ARefusalByTerminate", Verdict::kCrash, Bug::kTerminates, kSecondClaim, Bug::kNone,
     kSecondClaim},
    {"ALockHeldOverAGil", Verdict::kDeadlock, Bug::kLocks, kCrossedLocks, Bug::kNone,
     kCrossedLocks},
    {"ALockHeldOverTheOnlyGil", Verdict::kDeadlock, Bug::kLocks, kCrossedLocks, Bug::kLocks,
     "slotproof 1\nthread 0\n  A wrap x0\n  A unwrap x0\n  A drop x0\n  A check x1\n"},
    {"AWaitForNothing", Verdict::kStepLimit, Bug::kSpins, kWaitsForAnObject, Bug::kSpins,
     "slotproof 1\nthread 0\n  A wrap x0\nthread 1\n  B tag x0\n"},
    {"ASecondWinner", Verdict::kTag, Bug::kAcceptsLoser, kSecondClaim, Bug::kAcceptsLoser,
     "slotproof 1\nthread 0\n  A wrap x0\n  A init x1 maybe\n"},
    {"ADecrefTooMany", Verdict::kOwnership, Bug::kDecrefsTwice, kOwnedThenDropped, Bug::kNone,
     kOwnedThenDropped},
    {"ADecrefTooFew", Verdict::kOwnership, Bug::kForgetsDecref, kOwnedThenDropped,
     Bug::kForgetsDecref, "slotproof 1\nthread 0\n  A wrap x0\n  - drop x0\n  A unwrap x0\n"},
    {"AnOwnerBitInTheResult", Verdict::kResult, Bug::kShowsOwnerBit,
     "slotproof 1\nthread 0\n  A wrap x0\n  A own x0\n  A check x0\n", Bug::kShowsOwnerBit,
     "slotproof 1\nthread 0\n  A wrap x0\n  A check x0\n  - drop x0\n  A unwrap x0\n"},
    {"AnotherText", Verdict::kException, Bug::kChangesText,
     "slotproof 1\nthread 0\n  A wrap x0\n  B check x0\n", Bug::kNone,
     "slotproof 1\nthread 0\n  A wrap x0\n  B check x0\n"},
    {"AThrowThatChangedTheSlot", Verdict::kException, Bug::kWritesAndThrows, kRefusedClaim,
     Bug::kNone, kRefusedClaim},
    {"AWriteWithoutTheGil", Verdict::kGil, Bug::kWritesWhenAsked,
     "slotproof 1\nthread 0\n  A wrap x0\n  B mine x0\n", Bug::kWritesWhenAsked,
     "slotproof 1\nthread 0\n  A wrap x0\n  A mine x0\n"},
    {"APromiseThatWasBroken", Verdict::kInvalid, Bug::kNone,
     "slotproof 1\nthread 0\n  A init x0 us\n", Bug::kNone,
     "slotproof 1\nthread 0\n  A check x0\n  A init x0 maybe\n  A clear x0\n  A init x0 us\n"},
    {"ACertaintyThatIsNone", Verdict::kInvalid, Bug::kNone,
     "slotproof 1\nthread 0\n  A init x0 definitely\n", Bug::kNone,
     "slotproof 1\nprivate x0 0\nthread 0\n  A init x0 definitely\n"},
};

class Verdicts : public testing::TestWithParam<Situation> {};

TEST_P(Verdicts, AreGivenToTheSituationAndNotToItsTwin) {
  constexpr std::uint64_t kRuns = 3'000;
  const Situation& situation = GetParam();
  HandSlot slot(situation.bug);
  explore::Runner runner(slot);
  const program::Case test_case = parsed(situation.program).test_case;
  EXPECT_TRUE(
      explore::deviation_search(runner, test_case.program, explore::gets(situation.verdict), kRuns)
          .finding);

  HandSlot twin_slot(situation.twin_bug);
  explore::Runner twin_runner(twin_slot);
  const program::Case twin = parsed(situation.twin_program).test_case;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    choice::RandomSource source(seed);
    const oracle::Judgement& judgement = twin_runner.run(twin.program, source);
    ASSERT_EQ(oracle::name(judgement.verdict), "pass") << judgement.sentence;
    for (const world::OperationRecord& operation : twin_runner.view().executor.operations()) {
      ASSERT_EQ(operation.done, world::Done::kDone);  // it is about what it says
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Verdicts, testing::ValuesIn(kSituations),
                         [](const auto& test) { return std::string(test.param.name); });

// `harness` is what a slot that is not deterministic gets (properties/unit/explore).
TEST(VerdictTable, HasASituationForEachVerdictThatASlotCanGet) {
  std::set<Verdict> have = {Verdict::kPass, Verdict::kHarness};
  for (const Situation& situation : kSituations) have.insert(situation.verdict);
  EXPECT_EQ(static_cast<int>(have.size()), oracle::kVerdicts);
}

TEST(VerdictTable, HasOneExitCodeAndOneNameForEach) {
  std::set<int> codes;
  for (int v = 0; v < oracle::kVerdicts; ++v) {
    const auto verdict = static_cast<Verdict>(v);
    codes.insert(oracle::exit_code(verdict));
    Verdict named{};
    EXPECT_TRUE(oracle::verdict_named(oracle::name(verdict), named));
    EXPECT_EQ(named, verdict);
  }
  EXPECT_EQ(codes, (std::set<int>{0, 3, 4, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19}));
  Verdict named{};
  EXPECT_FALSE(oracle::verdict_named("Pass", named));
}

}  // namespace
}  // namespace slotproof::unit
