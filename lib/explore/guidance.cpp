#include "explore/guidance.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <vector>

#include "choice/random_source.h"
#include "oracle/linearizability.h"

namespace slotproof::explore {
namespace {

using machine::Event;
using machine::EventIndex;
using machine::EventKind;
using world::CallRecord;
using world::World;

constexpr std::uint32_t kNone = 0xff;  // no call, no operation
constexpr std::uint32_t kFar = 7;      // as far into an operation as is told apart

// --- cells ---------------------------------------------------------------------------------------

int outcome(const CallRecord& call) {
  if (call.result.raised != world::Raised::kNothing) return call.decrefs == 0 ? 3 : 5;
  if (call.decrefs != 0) return 4;
  if (!call.result.has_value) return 0;
  return call.result.value == 0 ? 1 : 2;
}

void count_cells(const World& world, std::span<std::uint8_t, kCellCounters> counters) {
  for (int x = 0; x < world::kTensors; ++x) {
    oracle::fits_as_begun(world, x, [&](const oracle::SlotState& state, const CallRecord& call) {
      const auto [operation, met] = oracle::cell_of(state, call);
      const int cell = operation * oracle::kAbstractStates + met;
      counters[cell * kCallOutcomes + outcome(call)] = 1;
    });
  }
}

std::uint64_t hash(std::initializer_list<std::uint32_t> parts) {
  std::uint64_t mixed = 0;
  for (const std::uint32_t part : parts) mixed = choice::SplitMix64(mixed ^ part).next();
  return mixed;
}

// --- sequels -------------------------------------------------------------------------------------

void count_sequels(const report::RunView& run, std::span<std::uint8_t, kSequelCounters> counters) {
  struct Last {
    program::Operation operation;
    machine::ThreadId thread = 0;  // root: nothing was done yet
  };
  std::array<Last, program::kTensors> last;
  for (const world::OperationRecord& record : run.executor.operations()) {
    if (record.done != world::Done::kDone || record.index == world::kTeardown) continue;
    const program::Operation& operation = run.program.threads[record.thread - 1][record.index];
    if (!program::info(operation.verb).on_tensor) continue;
    const auto& [before, thread] = last[operation.tensor];
    if (thread != 0) {
      const std::uint32_t same = (thread == record.thread ? 1u : 0u) +
                                 (before.interpreter == operation.interpreter ? 2u : 0u);
      counters[hash({static_cast<std::uint32_t>(before.verb), before.argument,
                     static_cast<std::uint32_t>(operation.verb), operation.argument, same}) %
               kSequelCounters] = 1;
    }
    last[operation.tensor] = {operation, record.thread};
  }
}

// --- events --------------------------------------------------------------------------------------

// Where a thread is.
struct Place {
  std::uint32_t verb = kNone;    // of its operation
  std::uint32_t call = kNone;    // oracle::cell_operation
  std::uint32_t tensor = kNone;  // of the call
  std::uint32_t events = 0;      // in the call, or outside of calls
};

// Takes the events one by one, and knows of each thread where it is.
class Places {
 public:
  explicit Places(const report::RunView& run)
      : run_(run), calls_(run.world.calls()), operations_(run.executor.operations()) {}

  // To be called with each event in turn.
  const Place& at(EventIndex index, const Event& event) {
    for (; next_operation_ < operations_.size() && operations_[next_operation_].begin <= index;
         ++next_operation_) {
      const world::OperationRecord& operation = operations_[next_operation_];
      threads_[operation.thread].operation = &operation;
    }
    for (; next_call_ < calls_.size() && calls_[next_call_].begin <= index; ++next_call_) {
      const CallRecord& call = calls_[next_call_];
      threads_[call.thread].calls.push_back(&call);
    }
    Thread& thread = threads_[event.thread];
    const CallRecord* const before = thread.call;
    while (!thread.calls.empty() && ended(*thread.calls.back(), index)) thread.calls.pop_back();
    thread.call = thread.calls.empty() ? nullptr : thread.calls.back();
    Place& place = thread.place;
    place.verb = verb(event.thread, thread.operation, index);
    place.call = kNone;
    place.tensor = kNone;
    if (thread.call != nullptr) {
      place.call = static_cast<std::uint32_t>(oracle::cell_operation(*thread.call));
      place.tensor = thread.call->tensor;
    }
    place.events = thread.call == before ? place.events + 1 : 0;
    return place;
  }

 private:
  struct Thread {
    const world::OperationRecord* operation = nullptr;
    std::vector<const CallRecord*> calls;  // that have not ended, the innermost last
    const CallRecord* call = nullptr;
    Place place;
  };

  static bool ended(const CallRecord& call, EventIndex index) {
    return call.finished && call.end <= index;
  }

  std::uint32_t verb(machine::ThreadId thread, const world::OperationRecord* operation,
                     EventIndex index) const {
    if (thread == 0 || operation == nullptr) return kNone;
    if (operation->done != world::Done::kRunning && operation->end <= index) return kNone;
    return static_cast<std::uint32_t>(run_.program.threads[thread - 1][operation->index].verb);
  }

  const report::RunView& run_;
  const std::vector<CallRecord>& calls_;
  const std::vector<world::OperationRecord>& operations_;
  std::size_t next_call_ = 0;
  std::size_t next_operation_ = 0;
  std::array<Thread, world::kThreads + 1> threads_;
};

// The word of a slot, or that it is none of the call's.
std::uint32_t word(const World& world, const Place& place, std::uint64_t address) {
  if (place.tensor == kNone) return kNone;
  const World::Range slot = world.slot_range(static_cast<int>(place.tensor));
  if (address < slot.begin || address >= slot.end) return kNone;
  return static_cast<std::uint32_t>(address - slot.begin);
}

}  // namespace

void count(const report::RunView& run, std::span<std::uint8_t, kCounters> counters) {
  count_cells(run.world, counters.first<kCellCounters>());
  count_sequels(run, counters.subspan<kCellCounters, kSequelCounters>());
  const auto reads_from = counters.subspan<kCellCounters + kSequelCounters, kReadsFromCounters>();
  const auto preemptions = counters.last<kPreemptionCounters>();

  const std::vector<Event>& events = run.machine.events();
  Places places(run);
  static thread_local std::vector<Place> visited;
  visited.clear();
  for (EventIndex e = 0; e < events.size(); ++e) {
    const Event& event = events[e];
    const Place& place = places.at(e, event);
    visited.push_back(place);
    if (event.reads_from != machine::kNoEvent && events[event.reads_from].thread != event.thread) {
      const Event& store = events[event.reads_from];
      reads_from[hash({place.call, word(run.world, place, event.address),
                       static_cast<std::uint32_t>(event.kind), visited[event.reads_from].call,
                       static_cast<std::uint32_t>(store.kind), event.stale != 0 ? 1u : 0u}) %
                 kReadsFromCounters] = 1;
    }
    if (e == 0 || event.thread == events[e - 1].thread) continue;
    const Place& left = visited[e - 1];
    if (left.verb == kNone) continue;
    preemptions[hash({left.verb, left.call, std::min(left.events, kFar), place.verb, place.call}) %
                kPreemptionCounters] = 1;
  }
}

}  // namespace slotproof::explore
