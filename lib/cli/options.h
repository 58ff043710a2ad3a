// What several commands understand.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "graphs/bounds.h"
#include "program/program.h"

namespace CLI {
class App;
}

namespace slotproof::cli {

// Exit code 2: one line that says what is wrong and what to do about it.
class UserError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Options {
  std::string slot = "native";
  program::Rules rules;
  std::vector<std::string> orders;  // PLACE=ORDER
  bool json = false;
  std::string color = "auto";
};

// --slot
void add_slot_option(CLI::App& command, Options& options);
// --order
void add_order_option(CLI::App& command, Options& options);
// --gil
void add_gil_option(CLI::App& command, Options& options);
// --gil, --careless
void add_rules_options(CLI::App& command, Options& options);
// Those that say `rules`, with a space before each; empty for the usual ones.
std::string rules_options(const program::Rules& rules);
// FILE
void add_failing_file(CLI::App& command, std::string& file);
// --preemptions, --stale-reads
void add_bounds_options(CLI::App& command, graphs::Bounds& bounds);
// --seed
void add_seed_option(CLI::App& command, std::uint64_t& seed);
// --output, for a finding; if it stays empty, default_file() (failure.h)
void add_finding_option(CLI::App& command, std::string& output);
// --json
void add_json_option(CLI::App& command, Options& options);
// --color
void add_color_option(CLI::App& command, Options& options);

// Whether to colour standard output: --color, then NO_COLOR (no-color.org), then whether it is a
// terminal.
bool use_colour(const Options& options);

}  // namespace slotproof::cli
