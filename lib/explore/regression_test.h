// A failure as a test to paste.
#pragma once

#include <string>
#include <string_view>

#include "report/run_view.h"

namespace slotproof::explore {

// A whole C++ file: a GoogleTest case that runs the program of the last run, which convicts, under
// its schedule and under others, and fails if the slot is convicted again. The slot is `native`, or
// what the environment's SLOTPROOF_SLOT names. `bug` is the fingerprint's line, `hash` its hash,
// `replay` the command that replays the failure; the last two lines of its head comment say how to
// build it.
std::string regression_test(const report::RunView& run, std::string_view bug, std::string_view hash,
                            std::string_view replay);

}  // namespace slotproof::explore
