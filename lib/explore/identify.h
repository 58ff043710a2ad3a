// Which bug a run shows.
#pragma once

#include "explore/runner.h"
#include "explore/search.h"
#include "report/fingerprint.h"
#include "report/stack.h"

namespace slotproof::explore {

// The stacks where they matter in the run that `runner` has just made. Where there are some it runs
// the case once more, as it was: a run cannot know beforehand what its stacks will be needed for.
std::vector<report::Stack> stacks_of(Runner& runner, const program::Case& ran);

// The fingerprint of that run.
report::Fingerprint identify(Runner& runner, const program::Case& ran);

// What gets this verdict by the same bug: shrinking to it does not drift to another one.
Wanted shows(oracle::Verdict verdict, const report::Fingerprint& fingerprint);

}  // namespace slotproof::explore
