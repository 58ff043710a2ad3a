// slotproof export: a failure becomes a test.
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/supervise.h"
#include "explore/identify.h"
#include "explore/regression_test.h"
#include "report/json.h"
#include "report/reproducer.h"

namespace slotproof::cli {
namespace {

struct ExportOptions : Options {
  std::string file;
  std::string output;
  bool gtest = false;
};

int export_test(const ExportOptions& options) {
  Session session(options);
  const Input input = read_input(options.file, Form::kAny, session.language());
  const std::string replay = report::replay_command(session.slot(), options.file);
  run_input(session, input, replay);
  const report::RunView run = session.runner().view();
  const oracle::Verdict verdict = run.judgement.verdict;
  if (!oracle::convicts(verdict)) {
    throw UserError(fmt::format(
        "{}: there is nothing to test for, its verdict is {}; name the slot that fails with --slot",
        input.name, oracle::name(verdict)));
  }
  const program::Case failing{run.program, run.choices};
  const report::Fingerprint bug = explore::identify(session.runner(), failing);
  const std::string text =
      explore::regression_test(session.runner().view(), bug.line, bug.hash(), replay);
  if (!options.output.empty()) {
    write_file(options.output, text);
  } else if (options.json) {
    put_json({{"schema_version", report::kSchemaVersion}, {"command", "export"}, {"text", text}});
  } else {
    put(text);
  }
  return 0;
}

}  // namespace

void add_export(CLI::App& app, Action& action) {
  CLI::App* const command = app.add_subcommand("export", "Make a test of a failing program");
  const auto options = std::make_shared<ExportOptions>();
  command->add_option("FILE", options->file, "A program that fails, as text or bytes")
      ->type_name("")
      ->required();
  command->add_flag("--gtest", options->gtest, "As a file of GoogleTest")->required();
  command->add_option("-o,--output", options->output, "Write to this file")->type_name("FILE");
  add_slot_option(*command, *options);
  add_rules_options(*command, *options);
  add_json_option(*command, *options);
  command->footer("Exit code: 0; 2 if the program does not fail, or cannot be read.");
  command->callback([options, &action] {
    action = supervised(*options, [options] { return export_test(*options); });
  });
}

}  // namespace slotproof::cli
