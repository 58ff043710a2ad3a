// What a failure needs of its schedule and of the memory model.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "choice/choice_sequence.h"
#include "explore/exhaust.h"
#include "explore/runner.h"
#include "explore/search.h"
#include "machine/event.h"

namespace slotproof::explore {

// One choice of a failing case that is not the dull one.
struct Deviation {
  std::size_t position = 0;  // in the choices
  choice::Choice choice;
  bool necessary = false;  // without it the case is not wanted any more
  // What it decided about, in the run of the case: for a choice of threads the next event, if any.
  machine::EventIndex event = machine::kNoEvent;

  friend bool operator==(const Deviation&, const Deviation&) = default;
};

// The choices of the case that are not dull, each taken away to see whether the case is still
// wanted. The runner's last run is that of the case itself.
std::vector<Deviation> deviations_of(Runner& runner, const program::Case& failing,
                                     const Wanted& wanted);

// Whether a program fails without weak memory.
struct Sequential {
  // Choices of threads alone, each load reading the newest store, under which it is wanted.
  std::optional<choice::ChoiceSequence> choices;
  std::uint64_t schedules = 0;  // that were tried for it
  // If there are none: all sequentially consistent executions, up to the first that convicts.
  Exhausted all;

  // No execution convicts, and none was left out.
  bool is_excluded() const { return !choices && all.complete && !all.finding; }
};

// Looks for such choices (those of the case, then `schedules` random ones), then runs all
// sequentially consistent executions, `limits` permitting.
Sequential without_weak_memory(Runner& runner, const program::Case& failing, const Wanted& wanted,
                               std::uint64_t schedules, Limits limits = {});

}  // namespace slotproof::explore
