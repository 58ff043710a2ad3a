// What a picture of a run has to point at.
#pragma once

#include <optional>
#include <vector>

#include "machine/event.h"
#include "report/run_view.h"

namespace slotproof::report {

struct Fault {
  // The conflicting accesses, or the one that went wrong, in the order of execution. To a dead
  // access belongs what freed the memory, where the trace knows it; to a deadlock what locked the
  // mutexes that are held.
  std::vector<machine::EventIndex> events;
  // The call at fault, as an index of world().calls(). Where the machine or the world ended the
  // run, it is the innermost call that the last thread was in.
  std::optional<std::size_t> call;
  // Where there is nothing else: the operation that the last thread was in, as an index of
  // executor().operations().
  std::optional<std::size_t> operation;
};

// Empty for a run that passed.
Fault find_fault(const RunView& run);

// The call of a slot, as an index, that the event belongs to: the innermost one of its thread; none
// if it is outside of all.
std::optional<std::size_t> call_of(const RunView& run, machine::EventIndex event);

}  // namespace slotproof::report
