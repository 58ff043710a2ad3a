#include "report/stack.h"

#include <algorithm>
#include <iterator>
#include <map>

#include <fmt/format.h>

#include "report/fault.h"
#include "report/trace.h"
#include "report/words.h"

namespace slotproof::report {
namespace {

// Functions longer than this push their places out of line.
constexpr std::size_t kFunctionColumns = 56;

// Frames that tell nothing: lambdas and what only calls them, and the insides of the standard
// library.
bool tells_nothing(const Frame& frame) {
  const auto has = [&](std::string_view part) {
    return frame.function.find(part) != std::string::npos;
  };
  return has("'lambda") || has("{lambda") || has("::$_") || frame.place.starts_with("/usr/");
}

std::string without_namespace(std::string function) {
  constexpr std::string_view kAnonymous = "(anonymous namespace)::";
  for (std::size_t at = 0; (at = function.find(kAnonymous)) != std::string::npos;) {
    function.erase(at, kAnonymous.size());
  }
  return function;
}

// Symbolizers take long to start, and a search comes to the same places again and again.
const std::vector<Frame>& frames_at(const std::vector<const void*>& addresses) {
  static std::map<std::vector<const void*>, std::vector<Frame>> known;
  const auto [at, is_new] = known.try_emplace(addresses);
  if (is_new) at->second = symbolize(addresses);
  return at->second;
}

}  // namespace

std::vector<machine::EventIndex> events_with_stacks(const RunView& run) {
  const Fault fault = find_fault(run);
  if (!fault.events.empty() || !fault.call) return fault.events;
  if (run.machine.ending().halt != machine::Halt::kCrash) return {};
  const std::vector<machine::Event>& events = run.machine.events();
  for (std::size_t e = events.size(); e-- > run.world.calls()[*fault.call].begin;) {
    const auto event = static_cast<machine::EventIndex>(e);
    if (call_of(run, event) == fault.call) return {event};
  }
  return {};
}

std::vector<Stack> find_stacks(const RunView& run, const std::vector<machine::EventIndex>& events) {
  std::vector<Stack> stacks;
  const std::vector<std::vector<const void*>>& probed = run.machine.probed_stacks();
  for (std::size_t s = 0; s < std::min(events.size(), probed.size()); ++s) {
    std::vector<const void*> addresses = probed[s];
    // The outermost one lies in the world, which calls the slot.
    if (!addresses.empty()) addresses.pop_back();
    std::vector<Frame> frames = frames_at(addresses);
    std::erase_if(frames, tells_nothing);
    for (Frame& frame : frames) frame.function = without_namespace(std::move(frame.function));
    if (!frames.empty()) stacks.push_back({events[s], std::move(frames)});
  }
  return stacks;
}

std::string stacks_text(const RunView& run, const std::vector<Stack>& stacks) {
  std::string text;
  for (const Stack& stack : stacks) {
    if (!text.empty()) text += '\n';
    const auto out = std::back_inserter(text);
    const bool before_crash = run.machine.ending().halt == machine::Halt::kCrash;
    fmt::format_to(out, "{}: {}{}\n", thread_name(run.machine.events()[stack.event].thread),
                   event_text(run, stack.event), before_crash ? ", the last before the crash" : "");
    std::size_t width = 0;
    for (const Frame& frame : stack.frames) {
      if (frame.function.size() <= kFunctionColumns) width = std::max(width, frame.function.size());
    }
    for (const Frame& frame : stack.frames) {
      fmt::format_to(out, "  {:{}}  {}\n", frame.function, width, frame.place);
    }
  }
  return text;
}

}  // namespace slotproof::report
