#include "trace/fault.h"

#include <algorithm>

namespace slotproof::trace {

using machine::Event;
using machine::EventIndex;
using machine::EventKind;
using machine::Halt;

EventIndex find_free(const machine::Machine& machine, EventIndex access) {
  const std::vector<Event>& events = machine.events();
  for (EventIndex e = access; e-- > 0;) {
    const Event& event = events[e];
    // Longer blocks do not say how long they are.
    const std::uint64_t size = event.size == 0 ? 256 : event.size;
    if (event.kind == EventKind::kFree && events[access].address - event.address < size) return e;
  }
  return machine::kNoEvent;
}

std::vector<EventIndex> locks_held(const machine::Machine& machine) {
  std::vector<EventIndex> held;
  const std::vector<Event>& events = machine.events();
  for (EventIndex e = 0; e < events.size(); ++e) {
    if (events[e].kind == EventKind::kLock || events[e].kind == EventKind::kLockShared) {
      held.push_back(e);
    } else if (events[e].kind == EventKind::kUnlock || events[e].kind == EventKind::kUnlockShared) {
      const auto lock = std::ranges::find_if(held, [&](EventIndex l) {
        return events[l].address == events[e].address && events[l].thread == events[e].thread;
      });
      if (lock != held.end()) held.erase(lock);
    }
  }
  return held;
}

std::vector<EventIndex> events_at_fault(const machine::Machine& machine) {
  const machine::Ending& ending = machine.ending();
  if (ending.halt == Halt::kDeadlock) return locks_held(machine);
  EventIndex first = ending.first;
  if (ending.halt == Halt::kAddress && first == machine::kNoEvent &&
      ending.second != machine::kNoEvent) {
    first = find_free(machine, ending.second);
  }
  std::vector<EventIndex> events;
  for (const EventIndex e : {first, ending.second}) {
    if (e != machine::kNoEvent) events.push_back(e);
  }
  std::ranges::sort(events);
  return events;
}

}  // namespace slotproof::trace
