#include "report/failure.h"

#include <fmt/format.h>

#include "program/text.h"
#include "report/words.h"

namespace slotproof::report {

std::string failure_text(const RunView& run, const std::vector<Stack>& stacks,
                         std::string_view replay, const LanesOptions& options) {
  const std::string wrong = sentence(run);
  const std::string_view verdict = oracle::name(run.judgement.verdict);
  std::string text =
      options.colour ? fmt::format("\033[1m{}\033[0m", verdict) : std::string(verdict);
  if (!wrong.empty()) text += ": " + wrong;
  text += "\n\n" + program::print({{run.program, run.choices}, {}, {}});
  text += "\n" + lanes_text(run, options) + "\n";
  if (!stacks.empty()) text += stacks_text(run, stacks) + "\n";
  text += replay;
  return text + "\n";
}

}  // namespace slotproof::report
