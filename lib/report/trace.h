// A run's events in words.
#pragma once

#include <string>
#include <string_view>

#include "machine/event.h"
#include "report/run_view.h"

namespace slotproof::report {

// What the event did: "load x0.slot acquire -> A (1 stale)". Addresses and pointers are named after
// what they belong to; those that belong to nothing in the world are "memory", and their values are
// left out.
std::string event_text(const RunView& run, machine::EventIndex event);

// The whole trace, an event a line: the same for the same case and build, wherever and how often it
// runs.
std::string trace_text(const RunView& run);

}  // namespace slotproof::report
