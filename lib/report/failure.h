// What a failure prints.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/lanes.h"
#include "report/run_view.h"
#include "report/stack.h"

namespace slotproof::report {

// The verdict in one sentence, the program with its choices, the lanes, the stacks, and `replay`,
// the command that replays it, as the last line.
std::string failure_text(const RunView& run, const std::vector<Stack>& stacks,
                         std::string_view replay, const LanesOptions& options);

}  // namespace slotproof::report
