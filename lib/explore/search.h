// Looking for a case that convicts the slot.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "choice/random_source.h"
#include "explore/runner.h"
#include "program/bytes.h"
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

// A random program of 1 to 24 operations. It is what random bytes mean: one generator, with
// one set of weights, for fuzzers and for searches.
program::Program random_program(choice::SplitMix64& random, const program::Language& language = {});

// Called after each run, which the runner then tells of.
using Observer = std::function<void(const Runner& runner)>;

// Who says which thread goes on: a random walk, or random priorities (PCT).
enum class Schedules : std::uint8_t { kWalk, kPriorities };

// Runs `program` under `runs` random schedules, or, if it is null, as many random programs, which
// keep to `rules`, under one each. Ends with the first finding. The same seed gives the same runs.
SearchResult random_search(Runner& runner, const program::Program* program, std::uint64_t seed,
                           std::uint64_t runs, const Progress& progress = {},
                           const Observer& observer = {}, const program::Rules& rules = {},
                           Schedules schedules = Schedules::kWalk);

// Whether the case that `runner` has just run is what one looks for. May use the runner for more
// runs.
using Wanted = std::function<bool(Runner& runner, const program::Case& ran)>;

// What gets this verdict.
Wanted gets(oracle::Verdict verdict);

// Runs `program` under the dull schedule, then under all that deviate from it in one choice, in
// two, and so on, until one is `wanted` or `runs` are used up. What it finds has the fewest
// deviations possible, and among those it is the first in lexicographic order: it depends on the
// program alone. (Delay bounding, Emmi, Qadeer, Rakamaric, POPL 2011, with every kind of choice in
// the place of delays.)
SearchResult deviation_search(Runner& runner, const program::Program& program, const Wanted& wanted,
                              std::uint64_t runs);

}  // namespace slotproof::explore
