#include "cli/failure.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/input.h"
#include "cli/last_words.h"
#include "cli/output.h"
#include "explore/identify.h"
#include "explore/shrink.h"
#include "program/text.h"
#include "report/failure.h"
#include "report/fingerprint.h"
#include "report/json.h"
#include "report/reproducer.h"
#include "report/severity.h"
#include "report/stack.h"

namespace slotproof::cli {
namespace {

std::vector<report::Stack> run_for_stacks(Session& session, const program::Case& test_case,
                                          const std::string& replay) {
  run_case(session, test_case, replay);
  return explore::stacks_of(session.runner(), test_case);
}

}  // namespace

std::string describe_failure(Session& session, const program::Case& test_case,
                             const FailureOptions& options) {
  const auto stacks = run_for_stacks(session, test_case, options.replay);
  return report::failure_text(session.runner().view(), stacks, options.replay,
                              {.verbose = options.verbose, .colour = options.colour});
}

nlohmann::ordered_json failure_json(Session& session, const program::Case& test_case,
                                    const std::string& replay) {
  const auto stacks = run_for_stacks(session, test_case, replay);
  nlohmann::ordered_json json = report::run_json(session.runner().view(), session.slot(), stacks);
  const report::RunView run = session.runner().view();
  if (oracle::convicts(run.judgement.verdict)) {
    const report::Fingerprint bug = report::fingerprint(run, stacks);
    const report::Rating rating = report::rate(run);
    json["fingerprint"] = {{"hash", bug.hash()}, {"line", bug.line}, {"blame", bug.blame}};
    json["severity"] = {{"level", report::name(rating.severity)}, {"reason", rating.reason}};
  }
  json["replay"] = replay;
  return json;
}

Failing run_failing(Session& session, const std::string& file, std::string_view purpose) {
  const Input input = read_input(file, Form::kAny, session.language());
  const std::string replay = replay_command(session, file);
  run_input(session, input, replay);
  const report::RunView run = session.runner().view();
  const oracle::Verdict verdict = run.judgement.verdict;
  if (!oracle::convicts(verdict)) {
    throw UserError(fmt::format(
        "{}: there is nothing to {}, its verdict is {}; name the slot that fails with --slot",
        input.name, purpose, oracle::name(verdict)));
  }
  return {{run.program, run.choices}, verdict, replay};
}

std::string default_file(const program::Program& program, std::string_view verdict) {
  // FNV-1a (Fowler, Noll, Vo) of the text, 32 bits.
  std::uint32_t fingerprint = 0x811c9dc5;
  for (const char c : program::print({{program, {}}, {}, {}})) {
    fingerprint = (fingerprint ^ static_cast<unsigned char>(c)) * 0x01000193;
  }
  return fmt::format("findings/{}-{:08x}.slot", verdict, fingerprint);
}

std::string replay_command(const Session& session, const std::string& file,
                           const std::string& options) {
  return report::replay_command(session.slot(), file, session.order_options() + options);
}

void save_reproducer(Session& session, const program::Case& test_case, const std::string& file,
                     const std::string& options) {
  const std::string replay = replay_command(session, file, options);
  run_case(session, test_case, replay);
  write_file(file, report::reproducer_text(session.runner().view(), replay));
}

KeptFinding keep_finding(Session& session, const explore::Finding& finding, const std::string& file,
                         const std::string& again, bool shrinks) {
  const oracle::Verdict verdict = finding.judgement.verdict;
  KeptFinding kept{finding.test_case, file, {}};
  // What contradicts the suite itself is shown as it was found.
  if (shrinks && oracle::convicts(verdict)) {
    const LastWords words(
        fmt::format("\nslotproof died while it shrank what this found:\n\n{}\n", again));
    ProgressLine progress("runs to shrink it");
    kept.test_case = explore::shrink(session.runner(), finding.test_case, explore::gets(verdict),
                                     [&](std::uint64_t runs) {
                                       progress.show(runs);
                                       return true;
                                     })
                         .test_case;
  }
  if (file.empty()) kept.file = default_file(kept.test_case.program, oracle::name(verdict));
  save_reproducer(session, kept.test_case, kept.file);
  kept.replay = report::replay_command(session.slot(), kept.file);
  return kept;
}

}  // namespace slotproof::cli
