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
#include "explore/black_box.h"
#include "program/text.h"
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
  bool list = false;
};

// kTrouble: it is not kept, which is not the slot's part either.
enum class Outcome : std::uint8_t { kHolds, kBroken, kNotApplicable, kTrouble, kUntested };

Outcome outcome_of(const Audited& audited, const world::Features& features) {
  if (!audited.findings.empty()) {
    return audited.clause->binds(features) ? Outcome::kBroken : Outcome::kTrouble;
  }
  if (audited.endless) return Outcome::kUntested;
  return audited.tested == 0 ? Outcome::kNotApplicable : Outcome::kHolds;
}

std::string_view name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kHolds: return "holds";
    case Outcome::kBroken: return "broken";
    case Outcome::kNotApplicable: return "not applicable";
    case Outcome::kTrouble: return "trouble";
    case Outcome::kUntested: return "untested";
  }
  return {};
}

ordered_json json_of(const Clause& clause) {
  return {{"clause", clause.name},
          {"reach", explore::name(clause.reach)},
          {"promise", clause.promise},
          {"hazard", clause.hazard}};
}

// Each clause in a child of its own, so that a slot which takes the process down while it is held
// to one is still held to the others.
class AuditCommand {
 public:
  explicit AuditCommand(const AuditOptions& options) : options_(options) {}

  int run() {
    ordered_json list = ordered_json::array();
    for (const Clause& clause : explore::clauses()) {
      const auto is_it = [&](const std::string& name) { return name == clause.name; };
      if (!options_.names.empty() && std::ranges::none_of(options_.names, is_it)) continue;
      ordered_json told = options_.list ? json_of(clause) : supervise_clause(clause);
      if (ended_ != 0) return ended_;
      if (!options_.json) put(text_of(told));
      list.push_back(std::move(told));
    }
    if (options_.json) {
      put_json({{"schema_version", report::kSchemaVersion},
                {"command", "audit"},
                {"exit_code", exit_code_},
                {"slot", options_.slot},
                {"seed", options_.seed},
                {"clauses", std::move(list)}});
    }
    return exit_code_;
  }

 private:
  ordered_json supervise_clause(const Clause& clause) {
    const auto keeps = [&](const program::Program& p) { return explore::keeps_to(clause, p); };
    const Supervised whole = supervise(options_, [&] { return answer(clause, kNoLimit); }, keeps);
    if (whole.ended()) ended_ = 128 + whole.end.signal;
    if (whole.end.death.empty()) return judged(ordered_json::parse(whole.end.output));
    if (whole.death) {
      // What there is to say of the programs before the one that it dies of.
      const Supervised part =
          supervise(options_, [&] { return answer(clause, whole.death->counted); });
      if (part.end.death.empty()) {
        ordered_json told = ordered_json::parse(part.end.output);
        told["findings"].push_back(finding_of(clause, *whole.death));
        told["outcome"] = name(told["binds"].get<bool>() ? Outcome::kBroken : Outcome::kTrouble);
        return judged(std::move(told));
      }
    }
    if (ended_ == 0) {
      note(fmt::format("{}: the process {}, and not once more", clause.name, whole.end.death));
      exit_code_ = oracle::exit_code(oracle::Verdict::kHarness);
    }
    ordered_json told = json_of(clause);
    told["outcome"] = name(Outcome::kUntested);
    for (const char* count : {"programs", "executions", "incomplete", "runs", "tested"}) {
      told[count] = 0;
    }
    told["findings"] = ordered_json::array();
    return told;
  }

  // Takes notice of the verdicts; or of an exit code, which ends the command.
  ordered_json judged(ordered_json told) {
    if (told.is_number()) {
      ended_ = told;
      return {};
    }
    if (told["outcome"] == name(Outcome::kBroken) && exit_code_ == 0) {
      exit_code_ = told["findings"][0]["exit_code"];
    }
    told.erase("binds");
    return told;
  }

  // In the child: what it says, as JSON, or the exit code of what it threw.
  std::string answer(const Clause& clause, std::uint64_t limit) const {
    ordered_json told;
    const int code = answer_of([&] {
      told = hold_to(clause, limit);
      return 0;
    });
    if (code != 0) told = code;
    return told.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  }

  // Up to that program, and all that there is to say of it.
  ordered_json hold_to(const Clause& clause, std::uint64_t limit) const {
    Session session(options_);
    const Audited audited = search(session, clause, limit);
    const world::Features& features = session.runner().features();
    ordered_json told = json_of(clause);
    told["outcome"] = name(outcome_of(audited, features));
    told["programs"] = audited.programs;
    told["executions"] = audited.executions;
    told["incomplete"] = audited.incomplete;
    told["runs"] = audited.runs;
    told["tested"] = audited.tested;
    told["binds"] = clause.binds(features);
    told["findings"] = ordered_json::array();
    for (const explore::Finding& finding : audited.findings) {
      told["findings"].push_back(finding_of(session, clause, finding));
    }
    return told;
  }

