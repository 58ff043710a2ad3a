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
program::Case shrink(const Options& options, program::Case from,
                     const std::function<bool(const program::Program&)>& keeps) {
  for (bool smaller = true; smaller;) {
    smaller = false;
    for (program::Program& program : explore::smaller(from.program)) {
      if (keeps && !keeps(program)) continue;
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

int report_death(const Options& options, const Death& death) {
  const std::string file = default_file(death.test_case.program, oracle::name(Verdict::kCrash));
  const KeptFinding kept = keep_death(options, death, file);
  const int code = oracle::exit_code(Verdict::kCrash);
  if (options.json) {
    put_json({{"schema_version", report::kSchemaVersion},
              {"exit_code", code},
              {"file", printable(file)},
              {"finding", death_json(death, kept)}});
  } else {
    put(fmt::format("{}: {}\n\n{}\n{}\n", oracle::name(Verdict::kCrash), death.sentence,
                    program::print({death.test_case, {}, {}}), kept.replay));
  }
  return code;
}

int run(const Options& options, const Action& action) {
  const Supervised supervised =
      supervise(options, [&] { return std::to_string(answer_of(action)); });
  const explore::ChildEnd& end = supervised.end;
  if (end.death.empty()) return std::stoi(end.output);
  // As shells tell it.
  if (supervised.ended()) return 128 + end.signal;
  if (supervised.death) return report_death(options, *supervised.death);
  note(fmt::format("the process {}, and not once more", end.death));
  return oracle::exit_code(Verdict::kHarness);
}

}  // namespace

bool Supervised::ended() const {
  return end.signal == SIGPIPE || end.signal == SIGINT || end.signal == SIGTERM;
}

Supervised supervise(const Options& options, const std::function<std::string()>& body,
                     const std::function<bool(const program::Program&)>& keeps) {
  BlackBox::instance().clear();
  Supervised result{in_child(Errors::kShown, body, Hangs::kAwaited), {}};
  if (result.end.death.empty() || result.ended()) return result;
  BlackBox::instance().clear();
  g_watched = true;
  const explore::ChildEnd again = in_child(Errors::kHidden, body, Hangs::kAwaited);
  g_watched = false;
  const std::uint64_t counted = BlackBox::instance().counted();
  program::ProgramText last;
  program::ParseError error;
  if (again.death.empty() || !program::parse(BlackBox::instance().last(), last, error) ||
      death_of(options, last.test_case).empty()) {
    return result;
  }
  const program::Case small = shrink(options, last.test_case, keeps);
  result.death = Death{small, "the process " + death_of(options, small), counted};
  return result;
}

KeptFinding keep_death(const Options& options, const Death& death, const std::string& file) {
  const std::string_view verdict = oracle::name(Verdict::kCrash);
  const std::string replay = report::replay_command(options.slot, file);
  program::ProgramText text{death.test_case, {std::string(verdict)}, {}};
  text.story = fmt::format("{}: {}\n{}", verdict, death.sentence, replay);
  write_file(file, program::print(text));
  return {death.test_case, file, replay};
}

nlohmann::ordered_json death_json(const Death& death, const KeptFinding& kept) {
  return {{"verdict", oracle::name(Verdict::kCrash)},
          {"exit_code", oracle::exit_code(Verdict::kCrash)},
          {"sentence", death.sentence},
          {"program", program::print({death.test_case, {}, {}})},
          {"replay", kept.replay}};
}

Action supervised(const Options& options, const Action& action) {
  return [&options, action] { return run(options, action); };
}

explore::Witness* witness() { return g_watched ? &BlackBox::instance() : nullptr; }

}  // namespace slotproof::cli
