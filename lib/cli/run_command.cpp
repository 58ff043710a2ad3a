// slotproof run: the only command that judges files.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/failure.h"
#include "cli/file_run.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/supervise.h"
#include "report/json.h"

namespace slotproof::cli {
namespace {

using nlohmann::ordered_json;

struct RunOptions : Options {
  std::vector<std::string> names;
  std::string choices;
  bool bytes = false;
  bool text = false;
  int repeat = 1;
  bool trace = false;
  bool verbose = false;
};

class RunCommand {
 public:
  explicit RunCommand(const RunOptions& options)
      : options_(options), session_(options), files_(expand(options.names, Files::kCases)) {
    mode_.form = options.bytes ? Form::kBytes : options.text ? Form::kText : Form::kAny;
    mode_.repeat = options.repeat;
    mode_.trace = options.trace;
    if (options.choices.empty()) return;
    std::string error;
    if (!choice::ChoiceSequence::parse(options.choices, mode_.choices.emplace(), error)) {
      throw UserError(
          fmt::format("--choices {}: {}; write them as in v1:3t1.s2", options.choices, error));
    }
  }

  int run() {
    for (const std::string& file : files_) {
      const FileRun result = run_file(session_, file, mode_);
      if (exit_code_ == 0 && !result.good()) exit_code_ = oracle::exit_code(result.verdict);
      options_.json ? add_json(result) : show(result);
    }
    session_.expect_orders_met();
    if (options_.json) {
      put_json({{"schema_version", report::kSchemaVersion},
                {"command", "run"},
                {"exit_code", exit_code_},
                {"runs", std::move(runs_)}});
    }
    return exit_code_;
  }

 private:
  void show(const FileRun& result) {
    std::string line = fmt::format("{}  {}", oracle::name(result.verdict), result.name);
    if (!result.remarks.empty()) line += fmt::format(" ({})", fmt::join(result.remarks, "; "));
    const bool convicts = oracle::convicts(result.verdict);
    if (!convicts && !result.sentence.empty()) line += ": " + result.sentence;
    put(line + "\n" + result.trace);
    // A whole corpus of known failures is not worth a picture each.
    const bool picture = options_.verbose || (convicts && (!result.expected || files_.size() == 1));
    if (!picture) return;
    put("\n" + describe_failure(session_, result.test_case,
                                {result.replay, options_.verbose, use_colour(options_)}));
    if (files_.size() > 1) put("\n");
  }

  void add_json(const FileRun& result) {
    ordered_json run = {
        {"file", result.name}, {"as_expected", result.good()}, {"remarks", result.remarks}};
    run.update(failure_json(session_, result.test_case, result.replay));
    // Not what a single run says if several differed.
    run["verdict"] = oracle::name(result.verdict);
    run["exit_code"] = oracle::exit_code(result.verdict);
    run["sentence"] = result.sentence;
    if (options_.trace) run["trace"] = result.trace;
    runs_.push_back(std::move(run));
  }

  const RunOptions& options_;
  Session session_;
  std::vector<std::string> files_;
  RunMode mode_;
  ordered_json runs_ = ordered_json::array();
  int exit_code_ = 0;
};

}  // namespace

void add_run(CLI::App& app, Action& action) {
  CLI::App* const command = app.add_subcommand("run", "Run programs and judge them");
  const auto options = std::make_shared<RunOptions>();
  command
      ->add_option("FILE", options->names,
                   "Programs as text or as a fuzzer's bytes; - for standard input; folders")
      ->type_name("")
      ->required();
  add_slot_option(*command, *options);
  add_rules_options(*command, *options);
  add_order_option(*command, *options);
  command->add_option("--choices", options->choices, "Run under these choices (v1:...)");
  CLI::Option* const bytes =
      command->add_flag("--bytes", options->bytes, "Take all files for a fuzzer's bytes");
  command->add_flag("--text", options->text, "Take all files for text")->excludes(bytes);
  command->add_option("--repeat", options->repeat, "Run this often; all runs must be equal")
      ->check(CLI::Range(1, 1'000'000).description(""))
      ->type_name("N");
  command->add_flag("--trace", options->trace, "Print every event");
  command->add_flag("--verbose", options->verbose, "Draw every run, with all its events");
  add_json_option(*command, *options);
  add_color_option(*command, *options);
  command->footer(
      "Exit code: 0 if each file passes or gets a verdict that it expects, else that of the first\n"
      "verdict that does not (`slotproof verdicts`).");
  command->callback([options, &action] {
    action = supervised(*options, [options] { return RunCommand(*options).run(); });
  });
}

}  // namespace slotproof::cli
