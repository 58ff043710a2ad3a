// From a failing case to a small one that fails in the same way.
#pragma once

#include <cstdint>

#include "explore/runner.h"
#include "explore/search.h"
#include "oracle/verdict.h"
#include "program/program.h"

namespace slotproof::explore {

struct Shrunk {
  program::Case test_case;      // is wanted
  oracle::Judgement judgement;  // of that run
  std::uint64_t runs = 0;       // that shrinking took
};

// Shrinks a wanted case: takes the steps of smaller.h as long as there is one, then drops choices.
// A smaller program need not fail under the schedule at hand, so others are looked for, from the
// plain ones on; what is found depends on the program and on what is wanted more than on where one
// started. `progress` may end it early with the smallest case so far.
//
// The result never has more operations than the case given; a case that is not wanted comes back as
// it is, with the judgement of its run.
Shrunk shrink(Runner& runner, const program::Case& from, const Wanted& wanted,
              const Progress& progress = {});

}  // namespace slotproof::explore
