// The same case must do the same twice.
#pragma once

#include <string>

#include "explore/runner.h"
#include "program/program.h"

namespace slotproof::explore {

// Runs the case `times` times and compares the traces. Gives the empty text if they are equal, else
// the first line that differs, from both.
std::string differs_when_repeated(Runner& runner, const program::Case& test_case, int times);

}  // namespace slotproof::explore
