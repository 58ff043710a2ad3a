// How bad a failure is, by a table of our own.
#pragma once

#include <cstdint>
#include <string_view>

#include "report/run_view.h"

namespace slotproof::report {

enum class Severity : std::uint8_t { kNone, kLow, kMedium, kHigh };

// "none", "low", "medium", "high".
std::string_view name(Severity severity);

struct Rating {
  Severity severity = Severity::kNone;
  std::string_view reason;  // a sentence of the table; empty for kNone
};

// The first row of the table in README.md that fits the run; kNone for a run that does not convict.
Rating rate(const RunView& run);

// Of a process that died of the run, which no view tells of.
Rating rate_death();

}  // namespace slotproof::report
