#include "report/fault.h"

#include <algorithm>

namespace slotproof::report {
namespace {

using machine::Event;
using machine::EventIndex;
using machine::EventKind;
using machine::Halt;
using world::CallRecord;
using world::OperationRecord;

// The last event that freed the memory at the address of `access`, before it.
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

// The events that locked what nobody unlocked.
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

void add_events(const RunView& run, Fault& fault) {
  EventIndex first = run.judgement.first;
  const EventIndex second = run.judgement.second;
  if (first == machine::kNoEvent && second != machine::kNoEvent &&
      run.judgement.verdict == oracle::Verdict::kAddress) {
    first = find_free(run.machine, second);
  }
  for (const EventIndex e : {first, second}) {
    if (e != machine::kNoEvent) fault.events.push_back(e);
  }
  std::sort(fault.events.begin(), fault.events.end());
}

// Where the thread that executed last was when the run ended.
void add_last_place(const RunView& run, Fault& fault) {
  const machine::ThreadId last = run.machine.self();
  const std::vector<CallRecord>& calls = run.world.calls();
  for (std::size_t c = calls.size(); c-- > 0 && !fault.call;) {
    if (calls[c].thread == last && !calls[c].finished) fault.call = c;
  }
  const std::vector<OperationRecord>& operations = run.executor.operations();
  for (std::size_t o = 0; o < operations.size() && !fault.call; ++o) {
    if (operations[o].thread == last && operations[o].done == world::Done::kRunning) {
      fault.operation = o;
    }
  }
}

}  // namespace

Fault find_fault(const RunView& run) {
  Fault fault;
  if (run.judgement.verdict == oracle::Verdict::kPass) return fault;
  add_events(run, fault);
  if (run.judgement.call >= 0) fault.call = static_cast<std::size_t>(run.judgement.call);
  const Halt halt = run.machine.ending().halt;
  if (halt == Halt::kDeadlock) {
    fault.events = locks_held(run.machine);
  } else if (halt != Halt::kFinished && fault.events.empty() && !fault.call) {
    add_last_place(run, fault);
  }
  return fault;
}

std::optional<std::size_t> call_of(const RunView& run, EventIndex event) {
  const std::vector<CallRecord>& calls = run.world.calls();
  const machine::ThreadId thread = run.machine.events()[event].thread;
  // Calls are listed as they begin, so the last one that fits is the innermost.
  for (std::size_t c = calls.size(); c-- > 0;) {
    const CallRecord& call = calls[c];
    if (call.thread != thread || call.begin > event) continue;
    if (!call.finished || call.end > event) return c;
  }
  return std::nullopt;
}

}  // namespace slotproof::report
