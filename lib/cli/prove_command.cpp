// slotproof prove: every execution of every program within a bound, or the smallest that fails.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/certificate.h"
#include "cli/command.h"
#include "cli/failure.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/proof_workers.h"
#include "cli/session.h"
#include "cli/supervise.h"
#include "explore/prove.h"
#include "explore/shrink.h"
#include "explore/small_programs.h"
#include "program/text.h"
#include "report/json.h"

namespace slotproof::cli {
namespace {

using explore::Proved;
using explore::Range;
using explore::SmallPrograms;
using explore::Tally;
using nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

// A state file is written this often.
constexpr std::chrono::seconds kKeepEvery{2};

struct ProveOptions : Options {
  explore::Bound bound;
  explore::Limits limits;
  double seconds = 0;  // 0: no limit
  int jobs = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  std::string output;
  std::string check;
  bool count = false;
};

std::string default_output(const ProveOptions& options) {
  std::string slot = options.slot;
  std::ranges::replace_if(slot, [](char c) { return c == '/' || c == ':' || c == '.'; }, '-');
  const explore::Bound& b = options.bound;
  std::string name = fmt::format("certificates/{}-{}x{}-{}-{}{}", slot, b.threads, b.operations,
                                 b.interpreters, b.tensors, options.rules.gil ? "" : "-gil-off");
  const graphs::Bounds& bounds = options.limits.bounds;
  if (bounds.preemptions != graphs::kUnbounded) {
    name += fmt::format("-preemptions-{}", bounds.preemptions);
  }
  if (bounds.stale_reads != graphs::kUnbounded) {
    name += fmt::format("-stale-reads-{}", bounds.stale_reads);
  }
  return name + ".json";
}

std::unique_ptr<SmallPrograms> enumerate(const ProveOptions& options,
                                         const world::Features& features) {
  try {
    return std::make_unique<SmallPrograms>(options.bound, features, options.rules);
  } catch (const std::length_error& e) {
    throw UserError(fmt::format("{}; choose a smaller bound", e.what()));
  }
}

// One proof from its beginning, or from where an earlier process left it, to its certificate.
class Proof {
 public:
  explicit Proof(const ProveOptions& options)
      : options_(options),
        session_(options),
        programs_(enumerate(options, session_.runner().features())),
        alphabet_(explore::alphabet(options.bound, session_.runner().features())),
        subject_(proof_subject(session_, options.bound, options.limits, alphabet_)) {}

  // Explores, up to a failure or a limit. With `state`, goes on from what that file says, and keeps
  // in it what is done.
  void run(const std::string& state) {
    if (!state.empty()) resume(state);
    ProgressLine progress("executions");
    const Clock::time_point begin = Clock::now();
    const std::uint64_t resumed_at = done_;
    const Tally resumed = tally_;
    Clock::time_point kept = begin - kKeepEvery;
    ProofWorkers workers(
        options_.jobs, [this](const Range& range, const ProofWorkers::Begins& begins) {
          session_.runner().set_witness(nullptr);  // there is one for all
          return explore::prove(session_.runner(), *programs_, range, options_.limits, begins);
        });
    std::uint64_t given = done_;
    while (true) {
      const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
      out_of_time_ = options_.seconds != 0 && seconds >= options_.seconds && given < stop_;
      while (workers.idle() && given < stop_ && !out_of_time_) {
        const Range range{given, std::min(given + chunk(), programs_->end())};
        workers.give(range);
        given = range.end;
      }
      if (done_ >= stop_ || !workers.busy() || deadly_) break;
      take(workers.wait());
      progress.show(tally_.executions - resumed.executions,
                    says(seconds, static_cast<double>(done_ - resumed_at)));
      // Whoever went on from behind a failure would not come by it again.
      if (!state.empty() && !failing_ && Clock::now() - kept >= kKeepEvery) {
        kept = Clock::now();
        keep(state);
      }
    }
    if (state.empty()) return;
    deadly_ || (out_of_time_ && !failing_) ? keep(state) : forget(state);
  }

  // The certificate. Also keeps the reproducer of a failure.
  ordered_json certificate() {
    ordered_json document = {{"schema_version", report::kSchemaVersion}, {"command", "prove"}};
    document.update(subject_);
    ordered_json limits = ordered_json::array();
    if (tally_.incomplete > 0) {
      limits.push_back(fmt::format(
          "{} programs were not run in all of their executions{}", tally_.incomplete,
          options_.limits.executions == 0
              ? ""
              : fmt::format(", for they have more than {}", options_.limits.executions)));
    }
    if (out_of_time_) {
      limits.push_back(fmt::format("the time was over: {} of {} numbers of programs were looked at",
                                   done_, programs_->end()));
    }
    ordered_json failure = nullptr;
    if (failing_) failure = describe(*failing_);
    exit_code_ = failing_ ? failure.at("exit_code").get<int>() : limits.empty() ? 0 : kIncomplete;
    document["outcome"] = failing_          ? "failure"
                          : !limits.empty() ? "incomplete"
                          : bounded()       ? "bounded"
                                            : "proof";
    document["limits_reached"] = std::move(limits);
    document["counts"] = tally_json(tally_);
    document["failure"] = std::move(failure);
    return document;
  }

