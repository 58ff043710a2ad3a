#include "report/handover.h"

#include <algorithm>
#include <map>
#include <optional>

namespace slotproof::report {
namespace {

using machine::Event;
using machine::EventIndex;
using machine::EventKind;

bool loads(const Event& e) {
  return e.kind == EventKind::kLoad || e.kind == EventKind::kRmw || e.kind == EventKind::kCasFail;
}

// The best way from the race's first access to a place: the weak hand-overs on it, in order.
using Way = std::optional<std::vector<WeakHandover>>;

bool better(const Way& a, const Way& b) { return a && (!b || a->size() < b->size()); }

// Reads the trace once: a load comes after what it reads from, so that all ways to a place are
// known when the place is reached.
class Ways {
 public:
  Ways(const std::vector<Event>& events, EventIndex first, EventIndex second)
      : events_(events), first_(first), second_(second) {}

  std::vector<WeakHandover> find() {
    for (EventIndex e = first_; e < second_; ++e) step(e);
    return to_thread_[events_[second_].thread].value_or(std::vector<WeakHandover>());
  }

 private:
  void step(EventIndex e) {
    const Event& event = events_[e];
    Way& here = to_thread_[event.thread];
    if (e == first_) here.emplace();
    if (loads(event)) read(e, here);
    switch (event.kind) {
      case EventKind::kLock:
      case EventKind::kLockShared:
        if (const Way& before = to_unlock_[event.address]; better(before, here)) here = before;
        break;
      case EventKind::kUnlock:
      case EventKind::kUnlockShared: to_unlock_[event.address] = here; break;
      case EventKind::kStore:
      case EventKind::kRmw:
        if (here) to_store_[e] = here;
        break;
      default: break;
    }
  }

  // Follows what the load reads back through the read-modify-writes of its release sequence.
  void read(EventIndex load, Way& here) {
    for (EventIndex store = events_[load].reads_from; store != machine::kNoEvent;) {
      if (const auto known = to_store_.find(store); known != to_store_.end()) {
        Way way = known->second;
        const bool released = releases(store);
        const bool acquired = acquires(load);
        if (!released || !acquired) way->push_back({store, load, released, acquired});
        if (better(way, here)) here = std::move(way);
      }
      store =
          events_[store].kind == EventKind::kRmw ? events_[store].reads_from : machine::kNoEvent;
    }
  }

  bool releases(EventIndex store) const {
    if (machine::releases(events_[store].order)) return true;
    return has_fence(first_, store, events_[store].thread, machine::releases);
  }

  bool acquires(EventIndex load) const {
    if (machine::acquires(events_[load].order)) return true;
    return has_fence(load, second_, events_[load].thread, machine::acquires);
  }

  template <class Is>
  bool has_fence(EventIndex begin, EventIndex end, machine::ThreadId thread, Is&& is) const {
    return std::any_of(events_.begin() + begin, events_.begin() + end, [&](const Event& e) {
      return e.kind == EventKind::kFence && e.thread == thread && is(e.order);
    });
  }

  const std::vector<Event>& events_;
  const EventIndex first_;
  const EventIndex second_;
  std::map<machine::ThreadId, Way> to_thread_;
  std::map<EventIndex, Way> to_store_;
  std::map<std::uint64_t, Way> to_unlock_;  // by the mutex's address
};

}  // namespace

std::vector<WeakHandover> weak_handovers(const RunView& run) {
  const machine::Ending& ending = run.machine.ending();
  if (ending.halt != machine::Halt::kDataRace || ending.first == machine::kNoEvent) return {};
  const auto [first, second] = std::minmax(ending.first, ending.second);
  return Ways(run.machine.events(), first, second).find();
}

}  // namespace slotproof::report
