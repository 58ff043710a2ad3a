#include "report/fingerprint.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <regex>
#include <string_view>

#include <fmt/format.h>

#include "oracle/model.h"
#include "report/fault.h"
#include "report/handover.h"
#include "report/trace.h"
#include "report/words.h"
#include "trace/events.h"

namespace slotproof::report {
namespace {

using machine::Event;
using machine::EventIndex;
using machine::EventKind;
using oracle::Verdict;

constexpr std::size_t kFrames = 3;

// Functions that are the same whatever went wrong: README.md gives the reasons.
constexpr std::string_view kNoise[] = {"std::",
                                       "__gnu_cxx::",
                                       "__cxa_",
                                       "__asan_",
                                       "__tsan_",
                                       "__ubsan_",
                                       "__sanitizer_",
                                       "__interceptor_",
                                       "operator new",
                                       "operator delete",
                                       "memcpy",
                                       "memmove",
                                       "memset",
                                       "memcmp",
                                       "raise",
                                       "abort",
                                       "slotproof::machine::"};

bool is_noise(const Frame& frame) {
  return std::ranges::any_of(
      kNoise, [&](std::string_view start) { return frame.function.starts_with(start); });
}

// "lib/a.h:95" -> "a.h", "mutant.so+0x12f" -> "mutant.so": lines and offsets move.
std::string file_of(std::string_view place) {
  place.remove_prefix(place.rfind('/') + 1);
  return std::string(place.substr(0, std::min(place.find(':'), place.find("+0x"))));
}

// "x0.slot+8" -> "slot+8", "A.vtable" -> "interpreter.vtable", "p1" -> "object".
std::string kind_of_place(std::string_view name) {
  if (name.empty()) return "memory";
  static const std::regex tensor("^x[0-9]+\\.");
  static const std::regex interpreter("^[A-Z]\\b");
  static const std::regex object("^p[0-9]+");
  std::string text = std::regex_replace(std::string(name), tensor, "");
  text = std::regex_replace(text, interpreter, "interpreter");
  return std::regex_replace(text, object, "object");
}

std::string_view access_word(EventKind kind) {
  switch (kind) {
    case EventKind::kRead: return "read";
    case EventKind::kWrite: return "write";
    case EventKind::kFree: return "free";
    case EventKind::kLoad:
    case EventKind::kCasFail: return "load";
    case EventKind::kStore: return "store";
    case EventKind::kRmw: return "rmw";
    case EventKind::kLock:
    case EventKind::kLockShared: return "lock";
    default: return "event";
  }
}

std::string place_of(const RunView& run, const Event& event) {
  return kind_of_place(run.world.name_of(event.address));
}

// "rmw slot relaxed", "fence release", "write slot+8"; empty for what is no access.
std::string step_text(const RunView& run, const Event& event) {
  const bool fence = event.kind == EventKind::kFence;
  const std::string_view access = fence ? "fence" : access_word(event.kind);
  if (access == "event") return {};
  std::string text(access);
  if (!fence) text += " " + place_of(run, event);
  const bool atomic = fence || access == "load" || access == "store" || access == "rmw";
  if (atomic) text += fmt::format(" {}", trace::order_name(event.order));
  return text;
}

std::string steps_of(const RunView& run, std::size_t call) {
  std::vector<std::string> steps;
  const world::CallRecord& record = run.world.calls()[call];
  const auto end = record.finished ? record.end : run.machine.events().size();
  for (auto e = static_cast<EventIndex>(record.begin); e < end; ++e) {
    const Event& event = run.machine.events()[e];
    if (event.thread != record.thread || call_of(run, e) != call) continue;
    std::string step = step_text(run, event);
    if (!step.empty() && (steps.empty() || steps.back() != step)) steps.push_back(std::move(step));
  }
  return fmt::format("{}", fmt::join(steps, ", "));
}

class Writer {
 public:
  Writer(const RunView& run, std::span<const Stack> stacks)
      : run_(run), stacks_(stacks), fault_(find_fault(run)) {}

  Fingerprint write() {
    Fingerprint result;
    const Verdict verdict = run_.judgement.verdict;
    std::vector<std::string> parts = parts_of(verdict);
    result.line = fmt::format("{}: {}", oracle::name(verdict), fmt::join(parts, "; "));
    result.blame = blame_;
    return result;
  }

 private:
  std::vector<std::string> parts_of(Verdict verdict) {
    switch (verdict) {
      case Verdict::kDataRace: return of_race();
      case Verdict::kAddress: {
        std::vector<std::string> parts = {std::string(error_class(run_.machine.ending().text))};
        parts.push_back(side(run_.machine.ending().second));
        return parts;
      }
      case Verdict::kDeadlock: return sides();
      default: break;
    }
    std::vector<std::string> parts;
    if (!run_.judgement.sentence.empty()) parts.push_back(without_names(sentence(run_)));
    if (const std::string call = call_at_fault(); !call.empty()) {
      if (blame_.empty()) blame_ = call;
      if (parts.empty() || !parts.front().starts_with(call)) parts.push_back("in " + call);
    }
    if (const std::string how = how_called(); !how.empty()) parts.push_back(how);
    for (const EventIndex e : events_with_stacks(run_)) {
      // The last event before a crash is what happens to be there; its place is not.
      const bool crashed = verdict == Verdict::kCrash;
      const std::string place = crashed ? frames_of(e) : side(e);
      if (!place.empty()) parts.push_back(place);
    }
    return parts;
  }

