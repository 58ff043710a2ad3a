#include "explore/regression_test.h"

#include <fmt/format.h>

#include "program/text.h"
#include "report/words.h"

namespace slotproof::explore {
namespace {

// "data-race" -> "DataRace"
std::string suite_name(std::string_view verdict) {
  std::string name;
  bool upper = true;
  for (const char c : verdict) {
    if (c == '-') {
      upper = true;
      continue;
    }
    name += upper ? static_cast<char>(c - 'a' + 'A') : c;
    upper = false;
  }
  return name;
}

// As one line of a comment: a backslash at its end would join it with the next.
std::string comment(std::string_view text) {
  std::string line = "// ";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    line += byte < 0x20 || byte == 0x7f || c == '\\' ? '?' : c;
  }
  return line;
}

constexpr std::string_view kFile = R"file({story}
//
// To build it: slotproof_add_test(NAME LABEL unit SOURCES FILE DEPENDS explore slot_native). The
// slot is `native`, or what SLOTPROOF_SLOT in the environment names.
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "choice/choice_sequence.h"
#include "explore/runner.h"
#include "explore/search.h"
#include "oracle/verdict.h"
#include "program/text.h"
#include "report/failure.h"
#include "world/load_slot.h"

namespace {{

// As `slotproof run` takes it, with the choices that failed.
constexpr const char* kProgram = R"slot({program})slot";

// Where the code has changed the choices mean another schedule, so that others are tried too.
constexpr unsigned kSchedules = 2000;

TEST({suite}, Bug{hash}) {{
  slotproof::program::ProgramText text;
  slotproof::program::ParseError mistake;
  ASSERT_TRUE(slotproof::program::parse(kProgram, text, mistake)) << mistake.message;
  const char* const named = std::getenv("SLOTPROOF_SLOT");
  std::string error;
  auto* const slot = slotproof::world::load_slot(named == nullptr ? "native" : named, error);
  ASSERT_NE(slot, nullptr) << error;

  slotproof::explore::Runner runner(*slot);
  const auto& program = text.test_case.program;
  slotproof::choice::ReplaySource source(text.test_case.choices);
  runner.run(program, source);
  EXPECT_FALSE(slotproof::oracle::convicts(runner.view().judgement.verdict))
      << slotproof::report::failure_text(runner.view(), {{}}, "", {{}});

  const auto found = slotproof::explore::random_search(runner, &program, 1, kSchedules);
  EXPECT_FALSE(found.finding.has_value())
      << slotproof::report::failure_text(runner.view(), {{}}, "", {{}});
}}

}}  // namespace
)file";

}  // namespace

std::string regression_test(const report::RunView& run, std::string_view bug, std::string_view hash,
                            std::string_view replay) {
  const std::string story =
      fmt::format("{}\n{}\n{}", comment(report::sentence(run)), comment(bug), comment(replay));
  return fmt::format(kFile, fmt::arg("story", story),
                     fmt::arg("program", program::print({{run.program, run.choices}, {}, {}})),
                     fmt::arg("suite", suite_name(oracle::name(run.judgement.verdict))),
                     fmt::arg("hash", hash));
}

}  // namespace slotproof::explore
