// slotproof explore: every execution of one program.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

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
#include "explore/exhaust.h"
#include "report/json.h"
#include "report/reproducer.h"

namespace slotproof::cli {
namespace {

using explore::Enumeration;
using explore::Exhausted;
using nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

struct ExploreOptions : Options {
  std::string program;
  explore::Limits limits;
  double seconds = 0;  // 0: no limit
  std::uint64_t plain = 20'000;
  std::string output;
  bool verbose = false;
};

class ExploreCommand {
 public:
  explicit ExploreCommand(const ExploreOptions& options)
      : options_(options),
        session_(options),
        input_(read_input(options.program, Form::kAny, session_.language())) {}

  int run() {
    const Exhausted found = explore(Enumeration::kReduced, options_.limits, "executions");
    if (found.diverged > 0) {
      limits_.push_back(fmt::format("{} runs did not do again what they had done", found.diverged));
    }
    if (found.finding) return report(found, {});
    std::optional<Exhausted> plain;
    if (found.complete && !options_.limits.bounds.any() && options_.plain > 0) {
      plain = explore(Enumeration::kPlain, {.executions = options_.plain, .bounds = {}},
                      "choice sequences");
    }
    return report(found, plain);
  }

 private:
  const program::Program& program() const { return input_.text.test_case.program; }

  std::string again() const {
    return fmt::format("slotproof explore --slot {}{} {}", report::shell_word(session_.slot()),
                       rules_options(options_.rules), report::shell_word(options_.program));
  }

  Exhausted explore(Enumeration enumeration, const explore::Limits& limits, const char* what) {
    const LastWords words(fmt::format("\nslotproof died in the middle of this:\n\n{}\n", again()));
    ProgressLine progress(what);
    const Clock::time_point begin = Clock::now();
    const auto go_on = [&](std::uint64_t executions) {
      progress.show(executions);
      const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
      if (options_.seconds == 0 || seconds < options_.seconds) return true;
      if (enumeration == Enumeration::kReduced) limits_.push_back("the time was over (--seconds)");
      return false;
    };
    Exhausted found = explore::exhaust(session_.runner(), program(), enumeration, limits, go_on);
    if (enumeration == Enumeration::kReduced && !found.complete && !found.finding &&
        limits_.empty() && found.diverged == 0) {
      limits_.push_back(
          fmt::format("there are more than {} runs (--executions)", limits.executions));
    }
    return found;
  }

  // What is claimed, in a word.
  std::string_view outcome(const Exhausted& found) const {
    if (found.finding) return oracle::name(found.finding->judgement.verdict);
    if (!found.complete) return "incomplete";
    return options_.limits.bounds.any() ? "bounded" : "proof";
  }

  int exit_code(const Exhausted& found, const std::optional<Exhausted>& plain) const {
    if (found.finding) return oracle::exit_code(found.finding->judgement.verdict);
    if (plain && plain->finding) return oracle::exit_code(oracle::Verdict::kHarness);
    return found.complete ? 0 : kIncomplete;
  }

  int report(const Exhausted& found, const std::optional<Exhausted>& plain) {
    const int code = exit_code(found, plain);
    const bool counted = plain && plain->complete;
    std::optional<KeptFinding> kept;
    if (found.finding) kept = keep_finding(session_, *found.finding, options_.output, again());
    if (options_.json) {
      put_json({{"schema_version", report::kSchemaVersion},
                {"command", "explore"},
                {"exit_code", code},
                {"slot", session_.slot()},
                {"outcome", outcome(found)},
                {"limits_reached", limits_},
                {"executions", found.executions},
                {"invalid", found.invalid},
                {"blocked", found.blocked},
                {"out_of_bounds", found.out_of_bounds},
                {"choice_sequences", counted ? ordered_json(plain->executions) : ordered_json()},
                {"file", kept ? ordered_json(printable(kept->file)) : ordered_json()},
                {"finding",
                 kept ? failure_json(session_, kept->test_case, kept->replay) : ordered_json()}});
      return code;
    }
    std::string line = fmt::format("{}  {} executions", outcome(found), found.executions);
    if (found.invalid > 0) line += fmt::format(", {} of them invalid", found.invalid);
    if (found.blocked > 0) line += fmt::format(", {} runs that led to none", found.blocked);
    if (found.out_of_bounds > 0) line += fmt::format(", {} out of bounds", found.out_of_bounds);
    if (counted) line += fmt::format("; {} choice sequences", plain->executions);
    if (plain && !plain->complete && !plain->finding) {
      line += fmt::format("; more than {} choice sequences", plain->executions);
    }
    put(line + "\n");
    for (const std::string& limit : limits_) put(fmt::format("  {}\n", limit));
    if (plain && plain->finding) {
      put("harness: the plain search finds what this one does not\n");
    }
    if (kept) {
      put(fmt::format("{}\n\n", printable(kept->file)));
      put(describe_failure(session_, kept->test_case,
                           {kept->replay, options_.verbose, use_colour(options_)}));
    }
    return code;
  }

  const ExploreOptions& options_;
  Session session_;
  Input input_;
  std::vector<std::string> limits_;  // that were reached, or why it is no proof otherwise
};

}  // namespace

void add_explore(CLI::App& app, Action& action) {
  CLI::App* const command = app.add_subcommand("explore", "Run a program in every execution");
  const auto options = std::make_shared<ExploreOptions>();
  command
      ->add_option("FILE", options->program,
                   "A program; its own choices do not matter. - for standard input")
      ->type_name("")
      ->required();
  command->add_option("--executions", options->limits.executions, "Give up after this many runs")
      ->type_name("N");
  command->add_option("--seconds", options->seconds, "Give up after this time")
      ->check(CLI::NonNegativeNumber.description(""))
      ->type_name("S");
  add_bounds_options(*command, options->limits.bounds);
  command
      ->add_option("--plain", options->plain,
                   "Compare with all choice sequences, if there are not more; 0: do not")
      ->type_name("N")
      ->capture_default_str();
  add_finding_option(*command, options->output);
  add_slot_option(*command, *options);
  add_rules_options(*command, *options);
  command->add_flag("--verbose", options->verbose, "Draw all events of a finding");
  add_json_option(*command, *options);
  add_color_option(*command, *options);
  command->footer(
      "Executions that differ in nothing a thread could see are run once. `proof`: there are no\n"
      "others, and none convicts the slot. `bounded`: the same, within the bounds. `incomplete`: "
      "a\n"
      "limit was reached, which is no proof of anything.\n"
      "Exit code: 0, 1 if incomplete, or that of the verdict (`slotproof verdicts`).");
  command->callback([options, &action] {
    action = supervised(*options, [options] { return ExploreCommand(*options).run(); });
  });
}

}  // namespace slotproof::cli
