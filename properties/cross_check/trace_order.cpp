#include "trace_order.h"

#include <fmt/format.h>

namespace slotproof::cross_check {
namespace {

using machine::Event;
using machine::EventIndex;
using machine::EventKind;

bool is_atomic(EventKind kind) {
  return kind == EventKind::kLoad || kind == EventKind::kStore || kind == EventKind::kRmw ||
         kind == EventKind::kCasFail;
}

bool is_plain(EventKind kind) {
  return kind == EventKind::kRead || kind == EventKind::kWrite || kind == EventKind::kFree;
}

bool is_write(EventKind kind) {
  return kind == EventKind::kWrite || kind == EventKind::kFree || kind == EventKind::kStore ||
         kind == EventKind::kRmw;
}

bool reads_atomically(EventKind kind) { return is_atomic(kind) && kind != EventKind::kStore; }

bool conflict(const Event& a, const Event& b) {
  const bool accesses = (is_atomic(a.kind) || is_plain(a.kind)) &&
                        (is_atomic(b.kind) || is_plain(b.kind)) &&
                        (is_plain(a.kind) || is_plain(b.kind));
  return accesses && (is_write(a.kind) || is_write(b.kind)) && a.thread != b.thread &&
         a.address < b.address + b.size && b.address < a.address + a.size;
}

}  // namespace

// Every edge leads forward in the trace, so what comes before an event is known when it is reached.
TraceOrder::TraceOrder(const std::vector<Event>& events) : events_(events), before_(events.size()) {
  for (std::size_t e = 0; e < events.size(); ++e) {
    const Event& event = events[e];
    for (std::size_t o = 0; o < e; ++o) {
      const Event& other = events[o];
      const bool same_mutex = other.address == event.address;
      if (other.thread == event.thread) add_edge(o, e);
      switch (event.kind) {
        case EventKind::kStart:
          if (other.kind == EventKind::kFork && other.value == event.thread) add_edge(o, e);
          break;
        case EventKind::kJoin:
          if (other.kind == EventKind::kEnd && other.thread == event.value) add_edge(o, e);
          break;
        case EventKind::kLock:
          if (other.kind == EventKind::kUnlockShared && same_mutex) add_edge(o, e);
          [[fallthrough]];
        case EventKind::kLockShared:
          if (other.kind == EventKind::kUnlock && same_mutex) add_edge(o, e);
          break;
        case EventKind::kFence:
          // [atomics.fences]/2 and /4: what a read before an acquire fence reads from.
          if (acquires(event.order) && other.thread == event.thread &&
              reads_atomically(other.kind)) {
            add_heads(o, e);
          }
          break;
        default: break;
      }
    }
    if (reads_atomically(event.kind) && acquires(event.order)) add_heads(e, e);
  }
}

void TraceOrder::add_edge(std::size_t from, std::size_t to) {
  before_[to] |= before_[from];
  before_[to].set(from);
}

// Orders before `to` what heads the release sequence that `read` reads from ([intro.races]/5), or a
// release fence before the head ([atomics.fences]/2, /3).
void TraceOrder::add_heads(std::size_t read, std::size_t to) {
  EventIndex write = events_[read].reads_from;
  while (write != machine::kNoEvent) {
    if (releases(events_[write].order)) add_edge(write, to);
    for (std::size_t f = 0; f < write; ++f) {
      const Event& fence = events_[f];
      if (fence.kind == EventKind::kFence && fence.thread == events_[write].thread &&
          releases(fence.order)) {
        add_edge(f, to);
      }
    }
    write = events_[write].kind == EventKind::kRmw ? events_[write].reads_from : machine::kNoEvent;
  }
}

std::string complaint_about_races(const machine::Machine& machine) {
  const std::vector<Event>& events = machine.events();
  if (events.size() > TraceOrder::kMaxEvents) return "the trace is too long to be checked";
  const TraceOrder order(events);
  const machine::Ending& ending = machine.ending();
  if (ending.halt == machine::Halt::kDataRace) {
    if (!conflict(events[ending.first], events[ending.second])) {
      return fmt::format("a race of events {} and {}, which do not conflict", ending.first,
                         ending.second);
    }
    if (order.happens_before(ending.first, ending.second)) {
      return fmt::format("a race of events {} and {}, which are ordered", ending.first,
                         ending.second);
    }
  } else if (ending.halt == machine::Halt::kFinished) {
    for (EventIndex b = 0; b < events.size(); ++b) {
      for (EventIndex a = 0; a < b; ++a) {
        if (conflict(events[a], events[b]) && !order.happens_before(a, b)) {
          return fmt::format("no race, though events {} and {} conflict and nothing orders them", a,
                             b);
        }
      }
    }
  }
  return {};
}

}  // namespace slotproof::cross_check
