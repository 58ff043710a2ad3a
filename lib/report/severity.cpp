#include "report/severity.h"

#include <algorithm>
#include <string>

#include "machine/event.h"
#include "report/fault.h"
#include "report/words.h"

namespace slotproof::report {
namespace {

using machine::Event;
using machine::EventKind;
using oracle::Verdict;

bool changes(const Event& e) {
  return e.kind == EventKind::kWrite || e.kind == EventKind::kStore || e.kind == EventKind::kRmw;
}

template <class Is>
bool any_event(const RunView& run, Is&& is) {
  const Fault fault = find_fault(run);
  return std::ranges::any_of(fault.events,
                             [&](machine::EventIndex e) { return is(run.machine.events()[e]); });
}

bool says(const RunView& run, std::string_view words) {
  return run.judgement.sentence.find(words) != std::string::npos;
}

Rating rate_race(const RunView& run) {
  if (any_event(run, [](const Event& e) { return e.kind == EventKind::kFree; })) {
    return {Severity::kHigh,
            "memory is freed while it is used: a use after free in other schedules"};
  }
  const Event& second = run.machine.events()[run.machine.ending().second];
  if (run.world.name_of(second.address).find(".slot") != std::string::npos) {
    return {Severity::kHigh, "a race on a word of the slot: a reader may get any pointer"};
  }
  return {Severity::kMedium,
          "memory is read before it is sure to be written: a wrong value or name"};
}

Rating rate_address(const RunView& run) {
  const std::string_view error = error_class(run.machine.ending().text);
  const Event& access = run.machine.events()[run.machine.ending().second];
  if (access.kind == EventKind::kFree) {
    return {Severity::kHigh, "a double free: the allocator may hand the memory out twice"};
  }
  const bool freed = find_fault(run).events.size() > 1 || error.find("free") != std::string::npos;
  if (freed) return {Severity::kHigh, "a use after free: the memory may be somebody else's"};
  if (changes(access)) return {Severity::kHigh, "a write to memory that is not the slot's"};
  return {Severity::kMedium, "a read of memory that is not the slot's"};
}

Rating rate_ownership(const RunView& run) {
  const int call = run.judgement.call;
  const bool keeps = call >= 0 && run.world.calls()[static_cast<std::size_t>(call)].decrefs == 0;
  if (keeps || says(run, "leak"))
    return {Severity::kLow, "a leak: memory is lost, and nothing is damaged"};
  return {Severity::kHigh,
          "a wrong number of references, or dropped by whom may not: objects are "
          "freed twice, while in use, or never"};
}

Rating rate_exception(const RunView& run) {
  if (says(run, "had written")) {
    return {Severity::kMedium,
            "a refusal that changes the slot: whoever goes on sees half a change"};
  }
  if (says(run, "a right slot throws \"")) {
    return {Severity::kLow, "a wrong text of an exception: it misleads people alone"};
  }
  return {Severity::kMedium, "a misuse that is not refused, or a right call that is"};
}

}  // namespace

std::string_view name(Severity severity) {
  switch (severity) {
    case Severity::kNone: return "none";
    case Severity::kLow: return "low";
    case Severity::kMedium: return "medium";
    case Severity::kHigh: return "high";
  }
  return {};
}

Rating rate(const RunView& run) {
  switch (run.judgement.verdict) {
    case Verdict::kDataRace: return rate_race(run);
    case Verdict::kAddress: return rate_address(run);
    case Verdict::kOwnership: return rate_ownership(run);
    case Verdict::kException: return rate_exception(run);
    case Verdict::kTag:
      return {Severity::kHigh, "an object of one interpreter is taken for another's"};
    case Verdict::kGil:
      return {Severity::kHigh, "the object word is written while the interpreter may read it"};
    case Verdict::kResult: return {Severity::kMedium, "callers go on with a wrong answer"};
    case Verdict::kCrash: return {Severity::kMedium, "the process ends: no service, no damage"};
    case Verdict::kDeadlock:
    case Verdict::kStepLimit:
      return {Severity::kMedium, "the process hangs: no service, no damage"};
    case Verdict::kPass:
    case Verdict::kInvalid:
    case Verdict::kHarness: break;
  }
  return {};
}

Rating rate_death() { return {Severity::kMedium, "the process ends: no service, no damage"}; }

}  // namespace slotproof::report
