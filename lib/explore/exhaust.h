// Every execution of one program.
#pragma once

#include <cstdint>
#include <optional>

#include "explore/runner.h"
#include "explore/search.h"
#include "program/program.h"

namespace slotproof::explore {

// What is left out: nothing, unless a limit says so. 0 is no limit.
struct Limits {
  std::uint64_t executions = 0;
};

// How executions are enumerated.
enum class Enumeration : std::uint8_t {
  kPlain,    // all choice sequences: equivalent executions once for each of their schedules
  kReduced,  // each equivalence class once
};

struct Exhausted {
  std::uint64_t executions = 0;    // that were run to their end
  std::uint64_t invalid = 0;       // of these, how many broke a promise of the caller
  std::uint64_t blocked = 0;   // runs besides that led to none
  std::uint64_t diverged = 0;  // runs that did not follow what they repeat: nothing is proven then
  bool complete = false;       // there are no others
  std::optional<Finding> finding;  // the first verdict against the slot, which ends the search
};

// Runs `program` in all of its executions, within `limits`, up to the first finding. `observer` is
// called after each run; `progress` now and then, and may end the search.
Exhausted exhaust(Runner& runner, const program::Program& program,
                  Enumeration enumeration = Enumeration::kReduced, const Limits& limits = {},
                  const Progress& progress = {}, const Observer& observer = {});

}  // namespace slotproof::explore
