// Every execution of one program.
#pragma once

#include <cstdint>
#include <optional>

#include "explore/runner.h"
#include "explore/search.h"
#include "graphs/bounds.h"
#include "program/program.h"

namespace slotproof::explore {

// What an exploration may leave out: nothing, unless a limit says so.
struct Limits {
  std::uint64_t executions = 0;  // at most so many runs; 0: no limit
  graphs::Bounds bounds;         // kReduced only
};

// How executions are enumerated.
enum class Enumeration : std::uint8_t {
  kPlain,    // all choice sequences: equivalent executions once for each of their schedules
  kReduced,  // each equivalence class once
};

struct Exhausted {
  std::uint64_t executions = 0;  // that were run to their end
  std::uint64_t invalid = 0;     // of these, how many broke a promise of the caller
  std::uint64_t undone = 0;      // runs besides that left an operation undone, and did not matter
  std::uint64_t blocked = 0;     // runs besides that led to none
  std::uint64_t out_of_bounds = 0;  // runs besides that were left, or not counted, for the bounds
  std::uint64_t diverged = 0;       // runs besides that did not do again what they had done
  bool complete = false;            // there are no other executions, within the bounds
  std::optional<Finding> finding;   // the first verdict against slot or suite; it ends the search
};

// Runs `program` in all of its executions (in all that matter: Runner::set_all_done), within
// `limits`, up to the first finding. `observer` is called after each execution; `progress` now and
// then, and may end the search.
//
// Reduced, a thread that fails does not end a run (Machine::set_observer), so an execution may be
// seen to go on where it would have ended. A finding is what comes of it if it does not.
Exhausted exhaust(Runner& runner, const program::Program& program,
                  Enumeration enumeration = Enumeration::kReduced, const Limits& limits = {},
                  const Progress& progress = {}, const Observer& observer = {});

}  // namespace slotproof::explore
