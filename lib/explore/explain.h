// What a failure needs of its schedule and of the memory model.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "choice/choice_sequence.h"
#include "explore/runner.h"
#include "explore/search.h"

namespace slotproof::explore {

// One choice of a failing case that is not the dull one.
struct Deviation {
  std::size_t position = 0;  // in the choices
  choice::Choice choice;
  bool necessary = false;  // without it the case is not wanted any more

  friend bool operator==(const Deviation&, const Deviation&) = default;
};

struct Needs {
  std::vector<Deviation> deviations;
  // Choices of threads alone, each load reading the newest store, under which the same program is
  // wanted: then it takes no weak memory. None was found in `runs` runs if it is empty.
  std::optional<choice::ChoiceSequence> sequentially_consistent;
  std::uint64_t runs = 0;
};

// Takes each deviation of the case, which is wanted, away and looks whether it still is; then looks
// for schedules under sequential consistency: that of the case, and `runs` random ones.
Needs needs_of(Runner& runner, const program::Case& failing, const Wanted& wanted,
               std::uint64_t runs);

}  // namespace slotproof::explore
