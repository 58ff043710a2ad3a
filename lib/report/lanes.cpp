#include "report/lanes.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "report/fault.h"
#include "report/trace.h"
#include "report/words.h"
#include "trace/table.h"

namespace slotproof::report {
namespace {

using machine::Event;
using machine::EventIndex;
using machine::EventKind;
using machine::ThreadId;
using trace::Row;
using world::CallRecord;
using world::OperationRecord;

constexpr ThreadId kRoot = 0;

bool is_lock(EventKind kind) { return kind == EventKind::kLock || kind == EventKind::kLockShared; }

bool is_unlock(EventKind kind) {
  return kind == EventKind::kUnlock || kind == EventKind::kUnlockShared;
}

// Decides which events help to understand the fault.
class Selection {
 public:
  Selection(const RunView& run, bool verbose)
      : run_(run), verbose_(verbose), fault_(find_fault(run)) {
    if (fault_.call) calls_.insert(*fault_.call);
    for (const EventIndex e : fault_.events) {
      if (const std::optional<std::size_t> call = call_of(run, e)) calls_.insert(*call);
    }
    for (const std::size_t c : calls_) contested_[run.world.calls()[c].tensor] = true;
    for (int x = 0; x < world::kTensors; ++x) contested_[x] &= threads_on(x) > 1;
  }

  bool marks_event(EventIndex e) const {
    return std::find(fault_.events.begin(), fault_.events.end(), e) != fault_.events.end();
  }
  bool marks_call(std::size_t call) const { return fault_.call == call; }
  bool marks_operation(std::size_t operation) const { return fault_.operation == operation; }
  bool explains(std::size_t call) const { return calls_.contains(call); }

  // Whether the fault lies with root.
  bool in_root() const {
    const auto of_root = [](const auto& x) { return x.thread == kRoot; };
    for (const EventIndex e : fault_.events) {
      if (of_root(run_.machine.events()[e])) return true;
    }
    if (fault_.operation && of_root(run_.executor.operations()[*fault_.operation])) return true;
    return fault_.call && of_root(run_.world.calls()[*fault_.call]);
  }

  // Whether the event, which came inside of these calls, gets a row.
  bool shows(EventIndex index, const std::vector<std::size_t>& calls) const {
    if (marks_event(index)) return true;
    const Event& event = run_.machine.events()[index];
    if (event.kind == EventKind::kStart || event.kind == EventKind::kEnd ||
        event.kind == EventKind::kFork || event.kind == EventKind::kJoin) {
      return false;
    }
    const bool at_fault =
        std::any_of(calls.begin(), calls.end(), [&](auto c) { return explains(c); });
    const int tensor = calls.empty() ? -1 : run_.world.calls()[calls.back()].tensor;
    const bool contested = tensor >= 0 && contested_[tensor] && event.thread != kRoot;
    if (!verbose_ && !at_fault && !contested) return false;
    if (event.kind == EventKind::kFence) return true;
    const std::string place = run_.world.name_of(event.address);
    if (place.empty()) return false;  // strings, exceptions and the like
    if (verbose_) return true;
    if (!at_fault) return place.starts_with(fmt::format("x{}.slot", tensor));
    return place.find(".vtable") == std::string::npos && place.find(".name") == std::string::npos;
  }

 private:
  // How many threads of the program call the tensor's slot.
  std::ptrdiff_t threads_on(int tensor) const {
    std::set<ThreadId> threads;
    for (const CallRecord& call : run_.world.calls()) {
      if (call.tensor == tensor && call.thread != kRoot) threads.insert(call.thread);
    }
    return static_cast<std::ptrdiff_t>(threads.size());
  }

