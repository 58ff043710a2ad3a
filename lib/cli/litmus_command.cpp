// slotproof litmus: what the machine's memory model allows, test by test.
#include <algorithm>
#include <memory>
#include <optional>
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
  bool trace = false;
};

struct Row {
  std::string file;
  litmus::Test test;
  litmus::Exploration exploration;
  litmus::Judgement judgement;
  std::vector<litmus::Trace> traces;  // --trace
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

// What the condition asks for, or what it says there is none of; and executions that go wrong.
std::vector<litmus::Trace> traces_of(machine::Machine& machine, const Row& row) {
  std::vector<litmus::Trace> traces;
  const auto add = [&](const auto& wanted) {
    if (std::optional<litmus::Trace> trace = litmus::trace_of(machine, row.test, wanted)) {
      traces.push_back(std::move(*trace));
    }
  };
  const litmus::Test& test = row.test;
  const bool holds = test.quantifier != litmus::Quantifier::kForall;
  if (row.exploration.satisfying != (holds ? 0 : row.exploration.executions)) {
    add([&](const litmus::State& s) { return litmus::holds(test.condition, s) == holds; });
  }
  for (const litmus::State& state : row.exploration.states) {
    if (state.halt == machine::Halt::kFinished && !row.judgement.forbidden.contains(state)) {
      continue;
    }
    const auto shown = [&](const litmus::Trace& trace) { return trace.state == state; };
    if (std::ranges::any_of(traces, shown)) continue;
    add([&](const litmus::State& s) { return s == state; });
  }
  return traces;
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

ordered_json json(const litmus::Test& test, const litmus::Trace& trace) {
  ordered_json events = ordered_json::array();
  for (std::size_t n = 0; n < trace.lines.size(); ++n) {
    const trace::Line& line = trace.lines[n];
    events.push_back(
        {{"event", n + 1},
         {"thread", trace.threads[n]},
         {"text", line.text},
         {"from", line.from == trace::Line::kNoSource ? ordered_json() : ordered_json(line.from)},
         {"at_fault", line.marked}});
  }
  return {{"state", litmus::print(test, trace.state)}, {"events", std::move(events)}};
}

ordered_json json(const Row& row, bool with_traces) {
  ordered_json document = {
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
  if (with_traces) {
    document["traces"] = ordered_json::array();
    for (const litmus::Trace& trace : row.traces) {
      document["traces"].push_back(json(row.test, trace));
    }
  }
  return document;
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
  for (const litmus::Trace& trace : row.traces) {
    text += fmt::format("\n   {}\n\n{}\n", litmus::print(row.test, trace.state), trace.picture);
  }
  return text;
}

int run_tests(const LitmusOptions& options) {
  std::vector<Row> rows;
  std::size_t width = 4;
  for (const std::string& file : expand(options.names, Files::kLitmus)) {
    rows.push_back({file, read_test(file), {}, {}, {}});
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
    if (options.trace) row.traces = traces_of(machine, row);
    executions += row.exploration.executions;
    if (!row.judgement.good()) ++bad;
    if (options.json) {
      list.push_back(json(row, options.trace));
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
  command->add_flag("--trace", options->trace,
                    "Below each test, the smallest execution that its condition asks for\n"
                    "or that breaks its claim, and the smallest with a data race or such");
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
