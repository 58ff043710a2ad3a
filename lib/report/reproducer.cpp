#include "report/reproducer.h"

#include <fmt/format.h>

#include "program/text.h"
#include "report/words.h"

namespace slotproof::report {

std::string shell_word(std::string_view word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(word);
  }
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string replay_command(std::string_view slot, std::string_view file, std::string_view options) {
  return fmt::format("slotproof run --slot {}{} {}", shell_word(slot), options, shell_word(file));
}

std::string reproducer_text(const RunView& run, std::string_view replay) {
  const std::string_view verdict = oracle::name(run.judgement.verdict);
  const std::string wrong = sentence(run);
  program::ProgramText text;
  text.test_case = {run.program, run.choices};
  text.expect = {std::string(verdict)};
  text.story = fmt::format("{}{}{}\n{}", verdict, wrong.empty() ? "" : ": ", wrong, replay);
  return program::print(text);
}

}  // namespace slotproof::report
