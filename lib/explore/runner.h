// The only way in which a case is run.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "choice/choice_sequence.h"
#include "machine/machine.h"
#include "oracle/judge.h"
#include "program/execute.h"
#include "program/program.h"
#include "report/run_view.h"
#include "world/slot_library.h"
#include "world/world.h"

namespace slotproof::explore {

// Sees what a run does while it does it, for those who must know even if the process dies of it.
class Witness {
 public:
  Witness() = default;
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  virtual ~Witness() = default;

  virtual void begins(const program::Program& program) = 0;
  virtual void answers(choice::Kind kind, std::uint32_t answer) = 0;
};

// A machine, a world and a slot library, ready for run after run. Bound to the OS thread that made
// it.
class Runner {
 public:
  // Nothing in the world shares a stack.
  static constexpr machine::Options kOptions{.watch_own_stack = false};

  // `library` must outlive the runner.
  explicit Runner(world::SlotLibrary& library, machine::Options options = kOptions);

  // Runs `program`, with `source` for all choices, and judges. No exception leaves it: verdicts are
  // values.
  const oracle::Judgement& run(const program::Program& program, choice::Source& source);

  // For explorers that observe it.
  machine::Machine& machine() { return machine_; }

  // Of the slot.
  world::Features features() const { return world_.features(); }

  // Has `witness`, which must outlive the runner, see the runs to come.
  void set_witness(Witness* witness) { witness_ = witness; }

  // Has only such runs matter from now on in which every operation is done (see
  // Executor::prepare_all_done); null: all. `precedences` must live until then.
  void set_all_done(const program::Precedences* precedences) { precedences_ = precedences; }
  // Whether the last run did not matter.
  bool left_undone() const { return machine_.ending().halt == machine::Halt::kShut; }

  // Has `policy` revise the slot's memory orders; see Machine::set_order_policy.
  void set_order_policy(machine::OrderPolicy* policy) { machine_.set_order_policy(policy); }

  // The choices that the last run made, without the dull tail: a ReplaySource of them repeats it.
  const choice::ChoiceSequence& choices() const { return choices_; }

  // The same with its dull tail and with the bounds of the questions.
  const choice::ChoiceSequence& asked() const { return recorder_.recorded(); }

  // All of the last run, good until the next; its program must still exist.
  report::RunView view() const {
    return {*program_, choices_, machine_, world_, executor_, judgement_};
  }

  // Asks for the call stacks at these events in the runs to come; see Machine::probe_stacks.
  void probe_stacks(std::vector<machine::EventIndex> events) {
    machine_.probe_stacks(std::move(events));
  }

 private:
  machine::Machine machine_;
  world::World world_;
  program::Executor executor_;
  choice::RecordingSource recorder_;
  Witness* witness_ = nullptr;
  const program::Precedences* precedences_ = nullptr;
  const program::Program* program_ = nullptr;
  choice::ChoiceSequence choices_;
  oracle::Judgement judgement_;
};

}  // namespace slotproof::explore
