// slotproof explain: why a program fails.
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
#include "explore/explain.h"
#include "explore/identify.h"
#include "explore/mend.h"
#include "report/json.h"
#include "report/trace.h"
#include "report/why.h"
#include "report/words.h"

namespace slotproof::cli {
namespace {

using nlohmann::ordered_json;

struct ExplainOptions : Options {
  std::string file;
  std::uint64_t schedules = 1000;
  explore::Limits limits{.executions = 200'000, .bounds = {}};
};

std::string token(const choice::Choice& choice) {
  return fmt::format("{}{}", choice::letter(choice.kind), choice.answer);
}

std::string change_text(const explore::Strengthened& change) {
  return fmt::format("{} in {}: {} in the place of {}", change.site.place, change.site.function,
                     explore::print(change.orders), explore::print(change.site.orders));
}

// What was decided, in words.
std::string meaning(const report::RunView& run, const explore::Deviation& deviation) {
  if (deviation.event == machine::kNoEvent) return "what happens last";
  const machine::Event& next = run.machine.events()[deviation.event];
  const std::string thread = report::thread_name(next.thread);
  const std::string event = report::event_text(run, deviation.event);
  switch (deviation.choice.kind) {
    case choice::Kind::kThread:
      if (next.kind == machine::EventKind::kStart) {
        return fmt::format("{} begins, although another could go on", thread);
      }
      return fmt::format("{} goes on, with `{}`, although another could", thread, event);
    case choice::Kind::kStore:
      return fmt::format("`{}` of {} reads a store that is not the newest", event, thread);
    case choice::Kind::kPlace:
      return fmt::format("`{}` of {} takes effect before a store that was executed earlier", event,
                         thread);
    case choice::Kind::kSpurious:
      return fmt::format("`{}` of {} fails for no reason", event, thread);
  }
  return {};
}

class ExplainCommand {
 public:
  explicit ExplainCommand(const ExplainOptions& options) : options_(options), session_(options) {
    session_.watch_orders();
    failing_ = run_failing(session_, options.file, "explain");
    run_case(session_, failing_.test_case, failing_.replay);
  }

  int run() {
    const LastWords words(fmt::format("\nslotproof died while it looked for what this needs:\n{}\n",
                                      failing_.replay));
    explore::Runner& runner = session_.runner();
    why_ = report::why(runner.view());
    bug_ = explore::identify(runner, failing_.test_case);
    const explore::Wanted wanted = explore::shows(failing_.verdict, bug_);
    for (const explore::Deviation& d : explore::deviations_of(runner, failing_.test_case, wanted)) {
      deviations_.push_back({d, meaning(runner.view(), d)});
    }
    sequential_ = explore::without_weak_memory(runner, failing_.test_case, wanted,
                                               options_.schedules, options_.limits);
    {
      ProgressLine progress("executions");
      mending_ =
          explore::mend(runner, session_.sites(), failing_.test_case.program, options_.limits,
                        [&](std::uint64_t executions) { progress.show(executions); });
    }
    options_.json ? put_json(json()) : put(text());
    return oracle::exit_code(failing_.verdict);
  }

 private:
  struct Told {
    explore::Deviation deviation;
    std::string meaning;
  };

  std::string text() const {
    std::string text = fmt::format("{}\n\n{}\n\n", bug_.line, fmt::join(why_, "\n"));
    if (deviations_.empty()) {
      text += "It needs no special schedule: the threads run one after the other.\n";
    }
    for (const Told& told : deviations_) {
      text += fmt::format("Choice {} ({}): {}. Without it {}.\n", told.deviation.position,
                          token(told.deviation.choice), told.meaning,
                          told.deviation.necessary ? "it does not fail so: it is necessary"
                                                   : "it fails all the same");
    }
    return fmt::format("{}{}\n\n{}\n{}\n", text, sequential_text(), mending_text(),
                       failing_.replay);
  }

  std::string sequential_text() const {
    const explore::Exhausted& all = sequential_.all;
    if (sequential_.choices) {
      return fmt::format("It fails under sequential consistency too: choices {}",
                         sequential_.choices->print());
    }
    if (all.finding) {
      return fmt::format("Under sequential consistency it fails otherwise: {}: {}",
                         oracle::name(all.finding->judgement.verdict),
                         all.finding->judgement.sentence);
    }
    if (all.complete) {
      return fmt::format(
          "It takes weak memory: no sequentially consistent execution fails, and these are all {}.",
          all.executions);
    }
    return fmt::format(
        "It was not seen under sequential consistency: {} schedules, and {} executions, which are "
        "not all (--executions).",
        sequential_.schedules, all.executions);
  }

