#include "explore/exhaust.h"

#include "choice/odometer.h"
#include "graphs/explorer.h"
#include "oracle/verdict.h"

namespace slotproof::explore {
namespace {

constexpr std::uint64_t kProgressInterval = 4096;

template <class Source>
void enumerate(Runner& runner, const program::Program& program, Source& source,
               const Limits& limits, const Progress& progress, const Observer& observer,
               Exhausted& result) {
  do {
    if (limits.executions != 0 && result.executions == limits.executions) return;
    const oracle::Judgement& judgement = runner.run(program, source);
    if constexpr (requires { source.complete(); }) {
      if (!source.complete()) continue;
    }
    ++result.executions;
    if (observer) observer(runner);
    if (judgement.verdict == oracle::Verdict::kInvalid) ++result.invalid;
    if (oracle::convicts(judgement.verdict)) {
      result.finding = Finding{{program, runner.choices()}, judgement, result.executions};
      return;
    }
    if (progress && result.executions % kProgressInterval == 0 && !progress(result.executions)) {
      return;
    }
  } while (source.next());
  result.complete = true;
}

}  // namespace

Exhausted exhaust(Runner& runner, const program::Program& program, Enumeration enumeration,
                  const Limits& limits, const Progress& progress, const Observer& observer) {
  Exhausted result;
  if (enumeration == Enumeration::kPlain) {
    choice::Odometer source;
    enumerate(runner, program, source, limits, progress, observer, result);
  } else {
    graphs::Explorer source(runner.machine());
    enumerate(runner, program, source, limits, progress, observer, result);
    result.diverged = source.diverged();
    result.blocked = source.blocked();
    result.complete = result.complete && source.diverged() == 0;
  }
  return result;
}

}  // namespace slotproof::explore
