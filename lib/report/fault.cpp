#include "report/fault.h"

#include <algorithm>

#include "trace/fault.h"

namespace slotproof::report {
namespace {

using machine::EventIndex;
using machine::EventKind;
using machine::Halt;
using world::CallRecord;
using world::OperationRecord;

void add_events(const RunView& run, Fault& fault) {
  EventIndex first = run.judgement.first;
  const EventIndex second = run.judgement.second;
  if (first == machine::kNoEvent && second != machine::kNoEvent &&
      run.judgement.verdict == oracle::Verdict::kAddress) {
    first = trace::find_free(run.machine, second);
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
    fault.events = trace::locks_held(run.machine);
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
