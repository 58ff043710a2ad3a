// slotproof litmus: what the machine's memory model allows, test by test.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/input.h"
#include "cli/options.h"
#include "cli/output.h"
#include "litmus/parse.h"
#include "litmus/simulation.h"
#include "machine/machine.h"
#include "report/json.h"

namespace slotproof::cli {
namespace {

using nlohmann::ordered_json;

constexpr int kNotAsItSays = 1;

struct LitmusOptions : Options {
  std::vector<std::string> names;
  std::uint64_t most = 300'000;
};

struct Row {
  std::string file;
  litmus::Test test;
  litmus::Exploration exploration;
  litmus::Judgement judgement;
};

litmus::Test read_test(const std::string& file) {
  const std::string content = read_content(file);
  const std::string name = file == "-" ? "standard input" : printable(file);
  try {
    return litmus::parse(content);
  } catch (const litmus::ParseError& error) {
    throw UserError(fmt::format("{}:{}:{}: {}", name, error.line, error.column, error.what()));
  }
}

// herd7's word for how the condition fared.
std::string_view observation(const litmus::Exploration& exploration) {
  if (exploration.satisfying == 0) return "never";
  return exploration.satisfying == exploration.executions ? "always" : "sometimes";
}

std::string states_of(const Row& row) {
  const std::size_t observed = row.exploration.states.size() - row.judgement.forbidden.size();
  if (!row.test.states) return fmt::format("{} of ?", row.exploration.states.size());
  return fmt::format("{} of {}", observed, row.test.states->size());
}

std::string sequences_of(const Row& row) {
  return row.exploration.plain_complete ? fmt::format("{}", row.exploration.sequences) : "many";
}

ordered_json texts(const litmus::Test& test, const litmus::States& states) {
  ordered_json list = ordered_json::array();
  for (const litmus::State& state : states) list.push_back(litmus::print(test, state));
  return list;
}

ordered_json json(const Row& row) {
  return {
      {"file", row.file},
      {"name", row.test.name},
      {"good", row.judgement.good()},
      {"executions", row.exploration.executions},
      {"choice_sequences",
       row.exploration.plain_complete ? ordered_json(row.exploration.sequences) : ordered_json()},
      {"complete", row.judgement.complete},
      {"condition", row.test.condition_text},
      {"observation", observation(row.exploration)},
      {"condition_holds", row.judgement.condition_holds},
      {"reduction_misses", texts(row.test, row.exploration.unseen)},
      {"observed", texts(row.test, row.exploration.states)},
      {"allowed", row.test.states ? texts(row.test, *row.test.states) : ordered_json()},
      {"forbidden", texts(row.test, row.judgement.forbidden)},
      {"missing", texts(row.test, row.judgement.missing)}};
}

std::string line(const Row& row, std::size_t width) {
  std::string text = fmt::format("{:<4}  {:<{}}  {:>10}  {:>9}  {:>8}  {:<9}  {}\n",
                                 row.judgement.good() ? "ok" : "FAIL", row.test.name, width,
                                 row.exploration.executions, sequences_of(row), states_of(row),
                                 observation(row.exploration), row.test.condition_text);
  // The answer about the condition is worth nothing then, and no list of states says so.
  for (const litmus::State& state : row.exploration.states) {
    if (row.test.states || state.halt == machine::Halt::kFinished) continue;
    text += fmt::format("      some executions end so: {}\n", litmus::print(row.test, state));
  }
  for (const litmus::State& state : row.judgement.forbidden) {
    text += fmt::format("      observed and not allowed: {}\n", litmus::print(row.test, state));
  }
  for (const litmus::State& state : row.judgement.missing) {
    text += fmt::format("      allowed and not observed: {}\n", litmus::print(row.test, state));
  }
  if (!row.judgement.condition_holds) text += "      the condition does not hold\n";
  for (const litmus::State& state : row.exploration.unseen) {
    text +=
        fmt::format("      met by the plain search alone: {}\n", litmus::print(row.test, state));
  }
  if (!row.judgement.complete) text += "      not all executions (--most)\n";
  return text;
}

int run_tests(const LitmusOptions& options) {
  std::vector<Row> rows;
  std::size_t width = 4;
  for (const std::string& file : expand(options.names, Files::kLitmus)) {
    rows.push_back({file, read_test(file), {}, {}});
    width = std::max(width, rows.back().test.name.size());
  }
  if (!options.json) {
    put(fmt::format("{:<4}  {:<{}}  {:>10}  {:>9}  {:>8}  {:<9}  {}\n", "", "test", width,
                    "executions", "sequences", "states", "observed", "condition"));
  }
  machine::Machine machine;
  ordered_json list = ordered_json::array();
  std::size_t bad = 0;
  std::uint64_t executions = 0;
  for (Row& row : rows) {
    row.exploration = litmus::explore(machine, row.test, options.most);
    row.judgement = litmus::judge(row.test, row.exploration);
    executions += row.exploration.executions;
    if (!row.judgement.good()) ++bad;
    if (options.json) {
      list.push_back(json(row));
    } else {
      put(line(row, width));
    }
  }
  const int exit_code = bad == 0 ? 0 : kNotAsItSays;
  if (options.json) {
    put_json({{"schema_version", report::kSchemaVersion},
              {"command", "litmus"},
              {"exit_code", exit_code},
              {"tests", std::move(list)}});
  } else {
    put(fmt::format("{} of {} tests are as they say, {} executions\n", rows.size() - bad,
                    rows.size(), executions));
  }
  return exit_code;
}

}  // namespace

void add_litmus(CLI::App& app, Action& action) {
  CLI::App* const command =
      app.add_subcommand("litmus", "Compare the machine's memory model with litmus tests");
  const auto options = std::make_shared<LitmusOptions>();
  command
      ->add_option("FILE", options->names,
                   "Litmus tests in herd7's C format; - for standard input; folders")
      ->type_name("")
      ->required();
  command
      ->add_option("--most", options->most,
                   "Give up a test after this many executions, and the comparison\n"
                   "after this many sequences")
      ->check(CLI::PositiveNumber.description(""))
      ->type_name("N")
      ->capture_default_str();
  add_json_option(*command, *options);
  command->footer(
      "Every execution of each test is run, equivalent ones once; then, for comparison, all "
      "choice\n"
      "sequences, if there are not too many. Exit code: 0 if the states observed are exactly "
      "those\n"
      "that the test allows and its claim (~exists, forall) holds, 1 if not of some test.");
  command->callback([options, &action] { action = [options] { return run_tests(*options); }; });
}

}  // namespace slotproof::cli
