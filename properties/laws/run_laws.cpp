// Laws of running: the same again, from its own choices.
#include "choice/choice_sequence.h"
#include "explore/twice.h"
#include "slot_law.h"

namespace slotproof::laws {
namespace {

SLOT_LAW(RunLaws, TheSameCaseDoesTheSameAgain) {
  const std::string difference = explore::differs_when_repeated(runner, ran, 2);
  return {.applies = true, .holds = difference.empty(), .why = difference};
}

SLOT_LAW(RunLaws, TheChoicesOfARunReplayIt) {
  const oracle::Verdict verdict = runner.view().judgement.verdict;
  choice::ReplaySource replay(ran.choices);
  const bool same = runner.run(ran.program, replay).verdict == verdict;
  return {.applies = true,
          .holds = same && runner.choices() == ran.choices && !replay.diverged(),
          .why = "choices " + runner.choices().print()};
}

}  // namespace
}  // namespace slotproof::laws
