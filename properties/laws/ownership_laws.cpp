// Laws of who keeps whom alive.
#include <algorithm>

#include "look.h"
#include "slot_law.h"

namespace slotproof::laws {
namespace {

using world::CallRecord;
using world::kNobody;
using world::SlotCall;

bool destroys(const CallRecord& call) {
  return call.call == SlotCall::kDestroyObject || call.call == SlotCall::kDestruct;
}

CALL_LAW(OwnershipLaws, TheOwnerBitIsReadAsItWasSet) {
  return {call.call == SlotCall::kOwns, returned(call) && call.value == (state.owns ? 1 : 0)};
}

CALL_LAW(OwnershipLaws, DestroyingDropsTheSlotsReferenceOnce) {
  return {call.call == SlotCall::kDestroyObject && state.owns && !call.tag_unloaded,
          call.decrefs == 1};
}

CALL_LAW(OwnershipLaws, TheDestructorDropsTheSlotsReferenceOnce) {
  return {call.call == SlotCall::kDestruct && state.owns && !call.tag_unloaded, call.decrefs == 1};
}

CALL_LAW(OwnershipLaws, DestroyingDropsNothingThatTheSlotDoesNotOwn) {
  return {destroys(call) && !state.owns, call.decrefs == 0 && returned(call)};
}

CALL_LAW(OwnershipLaws, TheReferenceThatIsDroppedIsTheObjects) {
  return {call.decrefs > 0, call.decref_object == state.object};
}

// The thread that was running when the run ended.
machine::ThreadId last_thread(const report::RunView& run) {
  const machine::EventIndex at = run.judgement.second;
  const auto& events = run.machine.events();
  return at == machine::kNoEvent ? events.back().thread : events[at].thread;
}

SLOT_LAW(OwnershipLaws, AnUnloadedInterpreterIsNotCalled) {
  Ruling ruling;
  const report::RunView run = runner.view();
  const bool died = run.judgement.verdict == oracle::Verdict::kAddress ||
                    run.judgement.verdict == oracle::Verdict::kCrash;
  for (const CallRecord& call : run.world.calls()) {
    if (!destroys(call) || !call.tag_unloaded) continue;
    ruling.applies = true;
    const bool died_here = died && !call.finished && call.thread == last_thread(run);
    if (call.decrefs != 0 || died_here) return Ruling::broken(told(call));
  }
  return ruling;
}

SLOT_LAW(OwnershipLaws, OnlyDestroyingDropsReferences) {
  Ruling ruling;
  for (const CallRecord& call : runner.view().world.calls()) {
    if (!call.finished || destroys(call)) continue;
    ruling.applies = true;
    if (call.decrefs != 0) return Ruling::broken(told(call));
  }
  return ruling;
}

SLOT_LAW(OwnershipLaws, EveryObjectDiesExactlyOnce) {
  const report::RunView run = runner.view();
  const auto& calls = run.world.calls();
  return {.applies = std::any_of(calls.begin(), calls.end(), claims),
          .holds = run.world.violation() != world::Violation::kOwnership,
          .why = run.machine.ending().text};
}

SLOT_LAW(OwnershipLaws, TheObjectIsWrittenUnderItsGil) {
  const oracle::Judgement& judgement = runner.view().judgement;
  return {.applies = true,
          .holds = judgement.verdict != oracle::Verdict::kGil,
          .why = judgement.sentence};
}

}  // namespace
}  // namespace slotproof::laws
