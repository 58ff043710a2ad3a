#include "explore/exhaust.h"

#include "choice/odometer.h"
#include "oracle/verdict.h"

namespace slotproof::explore {
namespace {

constexpr std::uint64_t kProgressInterval = 4096;

}  // namespace

Exhausted exhaust(Runner& runner, const program::Program& program, Enumeration /*enumeration*/,
                  const Limits& limits, const Progress& progress, const Observer& observer) {
  Exhausted result;
  choice::Odometer source;
  do {
    if (limits.executions != 0 && result.executions == limits.executions) return result;
    const oracle::Judgement& judgement = runner.run(program, source);
    ++result.executions;
    if (observer) observer(runner);
    if (judgement.verdict == oracle::Verdict::kInvalid) ++result.invalid;
    if (oracle::convicts(judgement.verdict)) {
      result.finding = Finding{{program, runner.choices()}, judgement, result.executions};
      return result;
    }
    if (progress && result.executions % kProgressInterval == 0 && !progress(result.executions)) {
      return result;
    }
  } while (source.next());
  result.complete = true;
  return result;
}

}  // namespace slotproof::explore
