// Laws of what check_pyobj and the raw object word show.
#include "look.h"
#include "slot_law.h"

namespace slotproof::laws {
namespace {

using world::CallRecord;
using world::kNobody;
using world::kUnknown;
using world::Misuse;
using world::SlotCall;

bool checks(const CallRecord& call) {
  return call.call == SlotCall::kCheck && call.misuse == Misuse::kNone;
}

bool may_see(const CallRecord& call) { return !call.hermetic || call.ignore; }

CALL_LAW(CheckLaws, CheckAfterInitGivesTheObject) {
  return {checks(call) && state.tag == call.self && state.object != kNobody && !call.hermetic,
          returned(call) && call.result.has_value && call.value == state.object};
}

CALL_LAW(CheckLaws, AHermeticThreadIsShownNothing) {
  return {checks(call) && state.tag == call.self && !may_see(call),
          returned(call) && !call.result.has_value};
}

CALL_LAW(CheckLaws, IgnoringHermeticRevealsTheObject) {
  return {checks(call) && state.tag == call.self && call.hermetic && call.ignore,
          returned(call) && call.result.has_value && call.value == state.object};
}

CALL_LAW(CheckLaws, AnEmptySlotShowsNullAndNotNothing) {
  return {checks(call) && state.tag == call.self && state.object == kNobody && may_see(call),
          returned(call) && call.result.has_value && call.value == kNobody};
}

CALL_LAW(CheckLaws, AnUntaggedSlotShowsNothing) {
  return {call.call == SlotCall::kCheck && state.tag == kNobody,
          returned(call) && !call.result.has_value};
}

CALL_LAW(CheckLaws, TheUncheckedObjectIsTheObject) {
  return {call.call == SlotCall::kObject, returned(call) && call.value == state.object};
}

SLOT_LAW(CheckLaws, NoAddressThatIsShownHasTheOwnerBit) {
  Ruling ruling;
  for (const CallRecord& call : runner.view().world.calls()) {
    const bool shows = call.call == SlotCall::kCheck || call.call == SlotCall::kObject;
    if (!shows || !call.result.has_value) continue;
    ruling.applies = true;
    if (call.value == kUnknown) return Ruling::broken(told(call));
  }
  return ruling;
}

}  // namespace
}  // namespace slotproof::laws
