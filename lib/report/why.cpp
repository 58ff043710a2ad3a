#include "report/why.h"

#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "machine/event.h"
#include "oracle/model.h"
#include "report/fault.h"
#include "report/handover.h"
#include "report/trace.h"
#include "report/words.h"
#include "trace/events.h"

namespace slotproof::report {
namespace {

using machine::EventIndex;
using machine::EventKind;
using machine::MemoryOrder;

// "`write B` of thread 1 (outside of the slot's calls)"
std::string access_text(const RunView& run, EventIndex e) {
  const std::optional<std::size_t> call = call_of(run, e);
  return fmt::format(
      "`{}` of {} ({})", event_text(run, e), thread_name(run.machine.events()[e].thread),
      call ? "in " + oracle::describe(run.world.calls()[*call]) : "outside of the slot's calls");
}

// The weakest order that has what the present one has and releases, or acquires, as well.
std::string_view order_with(MemoryOrder now, bool release, EventKind kind) {
  const bool both = kind == EventKind::kRmw && (machine::acquires(now) || machine::releases(now));
  if (both) return trace::order_name(MemoryOrder::kAcqRel);
  return trace::order_name(release ? MemoryOrder::kRelease : MemoryOrder::kAcquire);
}

// Whether the call has a fence that would have ordered the access from its other side.
bool has_misplaced_fence(const RunView& run, EventIndex e, bool release) {
  const std::vector<machine::Event>& events = run.machine.events();
  for (EventIndex f = release ? e + 1 : 0; f < (release ? events.size() : e); ++f) {
    const machine::Event& event = events[f];
    const bool orders = release ? machine::releases(event.order) : machine::acquires(event.order);
    const bool is_fence = event.kind == EventKind::kFence && event.thread == events[e].thread;
    if (is_fence && orders && call_of(run, f) == call_of(run, e)) return true;
  }
  return false;
}

std::string end_text(const RunView& run, EventIndex e, bool release) {
  const machine::Event& event = run.machine.events()[e];
  std::string text =
      fmt::format("the {} is {} and does not {}; {} would", release ? "store" : "load",
                  trace::order_name(event.order), release ? "release" : "acquire",
                  order_with(event.order, release, event.kind));
  if (has_misplaced_fence(run, e, release)) {
    text += release ? ", the fence behind it comes too late" : ", the fence before it too early";
  }
  return text;
}

std::vector<std::string> why_race(const RunView& run) {
  const machine::Ending& ending = run.machine.ending();
  std::vector<std::string> text = {
      fmt::format("{} and {} are not ordered by happens-before, and one of them is plain.",
                  access_text(run, ending.first), access_text(run, ending.second))};
  const std::vector<WeakHandover> weak = weak_handovers(run);
  if (weak.empty()) {
    text.emplace_back(
        "No value went from the one thread to the other between them: it takes a lock, or an "
        "atomic that the later one has to wait for.");
  }
  for (const WeakHandover& handover : weak) {
    std::string sentence =
        fmt::format("{} read what {} wrote, and did not synchronize with it",
                    access_text(run, handover.load), access_text(run, handover.store));
    if (!handover.releases) sentence += "; " + end_text(run, handover.store, true);
    if (!handover.acquires) sentence += "; " + end_text(run, handover.load, false);
    text.push_back(sentence + ".");
  }
  return text;
}

}  // namespace

std::vector<std::string> why(const RunView& run) {
  if (run.judgement.verdict == oracle::Verdict::kPass) return {};
  if (run.machine.ending().halt == machine::Halt::kDataRace) return why_race(run);
  std::vector<std::string> text = {sentence(run) + "."};
  const Fault fault = find_fault(run);
  if (fault.call) {
    const world::CallRecord& call = run.world.calls()[*fault.call];
    text.push_back(fmt::format("The call at fault is {} of {}.", call_text(run, call, true),
                               thread_name(call.thread)));
  }
  for (const EventIndex e : fault.events)
    text.push_back("It has to do with " + access_text(run, e) + ".");
  return text;
}

}  // namespace slotproof::report
