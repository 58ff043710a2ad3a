// slotproof audit: what a slot keeps of all that is expected of slots.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/failure.h"
#include "cli/last_words.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/supervise.h"
#include "explore/audit.h"
#include "report/json.h"
#include "report/reproducer.h"

namespace slotproof::cli {
namespace {

using explore::Audited;
using explore::Clause;
using explore::Reach;
using nlohmann::ordered_json;

struct AuditOptions : Options {
  std::uint64_t runs = 50'000;
  std::uint64_t seed = 1;
  std::string output = "findings";
  std::vector<std::string> names;  // of clauses; none: all
};

// kTrouble: it is not kept, which is not the slot's part either.
enum class Outcome : std::uint8_t { kHolds, kBroken, kNotApplicable, kTrouble };

Outcome outcome_of(const Audited& audited, const world::Features& features) {
  if (audited.tested == 0) return Outcome::kNotApplicable;
  if (audited.findings.empty()) return Outcome::kHolds;
  return audited.clause->binds(features) ? Outcome::kBroken : Outcome::kTrouble;
}

std::string_view name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kHolds: return "holds";
    case Outcome::kBroken: return "broken";
    case Outcome::kNotApplicable: return "not applicable";
    case Outcome::kTrouble: return "trouble";
  }
  return {};
}

class AuditCommand {
 public:
  explicit AuditCommand(const AuditOptions& options) : options_(options), session_(options) {}

  int run() {
    ordered_json list = ordered_json::array();
    for (const Clause& clause : explore::clauses()) {
      const auto is_it = [&](const std::string& name) { return name == clause.name; };
      if (!options_.names.empty() && std::ranges::none_of(options_.names, is_it)) continue;
      const Audited audited = hold_to(clause);
      const Outcome outcome = outcome_of(audited, session_.runner().features());
      ordered_json findings = ordered_json::array();
      std::string text;
      for (const explore::Finding& finding : audited.findings) {
        if (outcome == Outcome::kBroken && exit_code_ == 0) {
          exit_code_ = oracle::exit_code(finding.judgement.verdict);
        }
        tell(clause, finding, findings, text);
      }
      list.push_back({{"clause", clause.name},
                      {"reach", explore::name(clause.reach)},
                      {"promise", clause.promise},
                      {"hazard", clause.hazard},
                      {"outcome", name(outcome)},
                      {"runs", audited.runs},
                      {"tested", audited.tested},
                      {"findings", std::move(findings)}});
      if (options_.json) continue;
      put(fmt::format("{:<14}  {:<13}  {:<16}  {}\n{}", name(outcome), explore::name(clause.reach),
                      clause.name, clause.promise, text));
    }
    if (options_.json) {
      put_json({{"schema_version", report::kSchemaVersion},
                {"command", "audit"},
                {"exit_code", exit_code_},
                {"slot", session_.slot()},
                {"seed", options_.seed},
                {"clauses", std::move(list)}});
    }
    return exit_code_;
  }

 private:
  Audited hold_to(const Clause& clause) {
    const LastWords words(
        fmt::format("\nslotproof died while it held {} to the clause {}\n\nslotproof audit --slot "
                    "{} --seed {} --runs {}\n",
                    session_.slot(), clause.name, report::shell_word(session_.slot()),
                    options_.seed, options_.runs));
    ProgressLine progress(fmt::format("programs for {}", clause.name));
    return explore::audit(session_.runner(), clause, options_.seed, options_.runs,
                          [&](std::uint64_t runs) {
                            progress.show(runs);
                            return true;
                          });
  }

  // Keeps the finding, and adds what there is to say of it.
  void tell(const Clause& clause, const explore::Finding& finding, ordered_json& json,
            std::string& text) {
    const auto verdict = oracle::name(finding.judgement.verdict);
    const std::string file = fmt::format("{}/{}-{}.slot", options_.output, clause.name, verdict);
    save_reproducer(session_, finding.test_case, file);
    const std::string replay = report::replay_command(session_.slot(), file);
    text += fmt::format("    {}: {}\n    {} operations: {}\n", verdict, finding.judgement.sentence,
                        finding.test_case.program.operations(), replay);
    if (!options_.json) return;
    ordered_json one = failure_json(session_, finding.test_case, replay);
    one["file"] = printable(file);
    one["operations"] = finding.test_case.program.operations();
    one["report"] = describe_failure(session_, finding.test_case, {.replay = replay});
    json.push_back(std::move(one));
  }

  const AuditOptions& options_;
  Session session_;
  int exit_code_ = 0;
};

}  // namespace

void add_audit(CLI::App& app, Action& action) {
  CLI::App* const command =
      app.add_subcommand("audit", "Hold a slot to all that is expected of slots");
  const auto options = std::make_shared<AuditOptions>();
  command->add_option("--runs", options->runs, "How many random programs for each clause")
      ->check(CLI::PositiveNumber.description(""))
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--seed", options->seed, "The same seed gives the same runs")
      ->type_name("N")
      ->capture_default_str();
  command->add_option("-o,--output", options->output, "The folder where findings are kept")
      ->type_name("FOLDER")
      ->capture_default_str();
  std::vector<std::string> names;
  for (const Clause& clause : explore::clauses()) names.emplace_back(clause.name);
  command->add_option("--clause", options->names, "Only these clauses")
      ->check(CLI::IsMember(names).description(""))
      ->type_name("NAME...");
  add_slot_option(*command, *options);
  add_json_option(*command, *options);
  command->footer(
      "A clause holds, is broken, or does not apply because the slot lacks what it speaks of.\n"
      "How one gets there is said: `protocol`, by keeping to the protocol of callers; `calls`, by\n"
      "single calls that keep all promises; `misuse`, by calls that a slot may undertake to "
      "refuse;\n"
      "`promises`, by breaking one; `free-threaded`, in a Python without a GIL. Trouble is what\n"
      "happens where it is not the slot's part to prevent it.\n"
      "Exit code: 0, or that of the first verdict against the slot (`slotproof verdicts`).");
  command->callback([options, &action] {
    action = supervised(*options, [options] { return AuditCommand(*options).run(); });
  });
}

}  // namespace slotproof::cli
