#include "explore/triage.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "explore/identify.h"
#include "report/words.h"

namespace slotproof::explore {

Sample sample(Runner& runner, int times) {
  Sample result;
  {
    const report::RunView first = runner.view();
    result.test_case = {first.program, first.choices};
    result.verdict = first.judgement.verdict;
    result.sentence = report::sentence(first);
    result.rating = report::rate(first);
  }
  // The run for the stacks is one more: it is not asked for its verdict alone.
  const bool convicts = oracle::convicts(result.verdict);
  if (convicts) result.fingerprint = identify(runner, result.test_case);
  for (int i = 1; i < times && !result.flaky; ++i) {
    choice::ReplaySource source(result.test_case.choices);
    runner.run(result.test_case.program, source);
    result.flaky = runner.view().judgement.verdict != result.verdict;
    if (result.flaky || !convicts) continue;
    result.flaky = identify(runner, result.test_case) != result.fingerprint;
  }
  return result;
}

std::string what_it_takes(const program::Program& program) {
  std::vector<std::string_view> last;
  for (const std::vector<program::Operation>& thread : program.threads) {
    if (!thread.empty()) last.push_back(program::info(thread.back().verb).name);
  }
  std::ranges::sort(last);  // threads have no order
  return fmt::format("{} operations to {}", program.operations(), fmt::join(last, ", "));
}

}  // namespace slotproof::explore
