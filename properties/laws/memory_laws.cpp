// Laws of memory, progress and order, whatever the threads do.
#include <array>

#include "slot_law.h"

namespace slotproof::laws {
namespace {

using oracle::Verdict;

template <std::size_t N>
Ruling gets_none_of(const explore::Runner& runner, const std::array<Verdict, N>& verdicts) {
  const oracle::Judgement& judgement = runner.view().judgement;
  Ruling ruling{.applies = true, .holds = true, .why = judgement.sentence};
  for (const Verdict v : verdicts) ruling.holds &= judgement.verdict != v;
  return ruling;
}

SLOT_LAW(MemoryLaws, NoTwoAccessesRace) {
  return gets_none_of(runner, std::array{Verdict::kDataRace});
}

SLOT_LAW(MemoryLaws, NoFreedMemoryIsTouched) {
  return gets_none_of(runner, std::array{Verdict::kAddress});
}

SLOT_LAW(MemoryLaws, NoCallCrashes) { return gets_none_of(runner, std::array{Verdict::kCrash}); }

SLOT_LAW(MemoryLaws, EveryCallReturns) {
  return gets_none_of(runner, std::array{Verdict::kDeadlock, Verdict::kStepLimit});
}

SLOT_LAW(MemoryLaws, TheCallsOfASlotHaveAnOrderThatTheModelAllows) {
  return gets_none_of(runner, std::array{Verdict::kTag, Verdict::kResult, Verdict::kException});
}

SLOT_LAW(MemoryLaws, TheSuiteNeverContradictsItself) {
  return gets_none_of(runner, std::array{Verdict::kHarness});
}

}  // namespace
}  // namespace slotproof::laws
