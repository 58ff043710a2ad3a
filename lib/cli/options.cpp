#include "cli/options.h"

#include <cstdlib>
#include <unistd.h>

#include <CLI/CLI.hpp>

namespace slotproof::cli {

void add_slot_option(CLI::App& command, Options& options) {
  command
      .add_option("--slot", options.slot,
                  "The slot library: native, mutant:NAME, or the path of a plug-in (.so)")
      ->type_name("NAME|PATH")
      ->capture_default_str();
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
