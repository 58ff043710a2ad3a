// The slotproof command.
#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/output.h"
#include "machine/address_sanitizer.h"
#include "oracle/verdict.h"

namespace {

constexpr int kBadUsage = 2;

std::string version() {
  return fmt::format("slotproof {}{}", SLOTPROOF_VERSION,
                     slotproof::machine::has_address_sanitizer() ? ", with AddressSanitizer" : "");
}

// The subcommand that was being parsed, for a pointer to its --help.
std::string help_of(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? "slotproof --help"
                        : fmt::format("slotproof {} --help", chosen[0]->get_name());
}

}  // namespace

int slotproof::cli::answer_of(const Action& action) {
  try {
    return action();
  } catch (const UserError& e) {
    note(e.what());
    return kBadUsage;
  } catch (const std::exception& e) {
    note(fmt::format("a bug in slotproof: {}", e.what()));
    return oracle::exit_code(oracle::Verdict::kHarness);
  }
}

int main(int argc, char** argv) {
  using namespace slotproof::cli;  // NOLINT(google-build-using-namespace): the commands
  CLI::App app("Looks for programs, schedules and reorderings that break a slot library.",
               "slotproof");
  app.set_version_flag("--version", version());
  app.require_subcommand(1);
  app.footer("Exit code: that of the verdict (`slotproof verdicts`); 2 for bad usage or input.");
  Action action;
  add_run(app, action);
  add_random(app, action);
  add_shrink(app, action);
  add_print(app, action);
  add_encode(app, action);
  add_decode(app, action);
  add_explore(app, action);
  add_prove(app, action);
  add_weaken(app, action);
  add_export(app, action);
  add_explain(app, action);
  add_triage(app, action);
  add_audit(app, action);
  add_coverage(app, action);
  add_litmus(app, action);
  add_verdicts(app, action);
  add_verbs(app, action);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);  // --help, --version
    note(fmt::format("{} (see {})", e.what(), help_of(app)));
    return kBadUsage;
  }
  return answer_of(action);
}
