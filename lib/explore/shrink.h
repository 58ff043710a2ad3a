// From a failing case to a small one that fails in the same way.
#pragma once

#include <cstdint>

#include "explore/runner.h"
#include "explore/search.h"
#include "oracle/verdict.h"
#include "program/program.h"

namespace slotproof::explore {

struct Shrunk {
  program::Case test_case;      // gets `verdict` in a run
  oracle::Judgement judgement;  // of that run
  std::uint64_t runs = 0;       // that shrinking took
};

// Shrinks a case that gets `verdict`: drops operations, threads and tensors, makes arguments and
// names plainer, then drops choices. A smaller program need not fail under the schedule at hand, so
// others are looked for, from the plain ones on; what is found depends on the program and the
// verdict more than on where one started. `progress` may end it early with the smallest case so
// far.
//
// The order by which a case is smaller: operations, then threads, then preemptions and other
// choices, then names. The result never has more operations than the case given.
Shrunk shrink(Runner& runner, const program::Case& from, oracle::Verdict verdict,
              const Progress& progress = {});

}  // namespace slotproof::explore
