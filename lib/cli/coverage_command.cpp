// slotproof coverage: which calls of a slot have been seen in which states.
#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/file_run.h"
#include "cli/input.h"
#include "cli/last_words.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/supervise.h"
#include "explore/guidance.h"
#include "explore/search.h"
#include "oracle/cells.h"
#include "report/json.h"
#include "report/reproducer.h"

namespace slotproof::cli {
namespace {

using nlohmann::ordered_json;
using oracle::Cell;
using oracle::Verdict;

struct CoverageOptions : Options {
  std::vector<std::string> names;
  std::uint64_t runs = 100'000;
  std::uint64_t seed = 1;
};

constexpr int kColumns = oracle::kAbstractStates / 2;  // the same for hermetic callers
// The order of oracle::abstract_states().
constexpr std::array<std::string_view, kColumns> kHeadings = {
    "none",    "mine", "mine p", "mine P", "other", "other p",
    "other P", "none", "tag",    "tag p",  "tag P"};

std::string cell_text(const oracle::Cells& cells, const Cell& cell) {
  if (cells.hits(cell) != 0) return fmt::format("{}", cells.hits(cell));
  return oracle::reachable(cell) ? "-" : ".";
}

// One half of the table: callers that are hermetic or not.
std::string half_table(const oracle::Cells& cells, bool hermetic) {
  constexpr std::size_t kName = 16;
  constexpr std::size_t kAttached = 7;  // columns of callers that are attached
  const int first = hermetic ? kColumns : 0;
  std::array<std::size_t, kColumns> widths{};
  for (int c = 0; c < kColumns; ++c) {
    widths[c] = kHeadings[c].size();
    for (int o = 0; o < oracle::kCellOperations; ++o) {
      widths[c] = std::max(widths[c], cell_text(cells, {o, first + c}).size());
    }
  }
  std::size_t attached = 0;
  for (std::size_t c = 0; c < kAttached; ++c) attached += widths[c] + 2;
  std::string text = fmt::format("{:<{}}  {:<{}}{}\n{:<{}}", hermetic ? "hermetic" : "not hermetic",
                                 kName, "attached", attached, "detached", "", kName);
  for (int c = 0; c < kColumns; ++c) text += fmt::format("  {:>{}}", kHeadings[c], widths[c]);
  text += "\n";
  for (int o = 0; o < oracle::kCellOperations; ++o) {
    text += fmt::format("{:<{}}", oracle::kCellOperationNames[o], kName);
    for (int c = 0; c < kColumns; ++c) {
      text += fmt::format("  {:>{}}", cell_text(cells, {o, first + c}), widths[c]);
    }
    text += "\n";
  }
  return text;
}

ordered_json cell_json(const oracle::Cells& cells, const Cell& cell) {
  const oracle::AbstractState& state = oracle::abstract_states()[cell.state];
  return {{"operation", oracle::kCellOperationNames[cell.operation]},
          {"tag", oracle::kSeenTagNames[static_cast<std::size_t>(state.tag)]},
          {"object", oracle::kSeenObjectNames[static_cast<std::size_t>(state.object)]},
          {"hermetic", state.hermetic},
          {"reachable", oracle::reachable(cell)},
          {"hits", cells.hits(cell)}};
}

class CoverageCommand {
 public:
  explicit CoverageCommand(const CoverageOptions& options)
      : options_(options), session_(options), files_(expand(options.names, Files::kCases)) {}

  int run() {
    for (const std::string& file : files_) {
      const FileRun result = run_file(session_, file, {});
      // The program that the runner saw was the function's own.
      const report::RunView run = session_.runner().view();
      observe({result.test_case.program, run.choices, run.machine, run.world, run.executor,
               run.judgement});
      if (!result.good()) blame(result.verdict, result.name + ": " + result.sentence);
    }
    search();
    options_.json ? show_json() : show();
    return exit_code_;
  }

