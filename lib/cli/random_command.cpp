// slotproof random: a random walk through programs, or through the schedules of one.
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/failure.h"
#include "cli/input.h"
#include "cli/last_words.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/supervise.h"
#include "explore/search.h"
#include "report/json.h"
#include "report/reproducer.h"

namespace slotproof::cli {
namespace {

struct RandomOptions : Options {
  std::uint64_t runs = 100'000;
  std::uint64_t seed = 1;
  std::string program;
  std::string output;
  bool priorities = false;
  bool shrink = true;
  bool verbose = false;
};

class RandomCommand {
 public:
  explicit RandomCommand(const RandomOptions& options) : options_(options), session_(options) {
    if (!options.program.empty())
      input_ = read_input(options.program, Form::kAny, session_.language());
  }

  int run() {
    const explore::SearchResult result = search();
    ordered_json_ = {{"schema_version", report::kSchemaVersion},
                     {"command", "random"},
                     {"seed", options_.seed},
                     {"runs", result.runs},
                     {"invalid", result.invalid},
                     {"finding", nullptr}};
    line_ = fmt::format("run {} of {}, {} invalid, seed {}", result.runs, options_.runs,
                        result.invalid, options_.seed);
    if (result.finding) return report_finding(*result.finding);
    options_.json ? put_json(ordered_json_) : put(fmt::format("pass  {}\n", line_));
    return 0;
  }

 private:
  std::string again() const {
    std::string command = fmt::format("slotproof random --slot {}{} --seed {} --runs {}",
                                      report::shell_word(session_.slot()),
                                      rules_options(options_.rules), options_.seed, options_.runs);
    if (input_) command += " --program " + report::shell_word(options_.program);
    if (options_.priorities) command += " --priorities";
    return command;
  }

  explore::SearchResult search() {
    const LastWords words(fmt::format("\nslotproof died in the middle of this:\n\n{}\n", again()));
    ProgressLine progress("runs");
    const auto show_progress = [&](std::uint64_t runs) {
      progress.show(runs);
      return true;
    };
    return explore::random_search(
        session_.runner(), input_ ? &input_->text.test_case.program : nullptr, options_.seed,
        options_.runs, show_progress, {}, options_.rules,
        options_.priorities ? explore::Schedules::kPriorities : explore::Schedules::kWalk);
  }

  int report_finding(const explore::Finding& finding) {
    const oracle::Verdict verdict = finding.judgement.verdict;
    const KeptFinding kept =
        keep_finding(session_, finding, options_.output, again(), options_.shrink);
    if (options_.json) {
      ordered_json_["file"] = printable(kept.file);
      ordered_json_["finding"] = failure_json(session_, kept.test_case, kept.replay);
      put_json(ordered_json_);
    } else {
      put(fmt::format("{}  {}: {}\n\n", oracle::name(verdict), line_, printable(kept.file)));
      put(describe_failure(session_, kept.test_case,
                           {kept.replay, options_.verbose, use_colour(options_)}));
    }
    return oracle::exit_code(verdict);
  }

  const RandomOptions& options_;
  Session session_;
  std::optional<Input> input_;
  nlohmann::ordered_json ordered_json_;
  std::string line_;
};

}  // namespace

void add_random(CLI::App& app, Action& action) {
  CLI::App* const command = app.add_subcommand("random", "Search at random for a failure");
  const auto options = std::make_shared<RandomOptions>();
  command->add_option("--runs", options->runs, "How many runs at most")
      ->check(CLI::PositiveNumber.description(""))
      ->type_name("N")
      ->capture_default_str();
  add_seed_option(*command, options->seed);
  command
      ->add_option("--program", options->program,
                   "Run this program under random schedules, instead of random programs")
      ->type_name("FILE");
  command->add_flag("--priorities", options->priorities,
                    "Schedule threads by random priorities (PCT), not by a random walk");
  add_finding_option(*command, options->output);
  command->add_flag("!--no-shrink", options->shrink, "Keep a finding as it was found");
  add_slot_option(*command, *options);
  add_rules_options(*command, *options);
  command->add_flag("--verbose", options->verbose, "Draw all events of a finding");
  add_json_option(*command, *options);
  add_color_option(*command, *options);
  command->footer(
      "Exit code: 0 if nothing was found, else that of the verdict (`slotproof verdicts`).");
  command->callback([options, &action] {
    action = supervised(*options, [options] { return RandomCommand(*options).run(); });
  });
}

}  // namespace slotproof::cli
