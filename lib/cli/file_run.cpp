#include "cli/file_run.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/failure.h"
#include "explore/twice.h"
#include "report/trace.h"
#include "report/words.h"

namespace slotproof::cli {
namespace {

std::string replay(const Session& session, const std::string& file, const RunMode& mode) {
  return replay_command(
      session, file,
      rules_options(session.language().rules) +
          (mode.choices ? fmt::format(" --choices {}", mode.choices->print()) : "") +
          (mode.form == Form::kBytes ? " --bytes" : ""));
}

// What the user should know about a run that says nothing of it in its verdict.
void add_remarks(const report::RunView& run, const Fit& fit, FileRun& result) {
  const int operations = run.program.operations();
  const int skipped = skipped_operations(run);
  if (operations == 0) result.remarks.emplace_back("no operations");
  if (skipped > 0) {
    result.remarks.push_back(fmt::format("{} of {} operations skipped", skipped, operations));
  }
  if (fit.diverged) {
    result.remarks.emplace_back("the choices were made for another run");
  } else if (fit.left_over > 0) {
    result.remarks.push_back(fmt::format("the last {} choices were not asked for", fit.left_over));
  }
}

void compare_with(const std::vector<std::string>& expect, FileRun& result) {
  if (expect.empty()) return;
  result.expected = std::ranges::find(expect, oracle::name(result.verdict)) != expect.end();
  result.remarks.insert(
      result.remarks.begin(),
      result.expected ? "as expected" : fmt::format("expected {}", fmt::join(expect, " or ")));
}

}  // namespace

FileRun run_file(Session& session, const std::string& file, const RunMode& mode) {
  Input input = read_input(file, mode.form, session.language());
  if (mode.choices) {
    input.is_text = true;  // from here on: its choices are known
    input.text.test_case.choices = *mode.choices;
  }
  FileRun result;
  result.name = input.name;
  result.replay = replay(session, file, mode);
  const Fit fit = run_input(session, input, result.replay);
  const report::RunView run = session.runner().view();
  result.verdict = run.judgement.verdict;
  result.sentence = report::sentence(run);
  result.test_case = {run.program, run.choices};
  if (mode.trace) result.trace = report::trace_text(run);
  add_remarks(run, fit, result);
  if (mode.repeat > 1) {
    const std::string difference =
        explore::differs_when_repeated(session.runner(), result.test_case, mode.repeat);
    if (!difference.empty()) {
      result.verdict = oracle::Verdict::kHarness;
      result.sentence = "not deterministic: " + difference;
    }
  }
  compare_with(input.text.expect, result);
  return result;
}

}  // namespace slotproof::cli
