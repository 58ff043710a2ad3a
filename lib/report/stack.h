// Call stacks of the accesses at fault.
#pragma once

#include <string>
#include <vector>

#include "machine/event.h"
#include "report/run_view.h"
#include "report/symbolize.h"

namespace slotproof::report {

// The call stack at an event, as far as it lies in the slot library: innermost first.
struct Stack {
  machine::EventIndex event = machine::kNoEvent;
  std::vector<Frame> frames;
};

// Where a look at the stack helps: the accesses at fault or, after a crash, the last event before
// it.
std::vector<machine::EventIndex> events_with_stacks(const RunView& run);

// The stacks at `events`, for which the machine was asked to probe in this order before the run.
// Accesses outside of slot calls have none and are left out. What was once
// looked up is kept as long as the process lives; not thread-safe.
std::vector<Stack> find_stacks(const RunView& run, const std::vector<machine::EventIndex>& events);

// A paragraph for each.
std::string stacks_text(const RunView& run, const std::vector<Stack>& stacks);

}  // namespace slotproof::report
