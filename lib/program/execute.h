// Programs come to life.
#pragma once

#include <vector>

#include "program/precedence.h"
#include "program/program.h"
#include "world/world.h"

namespace slotproof::program {

// Runs one program in a world: root(executor) is what the machine's root thread does. Reusable; the
// operations of the last run stay readable.
class Executor {
 public:
  // `machine` and `world` must outlive the executor.
  Executor(machine::Machine& machine, world::World& world) : machine_(machine), world_(world) {}

  // Gets the world ready for `program`, which must outlive the run.
  void prepare(const Program& program);

  // The same for a run that matters only if every operation is done: one that would skip an
  // operation ends with machine::Halt::kShut. What the program's operations all being done makes
  // certain need not be tried otherwise: no operation begins until those that precede it by
  // `precedences`, which must outlive the run, are over.
  void prepare_all_done(const Program& program, const Precedences& precedences);

  // For machine::Machine::run: takes an Executor*.
  static void root(void* executor);

  // What became of each operation, in the order in which they began. The last one is the clearing
  // away, unless the run ended before.
  const std::vector<world::OperationRecord>& operations() const { return operations_; }

 private:
  struct Body {
    Executor* executor;
    int thread;
  };

  static void thread_body(void* body);
  void reset(const Program& program);
  machine::Latch& over(OperationId id) { return over_[id.thread][id.index]; }
  void perform(OperationId id, const Operation& operation);
  world::Done perform(const Operation& operation);
  template <class F>
  void record(std::uint32_t index, F&& action);

  machine::Machine& machine_;
  world::World& world_;
  const Program* program_ = nullptr;
  const Precedences* precedences_ = nullptr;  // null: operations may be skipped
  std::array<std::array<machine::Latch, kMaxOperations>, kThreads> over_;  // of those that precede
  machine::Latch never_;
  std::array<Body, kThreads> bodies_{};
  std::vector<world::OperationRecord> operations_;
};

}  // namespace slotproof::program
