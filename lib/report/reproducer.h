// A failure as a file that replays it.
#pragma once

#include <string>
#include <string_view>

#include "report/run_view.h"

namespace slotproof::report {

// The command that replays `file`, for a shell; `options` have a space before each.
std::string replay_command(std::string_view slot, std::string_view file,
                           std::string_view options = {});

// A word as a shell takes it: in quotes if need be.
std::string shell_word(std::string_view word);

// The case of the last run as text: what went wrong and `replay` as its story, the choices as they
// were made, and its verdict as the one to expect.
std::string reproducer_text(const RunView& run, std::string_view replay);

}  // namespace slotproof::report
