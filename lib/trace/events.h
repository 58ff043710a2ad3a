// A run's events in words, and a picture of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "machine/event.h"
#include "machine/machine.h"
#include "trace/names.h"

namespace slotproof::trace {

// A memory order as C++ calls it: "acq_rel".
std::string_view order_name(machine::MemoryOrder order);

// What the event of the last run did: "load x acquire -> 1 (1 stale)". Memory without a name is
// "memory", and its values are left out.
std::string event_text(const machine::Machine& machine, machine::EventIndex event,
                       const Names& names);

// An event that is shown. Its number is its place in the list, counted from 1.
struct Line {
  static constexpr int kNoSource = -1;

  machine::EventIndex event = 0;
  std::string text;
  int from = kNoSource;  // of an atomic read: the number of the store, 0 for the initial one
  bool marked = false;   // at fault
};

// The events of the last run that are at fault, or touch memory that has a name, or order others;
// but not that root forks threads and waits for their end.
std::vector<Line> lines_of(const machine::Machine& machine, const Names& names);

// The same as a picture: one column for each thread, time runs down, `>>` marks what is at fault.
std::string picture(const machine::Machine& machine, const Names& names);

}  // namespace slotproof::trace
