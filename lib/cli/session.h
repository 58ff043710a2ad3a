// A slot library, chosen and ready to run cases.
#pragma once

#include <cstdint>
#include <string>

#include "cli/input.h"
#include "cli/options.h"
#include "explore/runner.h"

namespace slotproof::cli {

class Session {
 public:
  // Throws UserError if there is no such slot.
  explicit Session(const Options& options);

  explore::Runner& runner() { return runner_; }
  const std::string& slot() const { return slot_; }  // as the user named it
  const world::SlotLibrary& library() const { return library_; }
  program::Language language() const { return {runner_.features(), rules_}; }

 private:
  std::string slot_;
  program::Rules rules_;
  world::SlotLibrary& library_;
  explore::Runner runner_;
};

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
