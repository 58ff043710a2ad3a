// slotproof shrink: a failing case becomes a small one.
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/failure.h"
#include "cli/last_words.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/supervise.h"
#include "explore/shrink.h"
#include "report/json.h"
#include "report/reproducer.h"

namespace slotproof::cli {
namespace {

struct ShrinkOptions : Options {
  std::string file;
  std::string output;
  bool verbose = false;
};

int shrink(const ShrinkOptions& options) {
  Session session(options);
  const Failing failing = run_failing(session, options.file, "shrink");
  const program::Case& from = failing.test_case;
  explore::Shrunk shrunk;
  {
    const LastWords words(
        fmt::format("\nslotproof died while it shrank this:\n{}\n", failing.replay));
    ProgressLine progress("runs");
    shrunk = explore::shrink(session.runner(), from, explore::gets(failing.verdict),
                             [&](std::uint64_t runs) {
                               progress.show(runs);
                               return true;
                             });
  }
  const std::string file =
      options.output.empty() ? default_file(shrunk.test_case.program, oracle::name(failing.verdict))
                             : options.output;
  save_reproducer(session, shrunk.test_case, file);
  const std::string replay = report::replay_command(session.slot(), file);
  if (options.json) {
    put_json({{"schema_version", report::kSchemaVersion},
              {"command", "shrink"},
              {"file", printable(file)},
              {"runs", shrunk.runs},
              {"operations_before", from.program.operations()},
              {"operations", shrunk.test_case.program.operations()},
              {"finding", failure_json(session, shrunk.test_case, replay)}});
  } else {
    put(fmt::format("{} operations became {} in {} runs: {}\n\n", from.program.operations(),
                    shrunk.test_case.program.operations(), shrunk.runs, printable(file)));
    put(describe_failure(session, shrunk.test_case,
                         {replay, options.verbose, use_colour(options)}));
  }
  return oracle::exit_code(failing.verdict);
}

}  // namespace

void add_shrink(CLI::App& app, Action& action) {
  CLI::App* const command = app.add_subcommand("shrink", "Make a failing program small");
  const auto options = std::make_shared<ShrinkOptions>();
  add_failing_file(*command, options->file);
  add_finding_option(*command, options->output);
  add_slot_option(*command, *options);
  add_rules_options(*command, *options);
  command->add_flag("--verbose", options->verbose, "Draw all events");
  add_json_option(*command, *options);
  add_color_option(*command, *options);
  command->footer("Exit code: that of the verdict, which stays the same (`slotproof verdicts`).");
  command->callback([options, &action] {
    action = supervised(*options, [options] { return shrink(*options); });
  });
}

}  // namespace slotproof::cli
