// Laws of runs of a right slot.
#include <rapidcheck.h>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "choice/choice_sequence.h"
#include "explore/runner.h"
#include "explore/twice.h"
#include "generators.h"
#include "world/load_slot.h"

namespace slotproof::laws {
namespace {

explore::Runner& native() {
  static std::string error;
  static explore::Runner runner(*world::load_slot("native", error));
  return runner;
}

RC_GTEST_PROP(RunLaws, ARightSlotIsNeverConvicted, ()) {
  const program::Case test_case = *cases();
  choice::ReplaySource source(test_case.choices);
  const oracle::Verdict verdict = native().run(test_case.program, source).verdict;
  RC_PRE(verdict != oracle::Verdict::kInvalid);
  RC_ASSERT(verdict == oracle::Verdict::kPass);
}

RC_GTEST_PROP(RunLaws, TheSameCaseDoesTheSameAgain, ()) {
  const program::Case test_case = *cases();
  RC_ASSERT(explore::differs_when_repeated(native(), test_case, 2) == "");
}

RC_GTEST_PROP(RunLaws, TheChoicesOfARunReplayIt, ()) {
  const program::Case test_case = *cases();
  choice::ReplaySource source(test_case.choices);
  const oracle::Verdict verdict = native().run(test_case.program, source).verdict;
  const choice::ChoiceSequence made = native().choices();
  choice::ReplaySource replay(made);
  RC_ASSERT(native().run(test_case.program, replay).verdict == verdict);
  RC_ASSERT(native().choices() == made);
  RC_ASSERT(!replay.diverged());
}

}  // namespace
}  // namespace slotproof::laws
