// Which memory orders of a slot could be weaker.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "explore/atomic_sites.h"
#include "explore/exhaust.h"
#include "explore/runner.h"
#include "program/program.h"
#include "world/slot_library.h"

namespace slotproof::explore {

// One order in the place of the source's.
struct Trial {
  Orders orders;
  std::uint64_t programs = 0;      // that come by the site
  std::uint64_t executions = 0;    // of these
  std::uint64_t incomplete = 0;    // of the programs: a limit left executions out
  std::optional<Finding> finding;  // the first, shrunk
};

struct Weakened {
  AtomicSite site;
  // Strongest first; what is weaker than one that fails is not tried, for it fails as well.
  std::vector<Trial> trials;
};

struct Weakening {
  std::uint64_t executions = 0;    // without a change
  std::uint64_t incomplete = 0;    // programs
  std::optional<Finding> finding;  // the slot as it is fails: nothing was weakened
  std::vector<Weakened> sites;
};

// The orders that are strictly weaker than those of an operation of this kind; none comes before
// one that it is weaker than. Without `consume`, which compilers take for `acquire`.
std::vector<Orders> weaker_orders(machine::AtomicKind kind, const Orders& than);

// Those that are strictly stronger; none comes before one that it is stronger than.
std::vector<Orders> stronger_orders(machine::AtomicKind kind, const Orders& than);

// Whether all that `b` allows `a` allows too, and more.
bool is_weaker(const Orders& a, const Orders& b);

// All programs of two threads with one operation each, and those with up to `operations` that do
// what most callers do, smallest first.
std::vector<program::Program> weakening_suite(const world::Features& features,
                                              const program::Rules& rules, int operations);

// Runs the suite in all executions, `limits` permitting: first with the slot as it is, then with
// each weaker order of each site that it meets, one at a time. `sites` must be the runner's policy,
// and has no overrides afterwards. `tried` is called after each trial, while its order is still in
// force; `progress` with the executions so far.
Weakening weaken(Runner& runner, AtomicSites& sites, std::span<const program::Program> suite,
                 const Limits& limits,
                 const std::function<void(const AtomicSite&, const Trial&)>& tried = {},
                 const std::function<void(std::uint64_t)>& progress = {});

}  // namespace slotproof::explore
