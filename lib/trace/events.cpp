#include "trace/events.h"

#include <algorithm>

#include <fmt/format.h>

#include "trace/fault.h"
#include "trace/table.h"

namespace slotproof::trace {
namespace {

using machine::Event;
using machine::EventIndex;
using machine::EventKind;
using machine::Machine;
using machine::ThreadId;

constexpr ThreadId kRoot = 0;

bool reads_atomically(EventKind kind) {
  return kind == EventKind::kLoad || kind == EventKind::kRmw || kind == EventKind::kCasFail;
}

bool shows(const Event& event, const Names& names) {
  switch (event.kind) {
    case EventKind::kStart:
    case EventKind::kEnd: return false;
    case EventKind::kFork:
    case EventKind::kJoin: return event.thread != kRoot;
    case EventKind::kFence: return true;
    default: return !names.place(event.address).empty();
  }
}

int source_of(const std::vector<Line>& lines, const Event& event) {
  if (event.reads_from == machine::kNoEvent) return 0;
  const auto store = std::ranges::lower_bound(lines, event.reads_from, {}, &Line::event);
  if (store == lines.end() || store->event != event.reads_from) return Line::kNoSource;
  return static_cast<int>(store - lines.begin()) + 1;
}

std::string source_text(int from) {
  if (from == Line::kNoSource) return {};
  return from == 0 ? " from the start" : fmt::format(" from {}", from);
}

}  // namespace

std::string_view order_name(machine::MemoryOrder order) {
  static constexpr std::string_view kNames[] = {"relaxed", "consume", "acquire",
                                                "release", "acq_rel", "seq_cst"};
  return kNames[static_cast<int>(order)];
}

std::string event_text(const Machine& machine, EventIndex index, const Names& names) {
  const Event& e = machine.events()[index];
  const std::string place = names.place(e.address);
  const bool on_mutex = e.kind >= EventKind::kLock && e.kind <= EventKind::kUnlockShared;
  const std::string at = !place.empty() ? place : on_mutex ? "a mutex" : "memory";
  const std::string order(order_name(e.order));
  // An access that ended the run did not get as far as a value.
  const auto value = [&](const char* sign, std::uint64_t v) {
    if (index == machine.ending().second) return std::string();
    const std::string text = place.empty() ? "?" : names.value(e, v);
    return text.empty() ? text : sign + text;
  };
  const auto stale = [&] { return e.stale == 0 ? "" : fmt::format(" ({} stale)", e.stale); };
  switch (e.kind) {
    case EventKind::kRead: return fmt::format("read {}{}", at, value(" -> ", e.value));
    case EventKind::kWrite: return fmt::format("write {}", at);
    case EventKind::kFree: return fmt::format("free {}", at);
    case EventKind::kLoad:
      return fmt::format("load {} {}{}{}", at, order, value(" -> ", e.value), stale());
    case EventKind::kStore:
      return fmt::format("store {} {}{}{}", at, order, value(" <- ", e.value),
                         e.stale == 0 ? "" : fmt::format(" (before {})", e.stale));
    case EventKind::kRmw:
      return fmt::format("rmw {} {}{}{}{}", at, order, value(" ", e.seen), value(" -> ", e.value),
                         stale());
    case EventKind::kCasFail:
      return fmt::format("compare-exchange {} {} fails{}{}", at, order, value(", sees ", e.value),
                         stale());
    case EventKind::kFence: return "fence " + order;
    case EventKind::kFork: return "fork " + names.thread(static_cast<ThreadId>(e.value));
    case EventKind::kJoin: return "join " + names.thread(static_cast<ThreadId>(e.value));
    case EventKind::kLock: return "lock " + at;
    case EventKind::kUnlock: return "unlock " + at;
    case EventKind::kLockShared: return "lock shared " + at;
    case EventKind::kUnlockShared: return "unlock shared " + at;
    case EventKind::kStart: return "starts";
    case EventKind::kEnd: return "ends";
  }
  return {};
}

std::vector<Line> lines_of(const Machine& machine, const Names& names) {
  const std::vector<Event>& events = machine.events();
  const std::vector<EventIndex> at_fault = events_at_fault(machine);
  std::vector<Line> lines;
  for (EventIndex e = 0; e < events.size(); ++e) {
    const bool marked = std::ranges::binary_search(at_fault, e);
    if (!marked && !shows(events[e], names)) continue;
    int from = Line::kNoSource;
    if (reads_atomically(events[e].kind) && e != machine.ending().second) {
      from = source_of(lines, events[e]);
    }
    lines.push_back({e, event_text(machine, e, names), from, marked});
  }
  return lines;
}

std::string picture(const Machine& machine, const Names& names) {
  const std::vector<Event>& events = machine.events();
  int threads = 0;
  for (const Event& event : events) threads = std::max<int>(threads, event.thread);
  std::vector<std::string> headings;
  for (int t = 1; t <= threads; ++t) headings.push_back(names.thread(static_cast<ThreadId>(t)));

  const std::vector<Line> lines = lines_of(machine, names);
  const std::size_t width = fmt::formatted_size("{}", lines.size());
  std::vector<Row> rows;
  for (std::size_t n = 0; n < lines.size(); ++n) {
    const Line& line = lines[n];
    const ThreadId thread = events[line.event].thread;
    rows.push_back(
        {.column = thread == kRoot ? Row::kAcross : thread - 1,
         .text = fmt::format("{:>{}} {}{}{}", n + 1, width, thread == kRoot ? "root: " : "",
                             line.text, source_text(line.from)),
         .marked = line.marked});
  }
  return table_text(headings, rows, {});
}

}  // namespace slotproof::trace
