// Where a value went from one thread to another without the order that should have come with it.
#pragma once

#include <vector>

#include "machine/event.h"
#include "report/run_view.h"

namespace slotproof::report {

// A load that read what a store wrote, or what a release sequence headed by it wrote, and did not
// synchronize with it.
struct WeakHandover {
  machine::EventIndex store = machine::kNoEvent;
  machine::EventIndex load = machine::kNoEvent;
  bool releases = false;  // the store, by its own order or by a fence before it
  bool acquires = false;  // the load, by its own order or by a fence behind it

  friend bool operator==(const WeakHandover&, const WeakHandover&) = default;
};

// What keeps the two accesses of a data race from being ordered: the hand-overs without
// synchronisation on the way from the first to the second. A way leads along the threads, from
// stores to loads that read them, and through mutexes; of all ways it is the one with the fewest
// weak hand-overs, and among those the one that was there first. Empty if the run has no data race,
// or if no way leads from the one access to the other: then nothing that the slot does orders them.
std::vector<WeakHandover> weak_handovers(const RunView& run);

}  // namespace slotproof::report
