#include "oracle/judge.h"

#include <fmt/format.h>

#include "oracle/linearizability.h"

namespace slotproof::oracle {
namespace {

using machine::Ending;
using machine::Event;
using machine::EventIndex;
using machine::EventKind;
using machine::Halt;
using machine::Machine;
using world::CallRecord;
using world::SlotCall;
using world::World;

Judgement of_machine(const Ending& ending, const Machine& machine, const World& world) {
  Judgement j;
  j.first = ending.first;
  j.second = ending.second;
  const auto place = [&](EventIndex e) {
    const std::string name = world.name_of(machine.events()[e].address);
    return name.empty() ? std::string("memory of its own") : name;
  };
  switch (ending.halt) {
    case Halt::kDataRace: {
      const Event& a = machine.events()[ending.first];
      const Event& b = machine.events()[ending.second];
      j.verdict = Verdict::kDataRace;
      j.sentence = fmt::format("data race on {}: threads {} and {}, unordered",
                               place(ending.second), int{a.thread} - 1, int{b.thread} - 1);
      break;
    }
    case Halt::kAddress:
      j.verdict = Verdict::kAddress;
      j.sentence = fmt::format("{} ({})", ending.text.substr(0, ending.text.find('\n')),
                               place(ending.second));
      break;
    case Halt::kCrash:
      j.verdict = Verdict::kCrash;
      j.sentence = ending.text;
      break;
    case Halt::kDeadlock:
      j.verdict = Verdict::kDeadlock;
      j.sentence = ending.text;
      break;
    case Halt::kStepLimit:
      j.verdict = Verdict::kStepLimit;
      j.sentence = ending.text;
      break;
    case Halt::kShut:
      j.verdict = Verdict::kInvalid;
      j.sentence = "not every operation is done";
      break;
    case Halt::kFinished:
    case Halt::kStopped: break;
  }
  return j;
}

// Looks at each write that the call made to its slot, atomic or not: f(event index, event).
template <class F>
void for_writes(const CallRecord& call, const Machine& machine, const World& world, F&& f) {
  const World::Range slot = world.slot_range(call.tensor);
  for (EventIndex e = call.begin; e < call.end; ++e) {
    const Event& event = machine.events()[e];
    const bool writes = event.kind == EventKind::kWrite || event.kind == EventKind::kStore ||
                        event.kind == EventKind::kRmw;
    if (!writes || event.thread != call.thread) continue;
    if (event.address < slot.begin || event.address >= slot.end) continue;
    f(e, event);
  }
}

// A call that throws leaves the slot as it was.
void check_strong_guarantee(const Machine& machine, const World& world, Judgement& j) {
  for (std::size_t c = 0; c < world.calls().size() && j.verdict == Verdict::kPass; ++c) {
    const CallRecord& call = world.calls()[c];
    if (call.result.raised != world::Raised::kError) continue;
    for_writes(call, machine, world, [&](EventIndex e, const Event&) {
      if (j.verdict != Verdict::kPass) return;
      j = {Verdict::kException, describe(call) + " threw, but had written to the slot",
           machine::kNoEvent, e, static_cast<int>(c)};
    });
  }
}

// The object word is written under the tagged interpreter's GIL, or while the tensor is being
// destroyed.
void check_gil(const Machine& machine, const World& world, int tensor, int tag, Judgement& j) {
  if (!world.has_gil()) return;
  for (std::size_t c = 0; c < world.calls().size() && j.verdict == Verdict::kPass; ++c) {
    const CallRecord& call = world.calls()[c];
    const bool may_write = call.self == tag || call.in_destruction ||
                           call.call == SlotCall::kConstruct || call.tensor != tensor;
    if (may_write) continue;
    for_writes(call, machine, world, [&](EventIndex e, const Event& event) {
      if (j.verdict != Verdict::kPass || event.kind != EventKind::kWrite) return;
      j = {Verdict::kGil,
           fmt::format("{} wrote the object word without the GIL of {}", describe(call),
                       World::interpreter_name(tag)),
           machine::kNoEvent, e, static_cast<int>(c)};
    });
  }
}

}  // namespace

Judgement judge(const Machine& machine, const World& world) {
  const Ending& ending = machine.ending();
  Judgement j = of_machine(ending, machine, world);
  if (j.verdict != Verdict::kPass) return j;
  if (world.violation() == world::Violation::kBrokenPromise) {
    j.verdict = Verdict::kInvalid;
    j.sentence = ending.text;
    return j;
  }
  for (int x = 0; x < world::kTensors; ++x) {
    if (world.slot_range(x).end == 0) continue;
    Linearization order = linearize(world, x);
    if (order.verdict != Verdict::kPass) {
      j.verdict = order.verdict;
      j.sentence = std::move(order.why);
      j.call = order.call;
      return j;
    }
    if (order.final_state.tag != world::kNobody) {
      check_gil(machine, world, x, order.final_state.tag, j);
      if (j.verdict != Verdict::kPass) return j;
    }
  }
  check_strong_guarantee(machine, world, j);
  if (j.verdict == Verdict::kPass && world.violation() == world::Violation::kOwnership) {
    j.verdict = Verdict::kOwnership;
    j.sentence = ending.text;
  }
  return j;
}

}  // namespace slotproof::oracle
