// Why a run fails, in words.
#pragma once

#include <string>
#include <vector>

#include "report/run_view.h"

namespace slotproof::report {

// Sentences: of a data race which two accesses it is, which synchronisation between them is missing
// and what would supply it; of other failures the call at fault. Empty for a run that passed.
std::vector<std::string> why(const RunView& run);

}  // namespace slotproof::report