  int exit_code() const { return exit_code_; }
  const Tally& tally() const { return tally_; }
  Session& session() { return session_; }
  const std::optional<program::Case>& failing_case() const { return failing_case_; }

  // How many programs there are.
  Tally count() const {
    Tally tally;
    program::Program program;
    auto found = programs_->next(0, programs_->end(), program);
    for (; found; found = programs_->next(found->number + 1, programs_->end(), program)) {
      ++tally.programs;
      tally.represented += found->represents;
    }
    return tally;
  }

 private:
  // Executions beyond some number of preemptions or stale reads are left out.
  bool bounded() const { return options_.limits.bounds.any(); }

  // Small enough that a process is not long at it, and large enough to be worth a message.
  std::uint64_t chunk() const {
    return std::clamp<std::uint64_t>(programs_->end() / 4096, 1, 4096);
  }

  // Adds what comes next in the order of numbers, whatever order it comes in: counts, and which
  // failure is the first, do not depend on the processes.
  void take(const ProofWorkers::Report& report) {
    waiting_.emplace(report.range.begin, report);
    if (report.proved.failing) stop_ = std::min(stop_, report.range.end);
    for (auto next = waiting_.find(done_); next != waiting_.end() && !failing_;
         next = waiting_.find(done_)) {
      if (next->second.died) deadly_ = true;
      if (deadly_) failing_ = next->second.proved.failing;
      if (deadly_) return;  // whoever goes on from here comes by it again
      tally_.add(next->second.proved.tally);
      failing_ = next->second.proved.failing;
      done_ = next->second.range.end;
      waiting_.erase(next);
    }
  }

  std::string says(double seconds, double numbers) const {
    std::string text = fmt::format(", {} programs", tally_.programs);
    if (numbers > 0) {
      const double left = static_cast<double>(programs_->end() - done_) / numbers * seconds;
      text += fmt::format(", {:.0f} s left", left);
    }
    return text;
  }

  // ---- The state file ----

  void keep(const std::string& file) const {
    const ordered_json state = {
        {"subject", subject_}, {"done", done_}, {"counts", tally_json(tally_)}};
    write_file(file, state.dump(2) + "\n");
  }

  void resume(const std::string& file) {
    std::FILE* const present = std::fopen(file.c_str(), "rb");
    if (present == nullptr) return;
    std::fclose(present);
    try {
      const ordered_json state = ordered_json::parse(read_content(file));
      if (state.at("subject") == subject_) {
        done_ = state.at("done");
        tally_ = tally_of(state.at("counts"));
        return;
      }
    } catch (const ordered_json::exception&) {
      throw UserError(fmt::format("{}: is no state of a proof; remove it, or choose another -o",
                                  printable(file)));
    }
    throw UserError(
        fmt::format("{}: is the state of another proof, or of another build of the "
                    "slot; remove it, or choose another -o",
                    printable(file)));
  }

  static void forget(const std::string& file) { std::remove(file.c_str()); }

  // ---- The failure ----

  ordered_json describe(std::uint64_t number) {
    program::Program program;
    programs_->next(number, number + 1, program);
    const explore::Exhausted found = explore::exhaust(
        session_.runner(), program, explore::Enumeration::kReduced, options_.limits);
    if (!found.finding) throw std::runtime_error("a failure does not come back");
    const oracle::Judgement& judgement = found.finding->judgement;
    failing_case_ = explore::shrink(session_.runner(), found.finding->test_case,
                                    explore::gets(judgement.verdict))
                        .test_case;
    return {{"verdict", oracle::name(judgement.verdict)},
            {"exit_code", oracle::exit_code(judgement.verdict)},
            {"sentence", judgement.sentence},
            {"program", program::print({*failing_case_, {}, {}})}};
  }