  // What about the call's arguments was wrong, where a right slot refuses that.
  std::string how_called() const {
    if (!fault_.call) return {};
    const world::CallRecord& call = run_.world.calls()[*fault_.call];
    switch (call.misuse) {
      case world::Misuse::kNone: break;
      case world::Misuse::kNullInterpreter: return "by no interpreter";
      case world::Misuse::kOddObject: return "with an odd object";
      case world::Misuse::kUnknownStatus: return "with an unknown status";
      case world::Misuse::kUntaggedLoad: return "of an untagged slot";
      case world::Misuse::kOwningNothing: return "without an object";
    }
    const bool others = call.call == world::SlotCall::kInit && call.status == world::Status::kOther;
    return others ? "tagged by another" : "";
  }

  // What lacks on the way from one access to the other; the accesses if there is no way.
  std::vector<std::string> of_race() {
    std::vector<std::string> parts;
    for (const WeakHandover& weak : weak_handovers(run_)) {
      if (!weak.releases) parts.push_back(weak_end(weak.store, "does not release"));
      if (!weak.acquires) parts.push_back(weak_end(weak.load, "does not acquire"));
    }
    if (parts.empty()) return sides();
    sort(parts);
    return parts;
  }

  std::string weak_end(EventIndex e, std::string_view lacks) {
    const std::string call = call_of_event(e);
    if (blame_.empty()) blame_ = call;
    const Event& event = run_.machine.events()[e];
    return fmt::format("{} {} {} in {} {}", access_word(event.kind), place_of(run_, event),
                       trace::order_name(event.order), call, lacks);
  }

  // Unordered: which of two accesses comes first is up to the schedule.
  std::vector<std::string> sides() {
    std::vector<std::string> all;
    all.reserve(fault_.events.size());
    for (const EventIndex e : fault_.events) all.push_back(side(e));
    sort(all);
    return all;
  }

  static void sort(std::vector<std::string>& parts) {
    std::ranges::sort(parts);
    const auto twice = std::ranges::unique(parts);
    parts.erase(twice.begin(), twice.end());
  }

  // "write slot+8 in init_pyobj at f (a.h) < g (b.h)"
  std::string side(EventIndex e) {
    const Event& event = run_.machine.events()[e];
    std::string text = fmt::format("{} {} in {}", access_word(event.kind), place_of(run_, event),
                                   call_of_event(e));
    const std::string frames = frames_of(e);
    return frames.empty() ? text : text + " " + frames;
  }

  // "at f (a.h) < g (b.h)"; empty where there is no stack.
  std::string frames_of(EventIndex e) {
    const auto stack = std::ranges::find(stacks_, e, &Stack::event);
    if (stack == stacks_.end()) return {};
    const std::vector<std::string> frames = telling_frames(*stack);
    if (frames.empty()) return {};
    if (blame_.empty()) blame_ = frames.front().substr(0, frames.front().find(' '));
    return fmt::format("at {}", fmt::join(frames, " < "));
  }

  std::string call_of_event(EventIndex e) const {
    const std::optional<std::size_t> call = call_of(run_, e);
    if (!call) return "no call of the slot";
    return std::string(oracle::call_name(run_.world.calls()[*call].call));
  }

  std::string call_at_fault() const {
    if (!fault_.call) return {};
    return std::string(oracle::call_name(run_.world.calls()[*fault_.call].call));
  }

  const RunView& run_;
  std::span<const Stack> stacks_;
  Fault fault_;
  std::string blame_;
};

}  // namespace

std::string hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("{:016x}", hash);
}

Fingerprint fingerprint(const RunView& run, std::span<const Stack> stacks) {
  if (!oracle::convicts(run.judgement.verdict)) return {};
  return Writer(run, stacks).write();
}

std::string footprint(const RunView& run) {
  const Fault fault = find_fault(run);
  std::vector<EventIndex> events = fault.events;
  for (const WeakHandover& weak : weak_handovers(run)) {
    events.push_back(weak.store);
    events.push_back(weak.load);
  }
  std::vector<std::size_t> calls;
  if (fault.call) calls.push_back(*fault.call);
  for (const EventIndex e : events) {
    if (const std::optional<std::size_t> call = call_of(run, e)) calls.push_back(*call);
  }
  std::ranges::sort(calls);
  const auto twice = std::ranges::unique(calls);
  calls.erase(twice.begin(), twice.end());
  std::vector<std::string> texts;
  texts.reserve(calls.size());
  for (const std::size_t call : calls) texts.push_back(steps_of(run, call));
  std::ranges::sort(texts);  // which thread came first is up to the schedule
  return fmt::format("{}", fmt::join(texts, "; "));
}

std::string without_names(std::string_view sentence) {
  struct Rule {
    std::regex what;
    const char* by;
  };
  static const Rule rules[] = {
      {std::regex("; with tag .* a right slot"), "; a right slot"},  // the state
      {std::regex(" on interpreter [^\"]*"), ""},                    // in texts of exceptions
      {std::regex("\\bx[0-9]+\\.(\\w+)\\([^()]*\\)"), "$1"},         // arguments
      {std::regex("\\bx[0-9]+\\b"), "a tensor"},
      {std::regex("\\bp[0-9]+\\b"), "an object"},
      {std::regex("\\b[A-D]\\b"), "an interpreter"},
      {std::regex("\\bthread [0-9]+\\b"), "a thread"},
  };
  std::string text(sentence);
  for (const Rule& rule : rules) text = std::regex_replace(text, rule.what, rule.by);
  return text;
}

std::vector<std::string> telling_frames(const Stack& stack) {
  std::vector<std::string> telling;
  for (std::size_t f = 0; f < stack.frames.size() && telling.size() < kFrames; ++f) {
    const Frame& frame = stack.frames[f];
    const bool binding = f > 0 && f + 1 == stack.frames.size();
    if (binding || is_noise(frame)) continue;
    telling.push_back(fmt::format("{} ({})", frame.function, file_of(frame.place)));
  }
  return telling;
}

}  // namespace slotproof::report
