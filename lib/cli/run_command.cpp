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
#include "cli/input.h"
#include "cli/output.h"
#include "cli/session.h"
#include "explore/twice.h"
#include "program/text.h"
#include "report/json.h"
#include "report/reproducer.h"
#include "report/trace.h"
#include "report/words.h"

namespace slotproof::cli {
namespace {

using nlohmann::ordered_json;
using oracle::Verdict;

struct RunOptions : Options {
  std::vector<std::string> names;
  std::string choices;
  bool bytes = false;
  bool text = false;
  int repeat = 1;
  bool trace = false;
  bool verbose = false;
};

// A file after its run.
struct Result {
  Input input;
  std::string replay;
  Verdict verdict = Verdict::kPass;
  std::string sentence;
  std::string trace;
  program::Case test_case;  // with the choices as they were made
  bool expected = false;    // the text names this verdict
  std::vector<std::string> remarks;

  bool good() const { return verdict == Verdict::kPass || expected; }
};

class RunCommand {
 public:
  explicit RunCommand(const RunOptions& options)
      : options_(options), session_(options), files_(expand(options.names)) {
    if (options.choices.empty()) return;
    std::string error;
    choices_.emplace();
    if (!choice::ChoiceSequence::parse(options.choices, *choices_, error)) {
      throw UserError(
          fmt::format("--choices {}: {}; write them as in v1:3t1.s2", options.choices, error));
    }
  }

  int run() {
    for (const std::string& file : files_) {
      const Result result = judge(file);
      if (exit_code_ == 0 && !result.good()) exit_code_ = oracle::exit_code(result.verdict);
      options_.json ? add_json(result) : show(result);
    }
    if (options_.json) {
      put_json({{"schema_version", report::kSchemaVersion},
                {"command", "run"},
                {"exit_code", exit_code_},
                {"runs", std::move(runs_)}});
    }
    return exit_code_;
  }

 private:
  std::string replay_command(const std::string& file) const {
    std::string command = "slotproof run";
    if (choices_) command += fmt::format(" --choices {}", choices_->print());
    if (options_.bytes) command += " --bytes";
    const std::string rest = report::replay_command(session_.slot(), file);
    return command + rest.substr(command.find(" run") + 4);
  }

  Result judge(const std::string& file) {
    Result result;
    const Form only = options_.text ? Form::kText : Form::kAny;
    result.input = read_input(file, options_.bytes ? Form::kBytes : only);
    if (choices_) {
      result.input.is_text = true;
      result.input.text.test_case.choices = *choices_;
    }
    result.replay = replay_command(file);
    const Fit fit = run_input(session_, result.input, result.replay);
    const report::RunView view = session_.runner().view();
    result.verdict = view.judgement.verdict;
    result.sentence = report::sentence(view);
    result.test_case = {view.program, view.choices};
    if (options_.trace) result.trace = report::trace_text(view);
    add_remarks(fit, result);
    if (options_.repeat > 1) repeat(result);
    const std::vector<std::string>& expect = result.input.text.expect;
    result.expected = std::ranges::find(expect, oracle::name(result.verdict)) != expect.end();
    if (result.expected) {
      result.remarks.insert(result.remarks.begin(), "as expected");
    } else if (!expect.empty()) {
      result.remarks.insert(result.remarks.begin(),
                            fmt::format("expected {}", fmt::join(expect, " or ")));
    }
    return result;
  }

  void add_remarks(const Fit& fit, Result& result) {
    const int operations = result.test_case.program.operations();
    const int skipped = skipped_operations(session_.runner().view());
    if (operations == 0) result.remarks.emplace_back("no operations");
    if (skipped > 0) {
      result.remarks.push_back(fmt::format("{} of {} operations skipped", skipped, operations));
    }
    if (fit.diverged) result.remarks.emplace_back("the choices were made for another run");
    if (fit.left_over > 0 && !fit.diverged) {
      result.remarks.push_back(
          fmt::format("the last {} choices were not asked for", fit.left_over));
    }
  }

  void repeat(Result& result) {
    const std::string difference =
        explore::differs_when_repeated(session_.runner(), result.test_case, options_.repeat);
    if (difference.empty()) return;
    result.verdict = Verdict::kHarness;
    result.sentence = "not deterministic: " + difference;
  }

  void show(const Result& result) {
    std::string line = fmt::format("{}  {}", oracle::name(result.verdict), result.input.name);
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

  void add_json(const Result& result) {
    ordered_json run = {
        {"file", result.input.name}, {"as_expected", result.good()}, {"remarks", result.remarks}};
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
  std::optional<choice::ChoiceSequence> choices_;
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
      ->required();
  add_slot_option(*command, *options);
  command->add_option("--choices", options->choices, "Run under these choices (v1:...)");
  CLI::Option* const bytes =
      command->add_flag("--bytes", options->bytes, "Take all files for a fuzzer's bytes");
  command->add_flag("--text", options->text, "Take all files for text")->excludes(bytes);
  command->add_option("--repeat", options->repeat, "Run this often; all runs must be equal")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N");
  command->add_flag("--trace", options->trace, "Print every event");
  command->add_flag("--verbose", options->verbose, "Draw every run, with all its events");
  add_json_option(*command, *options);
  add_color_option(*command, *options);
  command->footer(
      "Exit code: 0 if each file passes or gets a verdict that it expects, else that of the first\n"
      "verdict that does not (`slotproof verdicts`).");
  command->callback(
      [options, &action] { action = [options] { return RunCommand(*options).run(); }; });
}

}  // namespace slotproof::cli
