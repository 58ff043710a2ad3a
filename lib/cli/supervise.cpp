#include "cli/supervise.h"

#include <csignal>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/failure.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/session.h"
#include "explore/black_box.h"
#include "explore/child.h"
#include "explore/smaller.h"
#include "oracle/verdict.h"
#include "program/text.h"
#include "report/json.h"
#include "report/reproducer.h"

namespace slotproof::cli {
namespace {

using explore::BlackBox;
using explore::Errors;
using explore::Hangs;
using explore::in_child;
using oracle::Verdict;

bool g_watched = false;

// What the child of `test_case` dies of; empty if it lives.
std::string death_of(const Options& options, const program::Case& test_case) {
  BlackBox::instance().clear();
  return in_child(Errors::kHidden,
                  [&] {
                    Session session(options);
                    choice::ReplaySource source(test_case.choices);
                    session.runner().run(test_case.program, source);
                    return std::string();
                  })
      .death;
}

// Takes the steps of smaller.h as long as the child dies of one, without its choices if it can.
program::Case shrink(const Options& options, program::Case from) {
  for (bool smaller = true; smaller;) {
    smaller = false;
    for (program::Program& program : explore::smaller(from.program)) {
      program::Case plain{program, {}};
      program::Case same{std::move(program), from.choices};
      const bool needs_choices = death_of(options, plain).empty();
      if (needs_choices && death_of(options, same).empty()) continue;
      from = needs_choices ? std::move(same) : std::move(plain);
      smaller = true;
      break;
    }
  }
  const program::Case plain{from.program, {}};
  return death_of(options, plain).empty() ? from : plain;
}

int report_death(const Options& options, const program::Case& found) {
  const program::Case small = shrink(options, found);
  const std::string sentence = "the process " + death_of(options, small);
  const std::string_view verdict = oracle::name(Verdict::kCrash);
  const std::string file = default_file(small.program, verdict);
  const std::string replay = report::replay_command(options.slot, file);
  program::ProgramText text{small, {std::string(verdict)}, {}};
  const std::string program = program::print({small, {}, {}});
  text.story = fmt::format("{}: {}\n{}", verdict, sentence, replay);
  write_file(file, program::print(text));
  const int code = oracle::exit_code(Verdict::kCrash);
  if (options.json) {
    put_json({{"schema_version", report::kSchemaVersion},
              {"exit_code", code},
              {"file", printable(file)},
              {"finding",
               {{"verdict", verdict},
                {"exit_code", code},
                {"sentence", sentence},
                {"program", program},
                {"replay", replay}}}});
  } else {
    put(fmt::format("{}: {}\n\n{}\n{}\n", verdict, sentence, program, replay));
  }
  return code;
}

int run(const Options& options, const Action& action) {
  const auto body = [&] { return std::to_string(answer_of(action)); };
  BlackBox::instance().clear();
  const explore::ChildEnd end = in_child(Errors::kShown, body, Hangs::kAwaited);
  if (end.death.empty()) return std::stoi(end.output);
  // Nobody reads on, or wants it to go on: as shells tell it.
  if (end.signal == SIGPIPE || end.signal == SIGINT || end.signal == SIGTERM) {
    return 128 + end.signal;
  }

  g_watched = true;
  const explore::ChildEnd again = in_child(Errors::kHidden, body, Hangs::kAwaited);
  g_watched = false;
  program::ProgramText last;
  program::ParseError error;
  const bool known =
      !again.death.empty() && program::parse(BlackBox::instance().last(), last, error);
  if (!known || death_of(options, last.test_case).empty()) {
    note(fmt::format("the process {}, and not once more", end.death));
    return oracle::exit_code(Verdict::kHarness);
  }
  return report_death(options, last.test_case);
}

}  // namespace

Action supervised(const Options& options, const Action& action) {
  return [&options, action] { return run(options, action); };
}

explore::Witness* witness() { return g_watched ? &BlackBox::instance() : nullptr; }

}  // namespace slotproof::cli
