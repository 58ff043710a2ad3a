#include "report/trace.h"

#include <iterator>

#include <fmt/format.h>

#include "report/words.h"
#include "trace/events.h"

namespace slotproof::report {
namespace {

using machine::Event;
using machine::EventIndex;

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

class WorldNames final : public trace::Names {
 public:
  explicit WorldNames(const world::World& world) : world_(world) {}

  std::string place(std::uint64_t address) const override { return world_.name_of(address); }

  // Names are text.
  std::string value(const Event& event, std::uint64_t value) const override {
    const std::string at = place(event.address);
    return at.find(".name") == std::string::npos ? value_text(world_, at, value) : std::string();
  }

  std::string thread(machine::ThreadId thread) const override { return thread_name(thread); }

 private:
  const world::World& world_;
};

}  // namespace

std::string event_text(const RunView& run, EventIndex index) {
  return trace::event_text(run.machine, index, WorldNames(run.world));
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
