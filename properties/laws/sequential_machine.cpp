// The sequential state machine: one thread does what the protocol allows, under any interpreter,
// and after each operation slot and model agree.
#include <array>
#include <memory>
#include <vector>

#include <rapidcheck/state.h>

#include "look.h"
#include "protocol.h"
#include "slot_law.h"

namespace slotproof::laws {

// Some tensors that meet, one of them known to the thread alone.
constexpr int kMachineTensors = 2;

Protocol machine_start() {
  Protocol start;
  start.tensors[1].shared = false;
  return start;
}

// What was done so far. Each step runs all of it again: runs repeat exactly.
struct Done {
  program::Program program;
  std::array<int, program::kTensors> tags{world::kNobody, world::kNobody, world::kNobody,
                                          world::kNobody};

  Done() { program.private_to[1] = 0; }
};

class Do final : public rc::state::Command<Protocol, Done> {
 public:
  explicit Do(const Protocol& now)
      : operation_(*rc::gen::elementOf(legal_operations(now, kMachineTensors))) {}

  void checkPreconditions(const Protocol& now) const override {
    RC_PRE(after(now, operation_).has_value());
  }
  void apply(Protocol& now) const override { now = *after(now, operation_); }
  void run(const Protocol& before, Done& done) const override;
  void show(std::ostream& os) const override { os << program::print(operation_); }

  const program::Operation& operation() const { return operation_; }

 private:
  program::Operation operation_;
};

using Commands = rc::state::Commands<rc::state::Command<Protocol, Done>>;

// A sequence of operations, each legal where it stands.
struct Script {
  Commands commands;
};

void showValue(const Script& script, std::ostream& os) {
  program::Program program = Done().program;
  for (const auto& command : script.commands) {
    program.threads[0].push_back(dynamic_cast<const Do&>(*command).operation());
  }
  showValue(program, os);
}

}  // namespace slotproof::laws

namespace rc {
template <>
struct Arbitrary<slotproof::laws::Script> {
  static Gen<slotproof::laws::Script> arbitrary() {
    using namespace slotproof::laws;
    // Of at most 40 commands, so that the questions after them find room.
    const auto commands =
        gen::scale(0.4, state::gen::commands(machine_start(), state::gen::execOneOfWithArgs<Do>()));
    return gen::map(commands, [](Commands list) { return Script{std::move(list)}; });
  }
};
}  // namespace rc

namespace slotproof::laws {
namespace {

using oracle::SlotState;
using program::Operation;
using program::Verb;
using world::CallRecord;
using world::kNobody;

// What the slot of `tensor` says of itself when the thread asks it: the tag in any case, the rest
// only if it may look.
std::vector<Operation> questions(const Protocol& now, int tensor) {
  std::vector<Operation> ask;
  const ModelTensor& t = now.tensors[tensor];
  if (!t.held) return ask;
  const auto x = static_cast<std::uint8_t>(tensor);
  ask.push_back({Verb::kTag, program::kDetached, x, 0});
  if (t.seen == kNobody || now.finalised[t.seen]) return ask;
  ask.push_back({Verb::kObject, static_cast<std::int8_t>(t.seen), x, 0});
  ask.push_back({Verb::kOwns, static_cast<std::int8_t>(t.seen), x, 0});
  return ask;
}

// At most one of slot and object keeps the other alive, and all references are somebody's.
void assert_ownership(const Protocol& now) {
  for (const ModelTensor& t : now.tensors) {
    if (!t.alive || t.slot.object == kNobody) continue;
    const ModelObject& object = now.objects[static_cast<std::size_t>(t.slot.object)];
    if (now.finalised[object.interpreter]) continue;
    RC_ASSERT(!(t.slot.owns && object.holds_tensor));
    RC_ASSERT(!t.slot.owns || object.alive);
    RC_ASSERT(object.interpreter == t.slot.tag);
  }
}

}  // namespace

void Do::run(const Protocol& before, Done& done) const {
  const Protocol now = *after(before, operation_);
  assert_ownership(now);
  auto& thread = done.program.threads[0];
  thread.push_back(operation_);
  program::Program asked = done.program;
  for (int x = 0; x < kMachineTensors; ++x) {
    for (const Operation& question : questions(now, x)) asked.threads[0].push_back(question);
  }
  choice::DullSource dull;
  const oracle::Judgement& judgement = runner().run(asked, dull);
  if (judgement.verdict != oracle::Verdict::kPass) {
    note_broken({asked, {}});
    RC_FAIL(std::string(oracle::name(judgement.verdict)) + ": " + judgement.sentence);
  }
  const report::RunView run = runner().view();
  const auto& operations = run.executor.operations();
  RC_ASSERT(operations[thread.size() - 1].done == world::Done::kDone);

  for (const CallRecord& call : run.world.calls()) {
    if (call.begin < operations[thread.size() - 1].end ||
        call.begin >= operations[asked.threads[0].size() - 1].end) {
      continue;
    }
    const SlotState& slot = now.tensors[call.tensor].slot;
    if (call.call == world::SlotCall::kInterpreter) {
      int& tag = done.tags[call.tensor];
      RC_ASSERT(tag == kNobody || call.value == tag);
      RC_ASSERT(call.value == slot.tag);
      tag = call.value;
    }
    if (call.call == world::SlotCall::kObject) RC_ASSERT(call.value == slot.object);
    if (call.call == world::SlotCall::kOwns) RC_ASSERT(call.value == (slot.owns ? 1 : 0));
  }
}

SLOW_LAW(SequentialMachine, AfterEachOperationSlotAndModelAgree, 4, (const Script& script)) {
  Done done;
  rc::state::runAll(script.commands, machine_start(), done);
}

}  // namespace slotproof::laws