  const RunView& run_;
  bool verbose_;
  Fault fault_;
  std::set<std::size_t> calls_;  // at fault, or with an event at fault
  // Tensors at fault whose slots several threads call: then all of these calls matter.
  std::array<bool, world::kTensors> contested_{};
};

// Walks through the run and writes down the rows.
class Painter {
 public:
  Painter(const RunView& run, const LanesOptions& options)
      : run_(run), options_(options), selection_(run, options.verbose) {
    for (int t = 0; t < program::kThreads; ++t) {
      if (run.program.threads[t].empty()) continue;
      lanes_[t + 1].column = static_cast<int>(headings_.size());
      headings_.push_back(thread_name(static_cast<ThreadId>(t + 1)));
    }
    const auto& operations = run.executor.operations();
    const bool ended = std::any_of(operations.begin(), operations.end(),
                                   [](const auto& o) { return o.index == world::kTeardown; });
    shows_start_ = options.verbose || (selection_.in_root() && !ended);
    shows_end_ = options.verbose || selection_.in_root();
    const auto& events = run.machine.events();
    for (EventIndex e = 0; e < events.size(); ++e) lanes_[events[e].thread].events.push_back(e);
  }

  std::string text() {
    const std::vector<Event>& events = run_.machine.events();
    if (shows_start_) add_row(kRoot, {Row::kAcross, 0, "root, at the start", false, false});
    for (now_ = 0; now_ <= events.size(); ++now_) {
      begin_operations_and_calls();
      if (now_ < events.size()) add_event(events[now_]);
    }
    if (run_.machine.ending().halt == machine::Halt::kDeadlock) add_waiting();
    return trace::table_text(headings_, without_repeats(rows_),
                             {options_.columns, options_.colour, options_.max_rows});
  }

 private:
  struct Lane {
    int column = Row::kAcross;
    std::vector<EventIndex> events;        // all of the thread
    std::optional<std::size_t> operation;  // the last one that began
    std::vector<std::size_t> calls;        // that it is in, outermost first
    bool waits_for_ever = false;           // and there is a row that says so
  };

  // Something that began before the event `now_` and after the one before.
  struct Beginning {
    ThreadId thread;
    bool is_call;
    std::size_t index;
  };

  // What begins between two events has no order among threads; the thread that executes the next
  // event comes last, so that the picture switches no more often than the run.
  void begin_operations_and_calls() {
    const auto& operations = run_.executor.operations();
    const auto& calls = run_.world.calls();
    std::vector<Beginning> beginnings;
    for (; next_operation_ < operations.size() && operations[next_operation_].begin == now_;
         ++next_operation_) {
      beginnings.push_back({operations[next_operation_].thread, false, next_operation_});
    }
    for (; next_call_ < calls.size() && calls[next_call_].begin == now_; ++next_call_) {
      beginnings.push_back({calls[next_call_].thread, true, next_call_});
    }
    const auto& events = run_.machine.events();
    const ThreadId next = now_ < events.size() ? events[now_].thread : run_.machine.self();
    std::ranges::sort(beginnings, {}, [&](const Beginning& b) {
      return std::tuple(b.thread == next, b.thread, b.is_call, b.index);
    });
    for (const Beginning& b : beginnings)
      b.is_call ? begin_call(b.index) : begin_operation(b.index);
  }

  void begin_operation(std::size_t index) {
    const OperationRecord& operation = run_.executor.operations()[index];
    Lane& lane = lanes_[operation.thread];
    lane.operation = index;
    lane.calls.clear();
    if (operation.thread == kRoot && !shows_end_) return;
    std::string text = operation_text(run_, operation);
    if (operation.done == world::Done::kSkipped) text += " (skipped)";
    add_row(operation.thread,
            {lane.column, 0, std::move(text), selection_.marks_operation(index), false});
  }

  void begin_call(std::size_t index) {
    const CallRecord& call = run_.world.calls()[index];
    Lane& lane = lanes_[call.thread];
    leave_calls(lane);
    const int indent = depth(lane);
    lane.calls.push_back(index);
    const bool root_shown = lane.operation ? shows_end_ : shows_start_;
    if (call.thread == kRoot && !root_shown) return;
    const bool whole = options_.verbose || selection_.explains(index);
    add_row(call.thread, {lane.column, indent, call_text(run_, call, whole),
                          selection_.marks_call(index), false});
  }

