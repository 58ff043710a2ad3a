#include "report/trace.h"

#include <fmt/format.h>

#include <iterator>

namespace slotproof::report {
namespace {

using machine::Event;
using machine::EventIndex;
using machine::EventKind;
using machine::MemoryOrder;

constexpr const char* kOrderNames[] = {"relaxed", "consume", "acquire", "release", "acq_rel",
                                       "seq_cst"};

// Numbers up to here are flags, counts and the like; what is larger and has no name is an address, which may differ
// between two processes.
constexpr std::uint64_t kLargestNumber = 0xffff;

std::string value_text(const world::World& world, std::uint64_t value) {
  if (value <= kLargestNumber) return fmt::format("{}", value);
  const std::string name = world.name_of(value);
  return name.empty() ? "?" : name;
}

}  // namespace

std::string event_text(const RunView& run, EventIndex index) {
  const Event& e = run.machine.events()[index];
  const std::string place = run.world.name_of(e.address);
  const bool named = !place.empty();
  const std::string at = named ? place : "memory";
  const std::string order = kOrderNames[static_cast<int>(e.order)];
  const auto value = [&](std::uint64_t v) { return named ? value_text(run.world, v) : "?"; };
  const auto stale = [&] { return e.stale == 0 ? "" : fmt::format(" ({} stale)", e.stale); };
  switch (e.kind) {
    case EventKind::kRead: return fmt::format("read {} -> {}", at, value(e.value));
    case EventKind::kWrite: return fmt::format("write {}", at);
    case EventKind::kFree: return fmt::format("free {}", at);
    case EventKind::kLoad:
      return fmt::format("load {} {} -> {}{}", at, order, value(e.value), stale());
    case EventKind::kStore: return fmt::format("store {} {} <- {}", at, order, value(e.value));
    case EventKind::kRmw:
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
  fmt::format_to(std::back_inserter(text), "{}{}{}\n", oracle::name(run.judgement.verdict),
                 run.judgement.sentence.empty() ? "" : ": ", run.judgement.sentence);
  return text;
}

}  // namespace slotproof::report
