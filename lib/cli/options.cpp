#include "cli/options.h"

#include <cstdlib>
#include <unistd.h>

#include <CLI/CLI.hpp>

namespace slotproof::cli {

void add_slot_option(CLI::App& command, Options& options) {
  command
      .add_option("--slot", options.slot,
                  "native, libtorch, mutant:NAME, or the path of a plug-in (.so)")
      ->type_name("NAME|PATH")
      ->capture_default_str();
}

void add_order_option(CLI::App& command, Options& options) {
  command
      .add_option("--order", options.orders,
                  "Give the slot's atomic operation at FILE:LINE:COLUMN another order;\n"
                  "a compare-exchange takes two (acq_rel/relaxed)")
      ->type_name("PLACE=ORDER")
      ->allow_extra_args(false);
}

void add_gil_option(CLI::App& command, Options& options) {
  command
      .add_option_function<std::string>(
          "--gil", [&options](const std::string& gil) { options.rules.gil = gil == "on"; },
          "off: free-threaded Python, whose interpreters have no GIL")
      ->check(CLI::IsMember({"on", "off"}).description(""))
      ->type_name("on|off")
      ->default_str("on");
}

void add_rules_options(CLI::App& command, Options& options) {
  add_gil_option(command, options);
  command.add_flag_callback(
      "--careless", [&options] { options.rules.careful = false; },
      "Callers break promises, and do what the slot need not refuse");
}

std::string rules_options(const program::Rules& rules) {
  return std::string(rules.gil ? "" : " --gil off") + (rules.careful ? "" : " --careless");
}

void add_failing_file(CLI::App& command, std::string& file) {
  command.add_option("FILE", file, "A program that fails, as text or bytes")
      ->type_name("")
      ->required();
}

void add_bounds_options(CLI::App& command, graphs::Bounds& bounds) {
  command
      .add_option("--preemptions", bounds.preemptions,
                  "Only executions that some schedule with so many preemptions has")
      ->type_name("N");
  command
      .add_option("--stale-reads", bounds.stale_reads,
                  "Only executions that need so many reads of a store that is not the\n"
                  "newest")
      ->type_name("N");
}

void add_seed_option(CLI::App& command, std::uint64_t& seed) {
  command.add_option("--seed", seed, "The same seed gives the same runs")
      ->type_name("N")
      ->capture_default_str();
}

void add_finding_option(CLI::App& command, std::string& output) {
  command
      .add_option("-o,--output", output,
                  "Where to keep a finding (default: findings/VERDICT-FINGERPRINT.slot)")
      ->type_name("FILE");
}

void add_json_option(CLI::App& command, Options& options) {
  command.add_flag("--json", options.json, "Print one JSON document instead of text");
}

void add_color_option(CLI::App& command, Options& options) {
  command.add_option("--color", options.color, "When to use colours")
      ->check(CLI::IsMember({"auto", "always", "never"}).description(""))
      ->type_name("auto|always|never")
      ->capture_default_str();
}

bool use_colour(const Options& options) {
  if (options.color != "auto") return options.color == "always";
  const char* const no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* const terminal = std::getenv("TERM");
  if (terminal != nullptr && std::string(terminal) == "dumb") return false;
  return isatty(STDOUT_FILENO) == 1;
}

}  // namespace slotproof::cli