  const ProveOptions& options_;
  Session session_;
  std::unique_ptr<SmallPrograms> programs_;
  std::vector<program::Operation> alphabet_;
  ordered_json subject_;
  Tally tally_;
  std::uint64_t done_ = 0;  // all numbers below are in the tally
  std::uint64_t stop_ = programs_->end();
  std::map<std::uint64_t, ProofWorkers::Report> waiting_;  // by where they begin
  std::optional<std::uint64_t> failing_;
  std::optional<program::Case> failing_case_;
  bool deadly_ = false;  // what fails took a process down, and will take this one (supervise.h)
  bool out_of_time_ = false;
  int exit_code_ = 0;
};

std::string summary(const Tally& tally) {
  return fmt::format("{} programs, which stand for {}, {} executions", tally.programs,
                     tally.represented, tally.executions);
}

int prove(const ProveOptions& options) {
  const std::string file = options.output.empty() ? default_output(options) : options.output;
  Proof proof(options);
  proof.run(file + ".partial");
  const ordered_json certificate = proof.certificate();
  write_file(file, certificate.dump(2) + "\n");
  std::string replay;
  if (const auto& failing = proof.failing_case()) {
    const std::string verdict = certificate.at("failure").at("verdict");
    const std::string reproducer = default_file(failing->program, verdict);
    replay = replay_command(proof.session(), reproducer);
    save_reproducer(proof.session(), *failing, reproducer);
  }
  if (options.json) {
    put_json(certificate);
    return proof.exit_code();
  }
  put(fmt::format("{}  {}: {}: {}\n", certificate.at("outcome").get<std::string>(),
                  proof.session().slot(), summary(proof.tally()), printable(file)));
  for (const std::string line : certificate.at("limits_reached")) put(line + "\n");
  if (const auto& failing = proof.failing_case()) {
    put("\n" + describe_failure(proof.session(), *failing,
                                {.replay = replay, .colour = use_colour(options)}));
  }
  return proof.exit_code();
}

// Does all of it again. A certificate of a search that was cut short has nothing to be checked.
int check(const ProveOptions& given) {
  const std::string name = printable(given.check);
  ordered_json certificate;
  ProveOptions options = given;
  try {
    certificate = ordered_json::parse(read_content(given.check));
    if (certificate.at("outcome") == "incomplete") {
      throw UserError(fmt::format("{}: the search was incomplete, which proves nothing", name));
    }
    const ordered_json& bound = certificate.at("bound");
    options.bound = {bound.at("threads"), bound.at("operations"), bound.at("interpreters"),
                     bound.at("tensors")};
    options.slot = certificate.at("slot");
    options.rules.gil = certificate.at("gil");
    options.limits = limits_of(certificate.at("limits"));
  } catch (const ordered_json::exception& e) {
    throw UserError(fmt::format("{}: is no certificate of `slotproof prove`: {}", name, e.what()));
  }
  Proof proof(options);
  proof.run({});
  const std::vector<std::string> different = differences(certificate, proof.certificate());
  if (options.json) {
    put_json({{"schema_version", report::kSchemaVersion},
              {"command", "prove"},
              {"holds", different.empty()},
              {"differences", different}});
  } else {
    put(fmt::format("{}  {}: {}\n", different.empty() ? "holds" : "does not hold", name,
                    summary(proof.tally())));
    for (const std::string& line : different) put("  " + line + "\n");
  }
  return different.empty() ? 0 : kIncomplete;
}

int count(const ProveOptions& options) {
  const Tally tally = Proof(options).count();
  if (options.json) {
    put_json({{"schema_version", report::kSchemaVersion},
              {"command", "prove"},
              {"programs", tally.programs},
              {"represented", tally.represented}});
  } else {
    put(fmt::format("{} programs, which stand for {}\n", tally.programs, tally.represented));
  }
  return 0;
}

}  // namespace

void add_prove(CLI::App& app, Action& action) {
  CLI::App* const command =
      app.add_subcommand("prove", "Run every small program in every way, and certify it");
  const auto options = std::make_shared<ProveOptions>();
  const auto number = [&](const char* name, int& into, int most, const char* what) {
    command->add_option(name, into, what)
        ->check(CLI::Range(1, most).description(""))
        ->type_name("N")
        ->capture_default_str();
  };
  number("--threads", options->bound.threads, program::kThreads, "Threads at most");
  number("--ops", options->bound.operations, 8, "Operations of each thread at most");
  number("--interpreters", options->bound.interpreters, program::kInterpreters,
         "Interpreters at most");
  number("--tensors", options->bound.tensors, program::kTensors, "Tensors at most");
  number("--jobs", options->jobs, 1024, "Processes at the same time");
  command
      ->add_option("--executions", options->limits.executions,
                   "Executions of each program at most; then it is no proof")
      ->check(CLI::PositiveNumber.description(""))
      ->type_name("N");
  add_bounds_options(*command, options->limits.bounds);
  command
      ->add_option("--for", options->seconds,
                   "Stop after so many seconds; the same command goes on from there")
      ->check(CLI::PositiveNumber.description(""))
      ->type_name("SECONDS");
  command
      ->add_option("-o,--output", options->output,
                   "The certificate (default: certificates/SLOT-BOUND.json)")
      ->type_name("FILE");
  CLI::Option* const count_only =
      command->add_flag("--count", options->count, "Only say how many programs there are");
  command->add_option("--check", options->check, "Prove again what this certificate says")
      ->type_name("CERTIFICATE")
      ->excludes(count_only);
  add_slot_option(*command, *options);
  add_gil_option(*command, *options);
  add_json_option(*command, *options);
  add_color_option(*command, *options);
  command->footer(
      "What is done is kept in CERTIFICATE.partial every two seconds. If the process is stopped,\n"
      "the same command goes on from there.\n"
      "`bounded` is a proof of the executions within --preemptions and --stale-reads.\n"
      "Exit code: 0 if it is a proof, or bounded, 1 if a limit left something out (or, with\n"
      "--check, if the certificate does not hold), else that of the verdict (`slotproof\n"
      "verdicts`).");
  command->callback([options, &action] {
    action = supervised(*options, [options] {
      if (options->count) return count(*options);
      return options->check.empty() ? prove(*options) : check(*options);
    });
  });
}

}  // namespace slotproof::cli
