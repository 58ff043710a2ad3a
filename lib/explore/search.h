// Looking for a case that convicts the slot.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "explore/runner.h"
#include "program/program.h"

namespace slotproof::explore {

// A case with a verdict against the slot.
struct Finding {
  program::Case test_case;
  oracle::Judgement judgement;
  std::uint64_t run = 0;  // the number of the run that found it, from 1
};

struct SearchResult {
  std::uint64_t runs = 0;
  std::uint64_t invalid = 0;  // discarded: the program broke a promise of its caller
  std::optional<Finding> finding;
};

// Called now and then with the runs so far; false ends the search.
using Progress = std::function<bool(std::uint64_t runs)>;

// Runs `program` under `runs` random schedules, or, if it is null, as many random programs under
// one each. Ends with the first finding. The same seed gives the same runs.
SearchResult random_search(Runner& runner, const program::Program* program, std::uint64_t seed,
                           std::uint64_t runs, const Progress& progress = {});

// Runs `program` under the dull schedule, then under all that deviate from it in one choice, in
// two, and so on, until one gets `wanted` or `runs` are used up. What it finds has the fewest
// deviations possible, and among those it is the first in lexicographic order: it depends on the
// program alone. (Delay bounding, Emmi, Qadeer, Rakamaric, POPL 2011, with every kind of choice in
// the place of delays.)
SearchResult deviation_search(Runner& runner, const program::Program& program,
                              oracle::Verdict wanted, std::uint64_t runs);

}  // namespace slotproof::explore
