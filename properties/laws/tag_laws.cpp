// Laws of the tag: it is set once, by one interpreter, and everybody is told the same.
#include <cstdint>
#include <set>

#include "look.h"
#include "slot_law.h"

namespace slotproof::laws {
namespace {

using world::CallRecord;
using world::kNobody;
using world::Raised;
using world::SlotCall;

bool tells_the_tag(const CallRecord& call) {
  return (call.call == SlotCall::kInterpreter || call.call == SlotCall::kLoad) && returned(call);
}

SLOT_LAW(TagLaws, TheTagNeverChangesOnceItIsSet) {
  Ruling ruling;
  for (const CallRecord& early : runner.view().world.calls()) {
    if (!tells_the_tag(early) || early.value == kNobody) continue;
    for (const CallRecord& late : runner.view().world.calls()) {
      if (!tells_the_tag(late) || late.tensor != early.tensor || &late == &early) continue;
      // A query that is not behind the other may still miss the tag, but cannot see another one.
      if (late.value == kNobody && !early.happens_before(late)) continue;
      ruling.applies = true;
      if (late.value != early.value) {
        return Ruling::broken(told(early) + ", and " + told(late));
      }
    }
  }
  return ruling;
}

SLOT_LAW(TagLaws, OneOfTheClaimantsWinsAndNoOther) {
  Ruling ruling;
  for (int x = 0; x < world::kTensors; ++x) {
    std::set<int> winners;
    const CallRecord* loser = nullptr;
    bool all_returned = true;
    for (const CallRecord& call : runner.view().world.calls()) {
      if (call.tensor != x || !claims(call)) continue;
      all_returned &= call.finished;
      if (returned(call)) winners.insert(call.self);
      if (call.finished && !returned(call)) loser = &call;
    }
    if (winners.size() > 1) return Ruling::broken("two interpreters took the slot");
    if (loser != nullptr && winners.empty() && all_returned) {
      return Ruling::broken(told(*loser) + ", but nobody won");
    }
    ruling.applies |= loser != nullptr || !winners.empty();
  }
  return ruling;
}

// Also where the run ends before the claimants have come back.
SLOT_LAW(TagLaws, NoTwoInterpretersAreStoredInASlot) {
  Ruling ruling;
  const report::RunView run = runner.view();
  for (int x = 0; x < world::kTensors; ++x) {
    const world::World::Range slot = run.world.slot_range(x);
    std::set<std::uint64_t> stored;
    for (const machine::Event& event : run.machine.events()) {
      const bool stores =
          event.kind == machine::EventKind::kStore || event.kind == machine::EventKind::kRmw;
      if (!stores || event.address < slot.begin || event.address >= slot.end) continue;
      for (int i = 0; i < world::kInterpreters; ++i) {
        const void* const handle = run.world.interpreter_handle(i);
        if (handle != nullptr && event.value == reinterpret_cast<std::uint64_t>(handle)) {
          stored.insert(event.value);
        }
      }
    }
    ruling.applies |= !stored.empty();
    ruling.holds &= stored.size() <= 1;
  }
  return ruling;
}

SLOT_LAW(TagLaws, TheTagIsThatOfAClaimant) {
  Ruling ruling;
  for (const CallRecord& query : runner.view().world.calls()) {
    if (!tells_the_tag(query) || query.value == kNobody) continue;
    ruling.applies = true;
    bool claimed = false;
    for (const CallRecord& call : runner.view().world.calls()) {
      claimed |= call.tensor == query.tensor && claims(call) && call.self == query.value &&
                 call.started < query.ended;
    }
    if (!claimed) return Ruling::broken(told(query) + ", which never claimed it");
  }
  return ruling;
}

SLOT_LAW(TagLaws, AQueryWritesNothing) {
  Ruling ruling;
  for (const CallRecord& call : runner.view().world.calls()) {
    if (!is_query(call)) continue;
    ruling.applies = true;
    if (writes_to_slot(call, runner.view())) return Ruling::broken(told(call) + ", and wrote");
  }
  return ruling;
}

SLOT_LAW(TagLaws, AQuestionAboutTheTagIsAlwaysAnswered) {
  Ruling ruling;
  for (const CallRecord& call : runner.view().world.calls()) {
    const bool asks = call.call == SlotCall::kInterpreter || call.call == SlotCall::kIsTaggedBy ||
                      call.call == SlotCall::kHasObject;
    if (!asks || !call.finished) continue;
    ruling.applies = true;
    if (call.result.raised != Raised::kNothing) return Ruling::broken(told(call));
  }
  return ruling;
}

CALL_LAW(TagLaws, TheTagIsTheFirstClaimants) {
  return {tells_the_tag(call), call.value == state.tag};
}

CALL_LAW(TagLaws, OnlyTheTagIsToldThatTheSlotIsIts) {
  return {call.call == SlotCall::kIsTaggedBy, call.value == (call.self == state.tag ? 1 : 0)};
}

CALL_LAW(TagLaws, PresenceIsTheTagWhateverTheThreadIs) {
  return {call.call == SlotCall::kHasObject, call.value == (state.tag != kNobody ? 1 : 0)};
}

}  // namespace
}  // namespace slotproof::laws
