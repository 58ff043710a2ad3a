// slotproof weaken: which memory orders of a slot could be weaker, and what shows that others could
// not.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/failure.h"
#include "cli/input.h"
#include "cli/last_words.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/supervise.h"
#include "explore/weaken.h"
#include "report/json.h"

namespace slotproof::cli {
namespace {

using explore::AtomicSite;
using explore::Orders;
using explore::Trial;
using explore::Weakened;
using nlohmann::ordered_json;

struct WeakenOptions : Options {
  std::vector<std::string> names;
  explore::Limits limits{.executions = 100'000, .bounds = {}};
  int operations = 2;
  std::string output = "findings";
};

std::string_view name(machine::AtomicKind kind) {
  switch (kind) {
    case machine::AtomicKind::kLoad: return "load";
    case machine::AtomicKind::kStore: return "store";
    case machine::AtomicKind::kRmw: return "read-modify-write";
    case machine::AtomicKind::kCompareExchange: return "compare-exchange";
    case machine::AtomicKind::kFence: return "fence";
  }
  return {};
}

// "lib/a.h:95:7" -> the text of that line; empty where there is no such file from here.
std::string source_line(const std::string& place) {
  const std::size_t colon = place.find(':');
  if (colon == std::string::npos) return {};
  std::ifstream file(place.substr(0, colon));
  std::string line;
  for (int left = std::atoi(place.c_str() + colon + 1); left > 0; --left) {
    if (!std::getline(file, line)) return {};
  }
  const std::size_t first = line.find_first_not_of(' ');
  return first == std::string::npos ? std::string() : line.substr(first);
}

// Those of the orders that pass, the source's included, than which none that passes is weaker.
std::vector<std::string> weakest(const Weakened& weakened) {
  std::vector<Orders> passing = {weakened.site.orders};
  for (const Trial& trial : weakened.trials) {
    if (!trial.finding) passing.push_back(trial.orders);
  }
  std::vector<std::string> words;
  for (const Orders& orders : passing) {
    const auto beats = [&](const Orders& other) { return explore::is_weaker(other, orders); };
    if (std::ranges::none_of(passing, beats)) words.push_back(explore::print(orders));
  }
  return words;
}

class WeakenCommand {
 public:
  explicit WeakenCommand(const WeakenOptions& options) : options_(options), session_(options) {
    session_.watch_orders();
    suite_ =
        explore::weakening_suite(session_.runner().features(), options.rules, options.operations);
    if (options.names.empty()) return;
    for (const std::string& file : expand(options.names, Files::kCases)) {
      suite_.push_back(read_input(file, Form::kAny, session_.language()).text.test_case.program);
    }
  }

  int run() {
    const explore::Weakening result = weaken();
    if (result.finding) return report_as_it_is(*result.finding);
    ordered_json sites = ordered_json::array();
    for (const Weakened& weakened : result.sites) {
      options_.json ? sites.push_back(json_of(weakened)) : show(weakened);
    }
    if (options_.json) {
      put_json({{"schema_version", report::kSchemaVersion},
                {"command", "weaken"},
                {"slot", session_.slot()},
                {"programs", suite_.size()},
                {"executions", result.executions},
                {"incomplete", result.incomplete},
                {"sites", std::move(sites)}});
      return 0;
    }
    put(fmt::format("{} programs, {} executions as it is", suite_.size(), result.executions));
    if (result.incomplete == 0) return put("\n"), 0;
    put(fmt::format("; of {} programs there are more than {}, the rest of which was left out\n",
                    result.incomplete, options_.limits.executions));
    return 0;
  }

 private:
  explore::Weakening weaken() {
    const LastWords words(
        fmt::format("\nslotproof died while it weakened the orders of {}\n", session_.slot()));
    ProgressLine progress("executions");
    return explore::weaken(
        session_.runner(), session_.sites(), suite_, options_.limits,
        [&](const AtomicSite& site, const Trial& trial) {
          if (trial.finding) keep(site, trial);
        },
        [&](std::uint64_t executions) { progress.show(executions); });
  }

  std::string file_of(const AtomicSite& site, const Trial& trial) const {
    std::string stem = fmt::format("{}-{}", site.place.substr(site.place.rfind('/') + 1),
                                   explore::print(trial.orders));
    std::ranges::replace_if(stem, [](char c) { return c == ':' || c == '/'; }, '-');
    return fmt::format("{}/{}-{}.slot", options_.output, stem,
                       oracle::name(trial.finding->judgement.verdict));
  }

