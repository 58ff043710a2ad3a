// A bounded proof: every execution of every program within a bound.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "explore/exhaust.h"
#include "explore/runner.h"
#include "explore/small_programs.h"

namespace slotproof::explore {

// What exploring some programs came to. Sums up, whoever explored them, in whatever order.
struct Tally {
  std::uint64_t programs = 0;     // explored, each up to names
  std::uint64_t represented = 0;  // programs that these stand for, themselves included
  std::uint64_t executions = 0;   // in which all operations are done
  std::uint64_t invalid = 0;      // of the executions: the caller broke a promise
  std::uint64_t undone = 0;       // runs besides that left an operation undone
  std::uint64_t idle = 0;         // programs that have no execution
  std::uint64_t incomplete = 0;   // programs of which a limit left executions out

  void add(const Tally& other);

  friend bool operator==(const Tally&, const Tally&) = default;
};

// Programs by number, in a row.
struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct Proved {
  Tally tally;
  // The number of the first program that convicts the slot; nothing behind it was explored.
  std::optional<std::uint64_t> failing;
};

// Explores the programs of `range` in their order, each within `limits`, up to the first that
// convicts the slot. Of each program only those executions are looked for in which all operations
// are done: where one is skipped, a smaller program does the same. `begins` is called before each.
// Throws std::runtime_error if the suite contradicts itself: that is no proof of anything.
Proved prove(Runner& runner, const SmallPrograms& programs, const Range& range,
             const Limits& limits, const std::function<void(std::uint64_t number)>& begins = {});

}  // namespace slotproof::explore
