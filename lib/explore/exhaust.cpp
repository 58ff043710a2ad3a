#include "explore/exhaust.h"

#include <utility>

#include "choice/odometer.h"
#include "graphs/explorer.h"
#include "oracle/verdict.h"

namespace slotproof::explore {
namespace {

constexpr std::uint64_t kProgressInterval = 4096;

// Gives the choices of the first execution that convicts.
template <class Source>
std::optional<choice::ChoiceSequence> enumerate(Runner& runner, const program::Program& program,
                                                Source& source, const Limits& limits,
                                                const Progress& progress, const Observer& observer,
                                                Exhausted& result) {
  std::uint64_t runs = 0;
  do {
    if (limits.executions != 0 && runs == limits.executions) return {};
    if (progress && runs % kProgressInterval == 0 && !progress(result.executions)) return {};
    const oracle::Verdict verdict = runner.run(program, source).verdict;
    ++runs;
    if (runner.left_undone()) {
      ++result.undone;
      continue;
    }
    if constexpr (requires { source.complete(); }) {
      if (!source.complete()) continue;
    }
    ++result.executions;
    if (observer) observer(runner);
    if (verdict == oracle::Verdict::kInvalid) ++result.invalid;
    if (oracle::convicts(verdict) || verdict == oracle::Verdict::kHarness) return runner.choices();
  } while (source.next());
  result.complete = true;
  return {};
}

}  // namespace

Exhausted exhaust(Runner& runner, const program::Program& program, Enumeration enumeration,
                  const Limits& limits, const Progress& progress, const Observer& observer) {
  Exhausted result;
  std::optional<choice::ChoiceSequence> convicting;
  if (enumeration == Enumeration::kPlain) {
    choice::Odometer source;
    convicting = enumerate(runner, program, source, limits, progress, observer, result);
  } else {
    graphs::Explorer source(runner.machine(), limits.bounds);
    convicting = enumerate(runner, program, source, limits, progress, observer, result);
    result.blocked = source.blocked();
    result.out_of_bounds = source.out_of_bounds();
    result.diverged = source.diverged();
    result.complete = result.complete && source.diverged() == 0;
  }
  if (convicting) {
    choice::ReplaySource source(*convicting);
    oracle::Judgement judgement = runner.run(program, source);
    if (!oracle::convicts(judgement.verdict)) {
      judgement.verdict = oracle::Verdict::kHarness;
      judgement.sentence = "a run that was convicted does otherwise when it is repeated";
    }
    result.finding = Finding{{program, runner.choices()}, std::move(judgement), result.executions};
  }
  return result;
}

}  // namespace slotproof::explore
