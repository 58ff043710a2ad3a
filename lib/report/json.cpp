#include "report/json.h"

#include <nlohmann/json.hpp>

#include "oracle/model.h"
#include "program/text.h"
#include "report/fault.h"
#include "report/handover.h"
#include "report/trace.h"
#include "report/words.h"
#include "trace/events.h"

namespace slotproof::report {
namespace {

using Json = nlohmann::ordered_json;
using machine::Event;
using machine::EventIndex;
using machine::Halt;

std::string_view halt_word(Halt halt) {
  switch (halt) {
    case Halt::kFinished: return "finished";
    case Halt::kDataRace: return "data-race";
    case Halt::kAddress: return "address";
    case Halt::kCrash: return "crash";
    case Halt::kDeadlock: return "deadlock";
    case Halt::kStepLimit: return "step-limit";
    case Halt::kStopped: return "stopped";
    case Halt::kShut: return "shut";
  }
  return {};
}

// As programs number them; null for root.
Json thread_json(machine::ThreadId thread) {
  return thread == 0 ? Json(nullptr) : Json(thread - 1);
}

Json operations_json(const RunView& run) {
  Json all = Json::array();
  for (const world::OperationRecord& o : run.executor.operations()) {
    all.push_back({{"thread", thread_json(o.thread)},
                   {"text", operation_text(run, o)},
                   {"done", done_word(o.done)},
                   {"begin", o.begin},
                   {"end", o.done == world::Done::kRunning ? Json(nullptr) : Json(o.end)}});
  }
  return all;
}

Json calls_json(const RunView& run) {
  Json all = Json::array();
  for (const world::CallRecord& c : run.world.calls()) {
    all.push_back({{"thread", thread_json(c.thread)},
                   {"call", oracle::describe(c)},
                   {"result", without_addresses(run.world, oracle::describe_result(c))},
                   {"finished", c.finished},
                   {"begin", c.begin},
                   {"end", c.finished ? Json(c.end) : Json(nullptr)}});
  }
  return all;
}

bool is_atomic(machine::EventKind kind) {
  using enum machine::EventKind;
  return kind == kLoad || kind == kStore || kind == kRmw || kind == kCasFail || kind == kFence;
}

// What should have ordered the two sides of a race and did not.
Json handovers_json(const RunView& run) {
  Json all = Json::array();
  for (const WeakHandover& weak : weak_handovers(run)) {
    all.push_back({{"store", weak.store},
                   {"load", weak.load},
                   {"releases", weak.releases},
                   {"acquires", weak.acquires}});
  }
  return all;
}

// Those that touch memory with a name, and those that touch none.
Json events_json(const RunView& run, const Fault& fault) {
  Json all = Json::array();
  const std::vector<Event>& events = run.machine.events();
  for (EventIndex e = 0; e < events.size(); ++e) {
    const bool at_fault =
        std::find(fault.events.begin(), fault.events.end(), e) != fault.events.end();
    if (events[e].address != 0 && run.world.name_of(events[e].address).empty() && !at_fault)
      continue;
    Json event = {
        {"event", e}, {"thread", thread_json(events[e].thread)}, {"text", event_text(run, e)}};
    if (is_atomic(events[e].kind)) event["order"] = trace::order_name(events[e].order);
    if (events[e].reads_from != machine::kNoEvent) event["reads_from"] = events[e].reads_from;
    if (events[e].stale != 0) event["stale"] = events[e].stale;
    all.push_back(std::move(event));
  }
  return all;
}

Json stacks_json(std::span<const Stack> stacks) {
  Json all = Json::array();
  for (const Stack& stack : stacks) {
    Json frames = Json::array();
    for (const Frame& f : stack.frames)
      frames.push_back({{"function", f.function}, {"place", f.place}});
    all.push_back({{"event", stack.event}, {"frames", std::move(frames)}});
  }
  return all;
}

}  // namespace

Json run_json(const RunView& run, std::string_view slot, std::span<const Stack> stacks) {
  const Fault fault = find_fault(run);
  const oracle::Verdict verdict = run.judgement.verdict;
  return {
      {"schema_version", kSchemaVersion},
      {"slot", slot},
      {"verdict", oracle::name(verdict)},
      {"exit_code", oracle::exit_code(verdict)},
      {"sentence", sentence(run)},
      {"ending", halt_word(run.machine.ending().halt)},
      {"program", program::print({{run.program, {}}, {}, {}})},
      {"choices", run.choices.print()},
      {"fault",
       {{"events", fault.events},
        {"call", fault.call ? Json(*fault.call) : Json(nullptr)},
        {"weak_handovers", handovers_json(run)}}},
      {"operations", operations_json(run)},
      {"calls", calls_json(run)},
      {"events", events_json(run, fault)},
      {"stacks", stacks_json(stacks)},
  };
}

}  // namespace slotproof::report
