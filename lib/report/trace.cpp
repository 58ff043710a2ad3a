#include "report/trace.h"

#include <iterator>

#include <fmt/format.h>

#include "report/words.h"

namespace slotproof::report {
namespace {

using machine::Event;
using machine::EventIndex;
using machine::EventKind;
using machine::MemoryOrder;

// Numbers up to here are flags, counts and the like; what is larger and has no name is an address,
// which may differ between two processes.
constexpr std::uint64_t kLargestNumber = 0xffff;

// What is at `place` is `value`: a pointer in a slot (the lowest bit of the object word is the
// owner bit), else a number or a pointer.
std::string value_text(const world::World& world, const std::string& place, std::uint64_t value) {
  const bool in_slot = place.find(".slot") != std::string::npos;
  if (value <= kLargestNumber) {
    if (in_slot && value <= 1) return value == 0 ? "null" : "null|1";
    return fmt::format("{}", value);
  }
  const std::string name = world.name_of(value);
  if (name.empty()) return "?";
  return in_slot && name.ends_with("+1") ? name.substr(0, name.size() - 2) + "|1" : name;
}

}  // namespace

std::string_view order_name(MemoryOrder order) {
  static constexpr std::string_view kNames[] = {"relaxed", "consume", "acquire",
                                                "release", "acq_rel", "seq_cst"};
  return kNames[static_cast<int>(order)];
}

std::string event_text(const RunView& run, EventIndex index) {
  const Event& e = run.machine.events()[index];
  const std::string place = run.world.name_of(e.address);
  const bool named = !place.empty();
  const bool on_mutex = e.kind >= EventKind::kLock && e.kind <= EventKind::kUnlockShared;
  const std::string at = named ? place : on_mutex ? "a mutex" : "memory";
  const std::string order(order_name(e.order));
  const auto value = [&](std::uint64_t v) { return named ? value_text(run.world, place, v) : "?"; };
  // An access that ended the run did not get as far as a value, and names are text.
  const bool has_value =
      index != run.machine.ending().second && place.find(".name") == std::string::npos;
  const auto gives = [&](std::uint64_t v) { return has_value ? " -> " + value(v) : std::string(); };
  const auto stale = [&] { return e.stale == 0 ? "" : fmt::format(" ({} stale)", e.stale); };
  switch (e.kind) {
    case EventKind::kRead: return fmt::format("read {}{}", at, gives(e.value));
    case EventKind::kWrite: return fmt::format("write {}", at);
    case EventKind::kFree: return fmt::format("free {}", at);
    case EventKind::kLoad: return fmt::format("load {} {}{}{}", at, order, gives(e.value), stale());
    case EventKind::kStore: return fmt::format("store {} {} <- {}", at, order, value(e.value));
    case EventKind::kRmw:
      if (!has_value) return fmt::format("rmw {} {}", at, order);
      return fmt::format("rmw {} {} {} -> {}{}", at, order, value(e.seen), value(e.value), stale());
    case EventKind::kCasFail:
      return fmt::format("compare-exchange {} {} fails, sees {}{}", at, order, value(e.value),
                         stale());
    case EventKind::kFence: return "fence " + order;
    case EventKind::kFork: return fmt::format("fork thread {}", e.value - 1);
    case EventKind::kJoin: return fmt::format("join thread {}", e.value - 1);
    case EventKind::kLock: return "lock " + at;
    case EventKind::kUnlock: return "unlock " + at;
    case EventKind::kLockShared: return "lock shared " + at;
    case EventKind::kUnlockShared: return "unlock shared " + at;
    case EventKind::kStart: return "starts";
    case EventKind::kEnd: return "ends";
  }
  return {};
}

std::string trace_text(const RunView& run) {
  std::string text;
  const auto& events = run.machine.events();
  for (EventIndex e = 0; e < events.size(); ++e) {
    const int thread = events[e].thread;
    fmt::format_to(std::back_inserter(text), "{:>5} {} {}", e,
                   thread == 0 ? "root" : fmt::format("  t{}", thread - 1), event_text(run, e));
    if (events[e].reads_from != machine::kNoEvent) {
      fmt::format_to(std::back_inserter(text), " from {}", events[e].reads_from);
    }
    text += '\n';
  }
  const std::string wrong = sentence(run);
  fmt::format_to(std::back_inserter(text), "{}{}{}\n", oracle::name(run.judgement.verdict),
                 wrong.empty() ? "" : ": ", wrong);
  return text;
}

}  // namespace slotproof::report
