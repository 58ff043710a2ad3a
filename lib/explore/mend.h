// Which memory orders of a slot, made stronger, keep a program from failing.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "explore/atomic_sites.h"
#include "explore/exhaust.h"
#include "explore/runner.h"
#include "program/program.h"

namespace slotproof::explore {

struct Strengthened {
  AtomicSite site;  // with the orders of the source
  Orders orders;    // in their place

  friend bool operator==(const Strengthened& a, const Strengthened& b) {
    return a.site.place == b.site.place && a.orders == b.orders;
  }
};

// Orders that, changed together, leave no execution of the program that convicts the slot.
struct Mend {
  std::vector<Strengthened> changes;
  std::uint64_t executions = 0;
  bool complete = false;  // these were all
};

struct Mending {
  // With all atomic operations that the program comes by as strong as they get. Stronger orders
  // have fewer executions, so that where this fails no order helps.
  Exhausted control;
  bool helps() const { return !control.finding; }

  // In the order of their places. The operations that suffice alone, each with the weakest orders
  // that do; if there is none a set of which each is needed.
  std::vector<Mend> mends;
};

// Tries stronger orders for the atomic operations of the slot that `program` comes by, and runs it
// in all of its executions with each, `limits` permitting. `sites` must be the runner's policy, and
// has no overrides afterwards. `progress` is called with the executions so far.
Mending mend(Runner& runner, AtomicSites& sites, const program::Program& program,
             const Limits& limits, const std::function<void(std::uint64_t)>& progress = {});

}  // namespace slotproof::explore
