// slotproof explain: why a program fails.
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/supervise.h"
#include "explore/explain.h"
#include "explore/identify.h"
#include "report/json.h"
#include "report/reproducer.h"
#include "report/why.h"

namespace slotproof::cli {
namespace {

using nlohmann::ordered_json;

struct ExplainOptions : Options {
  std::string file;
  std::uint64_t runs = 10'000;
};

std::string_view meaning(choice::Kind kind) {
  switch (kind) {
    case choice::Kind::kThread: return "another thread goes on";
    case choice::Kind::kStore: return "a load reads a store that is not the newest";
    case choice::Kind::kPlace: return "a store takes effect before one that was executed earlier";
    case choice::Kind::kSpurious: return "a weak compare-exchange fails for no reason";
  }
  return {};
}

std::string token(const choice::Choice& choice) {
  return fmt::format("{}{}", choice::letter(choice.kind), choice.answer);
}

std::string needs_text(const explore::Needs& needs) {
  std::string text;
  if (needs.deviations.empty()) {
    text = "It needs no special schedule: the threads run one after the other.\n";
  }
  for (const explore::Deviation& deviation : needs.deviations) {
    text += fmt::format(
        "Choice {} ({}): {}. Without it {}.\n", deviation.position, token(deviation.choice),
        meaning(deviation.choice.kind),
        deviation.necessary ? "it does not fail so: it is necessary" : "it fails all the same");
  }
  text += needs.sequentially_consistent
              ? fmt::format("It fails under sequential consistency too: choices {}\n",
                            needs.sequentially_consistent->print())
              : fmt::format(
                    "It was not seen under sequential consistency, in {} schedules: it "
                    "takes weak memory\n",
                    needs.runs);
  return text;
}

ordered_json needs_json(const explore::Needs& needs) {
  ordered_json deviations = ordered_json::array();
  for (const explore::Deviation& deviation : needs.deviations) {
    deviations.push_back({{"position", deviation.position},
                          {"choice", token(deviation.choice)},
                          {"meaning", meaning(deviation.choice.kind)},
                          {"necessary", deviation.necessary}});
  }
  return {{"deviations", std::move(deviations)},
          {"fails_under_sequential_consistency", needs.sequentially_consistent.has_value()},
          {"choices", needs.sequentially_consistent
                          ? ordered_json(needs.sequentially_consistent->print())
                          : ordered_json(nullptr)},
          {"runs", needs.runs}};
}

int explain(const ExplainOptions& options) {
  Session session(options);
  const Input input = read_input(options.file, Form::kAny, session.language());
  const std::string replay = report::replay_command(session.slot(), options.file);
  run_input(session, input, replay);
  explore::Runner& runner = session.runner();
  const oracle::Verdict verdict = runner.view().judgement.verdict;
  if (!oracle::convicts(verdict)) {
    throw UserError(fmt::format(
        "{}: there is nothing to explain, its verdict is {}; name the slot that fails with --slot",
        input.name, oracle::name(verdict)));
  }
  const program::Case failing{runner.view().program, runner.view().choices};
  const std::vector<std::string> why = report::why(runner.view());
  const report::Fingerprint bug = explore::identify(runner, failing);
  const explore::Needs needs =
      explore::needs_of(runner, failing, explore::shows(verdict, bug), options.runs);
  if (options.json) {
    put_json({{"schema_version", report::kSchemaVersion},
              {"command", "explain"},
              {"exit_code", oracle::exit_code(verdict)},
              {"verdict", oracle::name(verdict)},
              {"fingerprint", {{"hash", bug.hash()}, {"line", bug.line}, {"blame", bug.blame}}},
              {"why", why},
              {"needs", needs_json(needs)},
              {"replay", replay}});
  } else {
    put(fmt::format("{}\n\n{}\n\n{}\n{}\n", bug.line, fmt::join(why, "\n"), needs_text(needs),
                    replay));
  }
  return oracle::exit_code(verdict);
}

}  // namespace

void add_explain(CLI::App& app, Action& action) {
  CLI::App* const command = app.add_subcommand("explain", "Say why a program fails");
  const auto options = std::make_shared<ExplainOptions>();
  command->add_option("FILE", options->file, "A program that fails, as text or bytes")
      ->type_name("")
      ->required();
  command
      ->add_option("--runs", options->runs,
                   "How many schedules to try under sequential consistency")
      ->type_name("N")
      ->capture_default_str();
  add_slot_option(*command, *options);
  add_rules_options(*command, *options);
  add_json_option(*command, *options);
  command->footer("Exit code: that of the verdict (`slotproof verdicts`).");
  command->callback([options, &action] {
    action = supervised(*options, [options] { return explain(*options); });
  });
}

}  // namespace slotproof::cli
