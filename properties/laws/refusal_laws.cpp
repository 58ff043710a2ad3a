// Laws of what a slot refuses, and how.
#include "look.h"
#include "slot_law.h"

namespace slotproof::laws {
namespace {

using world::CallRecord;
using world::kNobody;
using world::Misuse;
using world::Raised;
using world::SlotCall;
using world::Status;

bool of_another(const oracle::SlotState& state, const CallRecord& call) {
  return state.tag != kNobody && state.tag != call.self;
}

CALL_LAW(RefusalLaws, TheLoserOfAClaimIsRefused) {
  return {claims(call) && of_another(state, call), refused(call)};
}

CALL_LAW(RefusalLaws, OnesOwnClaimIsNotRefused) {
  return {claims(call) && !of_another(state, call), returned(call)};
}

CALL_LAW(RefusalLaws, WhoeverSaysThatItIsAnothersIsRefused) {
  return {
      call.call == SlotCall::kInit && call.misuse == Misuse::kNone && call.status == Status::kOther,
      refused(call)};
}

CALL_LAW(RefusalLaws, ACheckByAnotherInterpreterIsRefusedEvenIfHermetic) {
  return {call.call == SlotCall::kCheck && call.misuse == Misuse::kNone && of_another(state, call),
          refused(call)};
}

CALL_LAW(RefusalLaws, ACheckByNoInterpreterIsRefused) {
  return {call.misuse == Misuse::kNullInterpreter && state.tag != kNobody, refused(call)};
}

CALL_LAW(RefusalLaws, AnOddObjectIsRefused) {
  return {call.misuse == Misuse::kOddObject, refused(call)};
}

CALL_LAW(RefusalLaws, AnUnknownStatusIsRefused) {
  return {call.misuse == Misuse::kUnknownStatus, refused(call)};
}

CALL_LAW(RefusalLaws, AnUntaggedSlotHasNoInterpreterToLoad) {
  return {call.call == SlotCall::kLoad && state.tag == kNobody, refused(call)};
}

CALL_LAW(RefusalLaws, OwningNothingIsRefused) {
  return {call.call == SlotCall::kSetOwns && call.flag && state.object == kNobody, refused(call)};
}

CALL_LAW(RefusalLaws, TheMessageNamesCallerAndOwner) {
  const std::string text =
      refused(call) ? oracle::expected_text(state, call, world) : std::string();
  return {!text.empty() && (call.call == SlotCall::kCheck || state.tag != kNobody),
          call.result.text == text};
}

SLOT_LAW(RefusalLaws, OnlyTheLibrarysErrorIsThrown) {
  Ruling ruling;
  for (const CallRecord& call : runner.view().world.calls()) {
    if (!call.finished || call.result.raised == Raised::kNothing) continue;
    ruling.applies = true;
    if (call.result.raised == Raised::kForeign && !call.decref_threw) {
      return Ruling::broken(told(call));
    }
  }
  return ruling;
}

SLOT_LAW(RefusalLaws, AThrowChangesNothing) {
  Ruling ruling;
  for (const CallRecord& call : runner.view().world.calls()) {
    if (!refused(call)) continue;
    ruling.applies = true;
    if (writes_to_slot(call, runner.view())) return Ruling::broken(told(call) + ", and wrote");
  }
  return ruling;
}

}  // namespace
}  // namespace slotproof::laws
