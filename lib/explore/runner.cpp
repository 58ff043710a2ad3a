#include "explore/runner.h"

namespace slotproof::explore {

Runner::Runner(world::SlotLibrary& library, machine::Options options)
    : machine_(options), world_(machine_, library), executor_(machine_, world_) {}

const oracle::Judgement& Runner::run(const program::Program& program, choice::Source& source) {
  program_ = &program;
  executor_.prepare(program);
  recorder_.restart(source);
  machine_.run(recorder_, &program::Executor::root, &executor_, &world_);
  choices_ = recorder_.recorded();
  choices_.trim();
  judgement_ = oracle::judge(machine_, world_);
  return judgement_;
}

}  // namespace slotproof::explore
