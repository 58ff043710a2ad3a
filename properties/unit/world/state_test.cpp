// A run leaves nothing to the next one.
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "explore/search.h"
#include "hand/failing_case.h"
#include "report/trace.h"

namespace slotproof::unit {
namespace {

// Meets all that a run could have left behind: tags, objects, GILs, the hermetic flag, references,
// finalised interpreters.
constexpr const char* kNext =
    "slotproof 1\n"
    "private x2 1\n"
    "thread 0\n  A check x0\n  A wrap x0\n  A unwrap x0\n  A drop x0\n  A init x3 maybe\n"
    "thread 1\n  B check x1 \n  B wrap x1\n  - escape x2\n  A check x0\n  - drop x0\n"
    "thread 2\n  C wrap x2\n  D wrap x3\n";

std::string trace_of_next(explore::Runner& runner) {
  const program::Case next = parsed(kNext).test_case;
  choice::DullSource dull;
  runner.run(next.program, dull);
  return report::trace_text(runner.view());
}

struct Halting {
  Bug bug;
  const char* program;
  oracle::Verdict verdict;
};

const Halting kHalting[] = {
    {Bug::kClaimsInTwoSteps, kTwoClaims, oracle::Verdict::kDataRace},
    {Bug::kLooksBack, "slotproof 1\nthread 0\n  A wrap x0\n  A unwrap x0\n  - drop x0\n",
     oracle::Verdict::kAddress},
    {Bug::kTerminates,
     "slotproof 1\nthread 0\n  - hermetic on\n  A wrap x1\n  D init x0 maybe\n  B init x0 maybe\n",
     oracle::Verdict::kCrash},
    {Bug::kLocks, kCrossedLocks, oracle::Verdict::kDeadlock},
    {Bug::kSpins, kWaitsForAnObject, oracle::Verdict::kStepLimit},
    {Bug::kDecrefsTwice, kDroppedTwice, oracle::Verdict::kOwnership},
    {Bug::kNone, "slotproof 1\nthread 0\n  A finalise\n  - hermetic on\n  A init x0 us\n",
     oracle::Verdict::kInvalid},
};

TEST(Run, AfterOneThatWasCutOffIsAsTheFirst) {
  for (const Halting& halting : kHalting) {
    SCOPED_TRACE(oracle::name(halting.verdict));
    HandSlot slot(halting.bug);
    explore::Runner fresh(slot);
    const std::string first = trace_of_next(fresh);

    HandSlot used_slot(halting.bug);
    explore::Runner used(used_slot);
    const program::Case before = parsed(halting.program).test_case;
    EXPECT_TRUE(
        explore::deviation_search(used, before.program, explore::gets(halting.verdict), 10'000)
            .finding);
    EXPECT_EQ(trace_of_next(used), first);
  }
}

// ... and what it is compared with is not all the same.
TEST(Run, UnderOneBugIsNotAsUnderAnother) {
  std::set<std::string> traces;
  for (const Bug bug : {Bug::kNone, Bug::kClaimsInTwoSteps, Bug::kLocks}) {
    HandSlot slot(bug);
    explore::Runner runner(slot);
    traces.insert(trace_of_next(runner));
  }
  EXPECT_EQ(traces.size(), 3u);
}

}  // namespace
}  // namespace slotproof::unit