  // How to run what fails. The order in question is not that of the source.
  std::string replay(const AtomicSite& site, const Trial& trial) const {
    return replay_command(session_, file_of(site, trial), order_option(site.place, trial.orders));
  }

  void keep(const AtomicSite& site, const Trial& trial) {
    save_reproducer(session_, trial.finding->test_case, file_of(site, trial),
                    order_option(site.place, trial.orders));
  }

  void show(const Weakened& weakened) {
    const AtomicSite& site = weakened.site;
    std::string text = fmt::format("{}  {} in {}\n", site.place, name(site.kind), site.function);
    if (const std::string line = source_line(site.place); !line.empty()) {
      text += fmt::format("    {}\n", line);
    }
    text += fmt::format("    source {}, weakest that passes {}\n", explore::print(site.orders),
                        fmt::join(weakest(weakened), " or "));
    for (const Trial& trial : weakened.trials) {
      const std::string orders = explore::print(trial.orders);
      if (trial.finding) {
        text += fmt::format("    {} fails: {}: {}\n      {}\n", orders,
                            oracle::name(trial.finding->judgement.verdict),
                            trial.finding->judgement.sentence, replay(site, trial));
      } else {
        text += fmt::format(
            "    {} passes: {} programs, {} executions{}\n", orders, trial.programs,
            trial.executions,
            trial.incomplete == 0 ? "" : fmt::format(", {} programs cut short", trial.incomplete));
      }
    }
    put(text + "\n");
  }

  ordered_json json_of(const Weakened& weakened) {
    const AtomicSite& site = weakened.site;
    ordered_json trials = ordered_json::array();
    for (const Trial& trial : weakened.trials) {
      ordered_json one = {{"orders", explore::print(trial.orders)},
                          {"passes", !trial.finding},
                          {"programs", trial.programs},
                          {"executions", trial.executions},
                          {"incomplete", trial.incomplete},
                          {"failure", nullptr}};
      if (trial.finding) {
        one["failure"] = {{"verdict", oracle::name(trial.finding->judgement.verdict)},
                          {"sentence", trial.finding->judgement.sentence},
                          {"operations", trial.finding->test_case.program.operations()},
                          {"file", printable(file_of(site, trial))},
                          {"replay", replay(site, trial)}};
      }
      trials.push_back(std::move(one));
    }
    return {{"place", site.place},
            {"function", site.function},
            {"kind", name(site.kind)},
            {"line", source_line(site.place)},
            {"source", explore::print(site.orders)},
            {"weakest", weakest(weakened)},
            {"trials", std::move(trials)}};
  }

  int report_as_it_is(const explore::Finding& finding) {
    const oracle::Verdict verdict = finding.judgement.verdict;
    const std::string file = default_file(finding.test_case.program, oracle::name(verdict));
    const std::string replay = replay_command(session_, file);
    save_reproducer(session_, finding.test_case, file);
    note(fmt::format("{} fails as it is, so that there is nothing to weaken: {}", session_.slot(),
                     replay));
    return oracle::exit_code(verdict);
  }

  const WeakenOptions& options_;
  Session session_;
  std::vector<program::Program> suite_;
};

}  // namespace

void add_weaken(CLI::App& app, Action& action) {
  CLI::App* const command =
      app.add_subcommand("weaken", "Say which memory orders of a slot could be weaker");
  const auto options = std::make_shared<WeakenOptions>();
  command
      ->add_option("FILE", options->names,
                   "More programs to run, beside the small ones that are built in")
      ->type_name("");
  command
      ->add_option("--ops", options->operations,
                   "Operations of each thread at most, in what is built in")
      ->check(CLI::Range(1, 4).description(""))
      ->type_name("N")
      ->capture_default_str();
  command
      ->add_option("--executions", options->limits.executions, "Executions of each program at most")
      ->check(CLI::PositiveNumber.description(""))
      ->type_name("N")
      ->capture_default_str();
  command->add_option("-o,--output", options->output, "The folder where findings are kept")
      ->type_name("FOLDER")
      ->capture_default_str();
  add_slot_option(*command, *options);
  add_gil_option(*command, *options);
  add_json_option(*command, *options);
  command->footer(
      "Each atomic operation of the slot's source, with each weaker order that it may have, the\n"
      "others as they are: what passes may be too much all the same if two are weakened at once.\n"
      "Exit code: 0, or, if the slot fails as it is, that of the verdict (`slotproof verdicts`).");
  command->callback([options, &action] {
    action = supervised(*options, [options] { return WeakenCommand(*options).run(); });
  });
}

}  // namespace slotproof::cli