  Audited search(Session& session, const Clause& clause, std::uint64_t limit) const {
    const LastWords words(
        fmt::format("\nslotproof died while it held {} to the clause {}\n\nslotproof audit --slot "
                    "{} --seed {} --runs {} --clause {}\n",
                    options_.slot, clause.name, report::shell_word(options_.slot), options_.seed,
                    options_.runs, clause.name));
    ProgressLine progress(fmt::format("programs for {}", clause.name));
    return explore::audit(session.runner(), clause, options_.seed, options_.runs,
                          [&](std::uint64_t programs) {
                            explore::BlackBox::instance().count();
                            progress.show(programs);
                            return programs + 1 != limit;
                          });
  }

  std::string file_of(const Clause& clause, oracle::Verdict verdict) const {
    return fmt::format("{}/{}-{}.slot", options_.output, clause.name, oracle::name(verdict));
  }

  // Keeps the finding, and says what there is to say of it.
  ordered_json finding_of(Session& session, const Clause& clause,
                          const explore::Finding& finding) const {
    const std::string file = file_of(clause, finding.judgement.verdict);
    save_reproducer(session, finding.test_case, file);
    const std::string replay = report::replay_command(options_.slot, file);
    ordered_json one = {{"verdict", oracle::name(finding.judgement.verdict)},
                        {"exit_code", oracle::exit_code(finding.judgement.verdict)},
                        {"sentence", finding.judgement.sentence},
                        {"replay", replay}};
    if (options_.json) {
      one = failure_json(session, finding.test_case, replay);
      one["report"] = describe_failure(session, finding.test_case, {.replay = replay});
    }
    one["file"] = printable(file);
    one["operations"] = finding.test_case.program.operations();
    return one;
  }

  ordered_json finding_of(const Clause& clause, const Death& death) const {
    const KeptFinding kept = keep_death(options_, death, file_of(clause, oracle::Verdict::kCrash));
    ordered_json one = death_json(death, kept);
    one["report"] = fmt::format("crash: {}\n\n{}\n{}\n", death.sentence,
                                program::print({death.test_case, {}, {}}), kept.replay);
    one["file"] = printable(kept.file);
    one["operations"] = death.test_case.program.operations();
    return one;
  }

  std::string text_of(const ordered_json& told) const {
    std::string text;
    if (!options_.list) text += fmt::format("{:<14}  ", told["outcome"].get<std::string_view>());
    text += fmt::format("{:<13}  {:<16}  {}\n", told["reach"].get<std::string_view>(),
                        told["clause"].get<std::string_view>(),
                        told["promise"].get<std::string_view>());
    if (options_.list) return text;
    for (const ordered_json& finding : told["findings"]) {
      text += fmt::format(
          "    {}: {}\n    {} operations: {}\n", finding["verdict"].get<std::string_view>(),
          finding["sentence"].get<std::string_view>(), finding["operations"].get<int>(),
          finding["replay"].get<std::string_view>());
    }
    return text;
  }

  static constexpr std::uint64_t kNoLimit = 0;

  const AuditOptions& options_;
  int exit_code_ = 0;
  int ended_ = 0;  // the exit code, once nobody wants it to go on
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
  add_seed_option(*command, options->seed);
  command->add_option("-o,--output", options->output, "The folder where findings are kept")
      ->type_name("FOLDER")
      ->capture_default_str();
  std::vector<std::string> names;
  for (const Clause& clause : explore::clauses()) names.emplace_back(clause.name);
  command->add_option("--clause", options->names, "Only these clauses")
      ->check(CLI::IsMember(names).description(""))
      ->type_name("NAME...");
  command->add_flag("--list", options->list, "Only say which clauses there are");
  add_slot_option(*command, *options);
  add_json_option(*command, *options);
  command->footer(
      "Each clause is put to the test by every execution of every program of one thread with up "
      "to\n"
      "four of its operations, and of two threads with up to two each, then by random programs.\n"
      "It holds, is broken, or does not apply because the slot lacks what it speaks of; it is\n"
      "untested if too many runs did not end.\n"
      "How one gets there is said: `protocol`, by keeping to the protocol of callers; `calls`, by\n"
      "single calls that keep all promises; `misuse`, by calls that a slot may undertake to "
      "refuse;\n"
      "`promises`, by breaking one; `free-threaded`, in a Python without a GIL. Trouble is what\n"
      "happens where it is not the slot's part to prevent it.\n"
      "Exit code: 0, or that of the first verdict against the slot (`slotproof verdicts`).");
  command->callback(
      [options, &action] { action = [options] { return AuditCommand(*options).run(); }; });
}

}  // namespace slotproof::cli