  std::string mending_text() const {
    if (!mending_.helps()) {
      return "No memory order mends it: it fails with all of them seq_cst.\n";
    }
    std::string text;
    const bool together = mending_.mends.size() == 1 && mending_.mends[0].changes.size() > 1;
    if (together) {
      text = "It takes several stronger memory orders at once:\n";
    } else {
      text = "A stronger memory order mends it; each of these alone does:\n";
    }
    for (const explore::Mend& mend : mending_.mends) {
      for (const explore::Strengthened& change : mend.changes) {
        text += fmt::format("  {}\n", change_text(change));
      }
      text += fmt::format("    passes in {} executions{}\n", mend.executions,
                          mend.complete ? ", and these are all" : ", which are not all");
    }
    return text;
  }

  ordered_json json() const {
    ordered_json deviations = ordered_json::array();
    for (const Told& told : deviations_) {
      deviations.push_back({{"position", told.deviation.position},
                            {"choice", token(told.deviation.choice)},
                            {"meaning", told.meaning},
                            {"necessary", told.deviation.necessary}});
    }
    const explore::Exhausted& all = sequential_.all;
    ordered_json mends = ordered_json::array();
    for (const explore::Mend& mend : mending_.mends) {
      ordered_json changes = ordered_json::array();
      for (const explore::Strengthened& change : mend.changes) {
        changes.push_back({{"place", change.site.place},
                           {"function", change.site.function},
                           {"source", explore::print(change.site.orders)},
                           {"orders", explore::print(change.orders)}});
      }
      mends.push_back({{"changes", std::move(changes)},
                       {"executions", mend.executions},
                       {"complete", mend.complete}});
    }
    return {{"schema_version", report::kSchemaVersion},
            {"command", "explain"},
            {"exit_code", oracle::exit_code(failing_.verdict)},
            {"verdict", oracle::name(failing_.verdict)},
            {"fingerprint", {{"hash", bug_.hash()}, {"line", bug_.line}, {"blame", bug_.blame}}},
            {"why", why_},
            {"needs",
             {{"deviations", std::move(deviations)},
              {"fails_under_sequential_consistency", sequential_.choices.has_value()},
              {"choices", sequential_.choices ? ordered_json(sequential_.choices->print())
                                              : ordered_json(nullptr)},
              {"runs", sequential_.schedules},
              {"executions", all.executions},
              {"weak_memory_is_proved", sequential_.is_excluded()},
              {"fails_otherwise", all.finding ? ordered_json(all.finding->judgement.sentence)
                                              : ordered_json(nullptr)}}},
            {"memory_orders",
             {{"help", mending_.helps()},
              {"executions", mending_.control.executions},
              {"mends", std::move(mends)}}},
            {"replay", failing_.replay}};
  }

  const ExplainOptions& options_;
  Session session_;
  Failing failing_;
  std::vector<std::string> why_;
  report::Fingerprint bug_;
  std::vector<Told> deviations_;
  explore::Sequential sequential_;
  explore::Mending mending_;
};

}  // namespace

void add_explain(CLI::App& app, Action& action) {
  CLI::App* const command = app.add_subcommand("explain", "Say why a program fails");
  const auto options = std::make_shared<ExplainOptions>();
  add_failing_file(*command, options->file);
  command
      ->add_option("--schedules", options->schedules,
                   "How many to try under sequential consistency, before all are")
      ->type_name("N")
      ->capture_default_str();
  command
      ->add_option("--executions", options->limits.executions,
                   "Of one exploration at most; 0: no limit")
      ->type_name("N")
      ->capture_default_str();
  add_slot_option(*command, *options);
  add_rules_options(*command, *options);
  add_json_option(*command, *options);
  command->footer(
      "Which accesses race and what does not synchronize; which choices it needs; whether it "
      "takes\n"
      "weak memory; which stronger memory orders of the slot mend it, as far as its program goes.\n"
      "Exit code: that of the verdict (`slotproof verdicts`).");
  command->callback([options, &action] {
    action = supervised(*options, [options] { return ExplainCommand(*options).run(); });
  });
}

}  // namespace slotproof::cli
