// A slot library, chosen and ready to run cases.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/input.h"
#include "cli/options.h"
#include "explore/atomic_sites.h"
#include "explore/runner.h"

namespace slotproof::cli {

class Session {
 public:
  // Throws UserError if there is no such slot, or an --order that cannot be read.
  explicit Session(const Options& options);

  explore::Runner& runner() { return runner_; }
  const std::string& slot() const { return slot_; }  // as the user named it
  const world::SlotLibrary& library() const { return library_; }
  // What the atomic operations of its source are. Known if orders are watched.
  explore::AtomicSites& sites() { return sites_; }
  // Looks at memory orders from now on, which costs time. So it is from the start if there is an
  // --order.
  void watch_orders() { runner_.set_order_policy(&sites_); }
  // The --order options that were given, with a space before each.
  const std::string& order_options() const { return order_options_; }
  // Throws UserError if an --order is for an operation that no run came by.
  void expect_orders_met() const;
  program::Language language() const { return {runner_.features(), rules_}; }

 private:
  std::string slot_;
  program::Rules rules_;
  world::SlotLibrary& library_;
  explore::Runner runner_;
  explore::AtomicSites sites_;
  std::vector<std::string> ordered_places_;
  std::string order_options_;
};

// The --order option that says this, with a space before it.
std::string order_option(const std::string& place, const explore::Orders& orders);

// How well the choices of a text fitted its run.
struct Fit {
  bool diverged = false;      // an answer was for another question, or too large
  std::size_t left_over = 0;  // choices that nothing asked for
};

// Runs the input, its bytes or its choices deciding; the session's runner then tells the rest. If
// the process dies of it, the program and `replay` are printed.
Fit run_input(Session& session, const Input& input, const std::string& replay);

// Runs the case again with its recorded choices.
void run_case(Session& session, const program::Case& test_case, const std::string& replay);

// How many operations of the last run were skipped.
int skipped_operations(const report::RunView& run);

}  // namespace slotproof::cli
