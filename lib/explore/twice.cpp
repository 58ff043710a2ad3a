#include "explore/twice.h"

#include <algorithm>

#include <fmt/format.h>

#include "choice/choice_sequence.h"
#include "report/trace.h"

namespace slotproof::explore {
namespace {

std::string line_at(const std::string& text, std::size_t at) {
  const std::size_t begin =
      text.rfind('\n', at) == std::string::npos ? 0 : text.rfind('\n', at) + 1;
  return text.substr(begin, text.find('\n', at) - begin);
}

}  // namespace

std::string differs_when_repeated(Runner& runner, const program::Case& test_case, int times) {
  std::string first;
  for (int i = 0; i < times; ++i) {
    choice::ReplaySource source(test_case.choices);
    runner.run(test_case.program, source);
    std::string trace = report::trace_text(runner.view());
    if (i == 0) {
      first = std::move(trace);
    } else if (trace != first) {
      const auto at = static_cast<std::size_t>(
          std::mismatch(first.begin(), first.end(), trace.begin(), trace.end()).first -
          first.begin());
      return fmt::format("run {} differs from run 1: \"{}\" instead of \"{}\"", i + 1,
                         line_at(trace, std::min(at, trace.size() - 1)), line_at(first, at));
    }
  }
  return {};
}

}  // namespace slotproof::explore
