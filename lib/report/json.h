// A run for programs to read.
#pragma once

#include <span>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "report/run_view.h"
#include "report/stack.h"

namespace slotproof::report {

// Counts up when a member goes or changes its meaning; new members may come at any time.
inline constexpr int kSchemaVersion = 1;

// The last run. Members keep their order, and nothing depends on addresses: the same case gives the
// same text with the same build. README.md lists the members.
nlohmann::ordered_json run_json(const RunView& run, std::string_view slot,
                                std::span<const Stack> stacks);

}  // namespace slotproof::report
