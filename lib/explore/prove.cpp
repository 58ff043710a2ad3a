#include "explore/prove.h"

#include <stdexcept>

namespace slotproof::explore {

void Tally::add(const Tally& other) {
  programs += other.programs;
  represented += other.represented;
  executions += other.executions;
  invalid += other.invalid;
  undone += other.undone;
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
    runner.set_all_done(&found->precedences);
    const Exhausted all = exhaust(runner, program, Enumeration::kReduced, limits);
    runner.set_all_done(nullptr);
    if (all.finding && all.finding->judgement.verdict == oracle::Verdict::kHarness) {
      throw std::runtime_error(all.finding->judgement.sentence);
    }
    Tally& tally = result.tally;
    ++tally.programs;
    tally.represented += found->represents;
    tally.executions += all.executions;
    tally.invalid += all.invalid;
    tally.undone += all.undone;
    if (all.finding) {
      result.failing = found->number;
      return result;
    }
    tally.idle += all.executions == 0 ? 1 : 0;
    tally.incomplete += all.complete ? 0 : 1;
  }
  return result;
}

}  // namespace slotproof::explore