 private:
  void observe(const report::RunView& run) {
    ++runs_;
    if (run.judgement.verdict != Verdict::kPass) return;
    ++passed_;
    cells_.add(run.world);
    explore::count(run, features_);
  }

  void blame(Verdict verdict, std::string_view what) {
    note(fmt::format("{}: {}", oracle::name(verdict), what));
    if (exit_code_ == 0) exit_code_ = oracle::exit_code(verdict);
  }

  void search() {
    const LastWords words(fmt::format(
        "\nslotproof died in the middle of this:\n\nslotproof random --slot {}{} --seed {} --runs "
        "{}\n",
        report::shell_word(session_.slot()), rules_options(options_.rules), options_.seed,
        options_.runs));
    ProgressLine progress("runs");
    const auto show_progress = [&](std::uint64_t runs) {
      progress.show(runs);
      return true;
    };
    const explore::SearchResult result = explore::random_search(
        session_.runner(), nullptr, options_.seed, options_.runs, show_progress,
        [&](const auto& runner) { observe(runner.view()); }, options_.rules);
    if (!result.finding) return;
    const oracle::Judgement& judgement = result.finding->judgement;
    blame(judgement.verdict, fmt::format("run {} of seed {}: {}", result.finding->run,
                                         options_.seed, judgement.sentence));
  }

  void show() const {
    put(half_table(cells_, false) + "\n" + half_table(cells_, true));
    put(fmt::format("\n{} of {} cells hit, by {} runs that passed, of {}; {} features\n",
                    cells_.reached(), oracle::reachable_cells(), passed_, runs_, features()));
  }

  std::ptrdiff_t features() const { return std::ranges::count(features_, 1); }

  void show_json() const {
    ordered_json cells = ordered_json::array();
    for (int o = 0; o < oracle::kCellOperations; ++o) {
      for (int s = 0; s < oracle::kAbstractStates; ++s) cells.push_back(cell_json(cells_, {o, s}));
    }
    put_json({{"schema_version", report::kSchemaVersion},
              {"command", "coverage"},
              {"exit_code", exit_code_},
              {"seed", options_.seed},
              {"runs", runs_},
              {"passed", passed_},
              {"reachable", oracle::reachable_cells()},
              {"hit", cells_.reached()},
              {"features", features()},
              {"cells", std::move(cells)}});
  }

  const CoverageOptions& options_;
  Session session_;
  std::vector<std::string> files_;
  oracle::Cells cells_;
  std::array<std::uint8_t, explore::kCounters> features_{};
  std::uint64_t runs_ = 0;
  std::uint64_t passed_ = 0;
  int exit_code_ = 0;
};

}  // namespace

void add_coverage(CLI::App& app, Action& action) {
  CLI::App* const command =
      app.add_subcommand("coverage", "Count which calls met which states of a slot");
  const auto options = std::make_shared<CoverageOptions>();
  command
      ->add_option("INPUT", options->names,
                   "Programs to run first, as text or as a fuzzer's bytes; folders")
      ->type_name("");
  command->add_option("--runs", options->runs, "How many random programs then")
      ->type_name("N")
      ->capture_default_str();
  add_seed_option(*command, options->seed);
  add_slot_option(*command, *options);
  add_rules_options(*command, *options);
  add_json_option(*command, *options);
  command->footer(
      "A row is a call, a column the state that it meets, as its caller sees it: no tag, the\n"
      "caller's own, another's (for a detached caller: any); p: with an object, P: with one that\n"
      "the slot owns. A dot stands where no program gets, a dash where none of these got.\n"
      "Features are what else guides fuzzers: calls by state and outcome, operations that follow\n"
      "one another, who read whose store, where threads were preempted.\n"
      "Exit code: 0, or that of the first verdict against the slot (`slotproof verdicts`); a\n"
      "search ends there.");
  command->callback([options, &action] {
    action = supervised(*options, [options] { return CoverageCommand(*options).run(); });
  });
}

}  // namespace slotproof::cli