  void add_event(const Event& event) {
    Lane& lane = lanes_[event.thread];
    leave_calls(lane);
    if (selection_.shows(now_, lane.calls)) {
      add_row(event.thread, {lane.column, depth(lane), event_text(run_, now_),
                             selection_.marks_event(now_), true});
    }
    if (is_lock(event.kind)) held_.emplace_back(event.address, event.thread);
    if (is_unlock(event.kind)) {
      held_.erase(std::find(held_.begin(), held_.end(), std::pair(event.address, event.thread)));
    }
  }

  void leave_calls(Lane& lane) const {
    const auto& calls = run_.world.calls();
    while (!lane.calls.empty() && calls[lane.calls.back()].finished &&
           calls[lane.calls.back()].end <= now_) {
      lane.calls.pop_back();
    }
  }

  // Below the operation and the calls; root has no operation while it sets up, but a heading.
  static int depth(const Lane& lane) { return static_cast<int>(lane.calls.size()) + 1; }

  void add_row(ThreadId thread, Row row) {
    if (!rows_.empty() && thread != kRoot && last_thread_ != kRoot && thread != last_thread_) {
      add_switch(lanes_[last_thread_]);
    }
    if (row.marked) row.detail = false;
    rows_.push_back(std::move(row));
    last_thread_ = thread;
  }

  // The thread of `lane` stops here, but it has not ended.
  void add_switch(Lane& lane) {
    leave_calls(lane);
    const OperationRecord& operation = run_.executor.operations()[*lane.operation];
    const bool inside = operation.done == world::Done::kRunning || operation.end > now_;
    const auto next = std::lower_bound(lane.events.begin(), lane.events.end(), now_);
    // Behind the last operation there is only the thread's end.
    const auto& all = run_.program.threads[operation.thread - 1];
    if (!inside && operation.index + 1 == all.size()) return;
    std::string text = "(switch)";
    if (next == lane.events.end()) {
      lane.waits_for_ever = run_.machine.ending().halt == machine::Halt::kDeadlock;
      if (lane.waits_for_ever) text = "(waits for ever)";
    } else if (waits(run_.machine.events()[*next])) {
      text =
          fmt::format("(waits for {})", run_.world.name_of(run_.machine.events()[*next].address));
    }
    rows_.push_back({lane.column, inside ? depth(lane) : 0, std::move(text), false, true});
  }

  // Whether the event locks what another thread holds now.
  bool waits(const Event& event) const {
    return is_lock(event.kind) && std::any_of(held_.begin(), held_.end(), [&](const auto& held) {
             return held.first == event.address && held.second != event.thread;
           });
  }

  void add_waiting() {
    for (const OperationRecord& operation : run_.executor.operations()) {
      Lane& lane = lanes_[operation.thread];
      if (operation.done != world::Done::kRunning || lane.waits_for_ever) continue;
      leave_calls(lane);
      rows_.push_back({lane.column, depth(lane), "(waits for ever)", false, true});
    }
  }

  const RunView& run_;
  const LanesOptions& options_;
  Selection selection_;
  std::vector<std::string> headings_;
  std::array<Lane, machine::kMaxThreads> lanes_;
  bool shows_start_ = false;
  bool shows_end_ = false;
  EventIndex now_ = 0;  // the next event
  std::size_t next_operation_ = 0;
  std::size_t next_call_ = 0;
  ThreadId last_thread_ = kRoot;                          // of the last row
  std::vector<std::pair<std::uint64_t, ThreadId>> held_;  // mutexes
  std::vector<Row> rows_;
};

}  // namespace

std::string lanes_text(const RunView& run, const LanesOptions& options) {
  return Painter(run, options).text();
}

}  // namespace slotproof::report
