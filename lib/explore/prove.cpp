#include "explore/prove.h"

#include <bitset>
#include <stdexcept>

namespace slotproof::explore {
namespace {

// Which operations were done in some execution.
class DoneOperations {
 public:
  void note(const Runner& runner) {
    if (runner.view().judgement.verdict == oracle::Verdict::kHarness) {
      throw std::runtime_error(runner.view().judgement.sentence);
    }
    for (const world::OperationRecord& record : runner.view().executor.operations()) {
      if (record.index == world::kTeardown || record.done == world::Done::kSkipped) continue;
      done_.set((record.thread - 1) * program::kMaxOperations + record.index);
    }
  }
  int count() const { return static_cast<int>(done_.count()); }

 private:
  std::bitset<program::kThreads * program::kMaxOperations> done_;
};

}  // namespace

void Tally::add(const Tally& other) {
  programs += other.programs;
  represented += other.represented;
  executions += other.executions;
  invalid += other.invalid;
  idle += other.idle;
  incomplete += other.incomplete;
}

Proved prove(Runner& runner, const SmallPrograms& programs, const Range& range,
             const Limits& limits, const std::function<void(std::uint64_t number)>& begins) {
  Proved result;
  program::Program program;
  auto found = programs.next(range.begin, range.end, program);
  for (; found; found = programs.next(found->number + 1, range.end, program)) {
    if (begins) begins(found->number);
    DoneOperations done;
    const Exhausted all = exhaust(runner, program, Enumeration::kReduced, limits, {},
                                  [&](const Runner& ran) { done.note(ran); });
    Tally& tally = result.tally;
    ++tally.programs;
    tally.represented += found->represents;
    tally.executions += all.executions;
    tally.invalid += all.invalid;
    if (all.finding) {
      result.failing = found->number;
      return result;
    }
    tally.idle += done.count() < program.operations() ? 1 : 0;
    tally.incomplete += all.complete ? 0 : 1;
  }
  return result;
}

}  // namespace slotproof::explore
