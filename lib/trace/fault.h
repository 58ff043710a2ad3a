// Which events of a run made it end as it did.
#pragma once

#include <vector>

#include "machine/event.h"
#include "machine/machine.h"

namespace slotproof::trace {

// The last event that freed the memory at the address of `access`, before it; kNoEvent if none did.
machine::EventIndex find_free(const machine::Machine& machine, machine::EventIndex access);

// The events that locked what nobody unlocked.
std::vector<machine::EventIndex> locks_held(const machine::Machine& machine);

// The events at fault of the last run, in order: the two that race, the access to dead memory and
// what gave it back, the lockings of a deadlock. Empty if the run finished.
std::vector<machine::EventIndex> events_at_fault(const machine::Machine& machine);

}  // namespace slotproof::trace
