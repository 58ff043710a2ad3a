// What a fault looks like: the smallest execution in which it shows.
#include <algorithm>
#include <ostream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "faults.h"
#include "machine/machine.h"
#include "machine_test/explored.h"

namespace slotproof::machine_test {
namespace {

struct Case {
  const char* name;
  const Program& program;
  const char* outcome;
  int events;            // that the picture shows
  const char* decisive;  // is among them
};

void PrintTo(const Case& c, std::ostream* os) { *os << c.name; }

const Case kCases[] = {
    {"check_relaxed", check_relaxed, "data race", 7, "load v1 relaxed -> &v3 from 4"},
    {"claim_relaxed", claim_relaxed, "data race", 7, "rmw v1 relaxed 0 -> &v3"},
    {"give_back_relaxed", give_back_relaxed, "data race", 13, " 9 store v1 relaxed <- 0"},
    {"tag_by_store", tag_by_store, "data race", 10, " 6 load v1 acquire -> 0 from 1"},
    {"published_too_early", published_too_early, "data race", 5, ">> 3 write v2"},
    {"freed_during_a_check", freed_during_a_check, "dead memory", 12, ">> 10 free v3"},
    {"tag_stored_again", tag_stored_again, "data race", 6, "load v1 acquire -> &v2 from 4"},
    {"store_buffering", store_buffering, "0 0", 4, "load x acquire -> 0 (1 stale)"},
    {"place_before_execution", place_before_execution, "1 2", 5, "store x relaxed <- 1 (before 1)"},
    {"eight_stores_stale", eight_stores_stale, "0", 11,
     "load x relaxed -> 0 (8 stale) from the start"},
};

class SlotFaultTraces : public testing::TestWithParam<Case> {};

TEST_P(SlotFaultTraces, ShowWhatDecides) {
  const Case& c = GetParam();
  machine::Machine machine({.steps = c.program.steps});
  const std::string trace = trace_of(machine, c.program, c.outcome);
  const auto lines = std::ranges::count(trace, '\n');
  EXPECT_EQ(lines - 2, c.events) << trace;  // below two of headings
  EXPECT_THAT(trace, testing::HasSubstr(c.decisive));
}

INSTANTIATE_TEST_SUITE_P(All, SlotFaultTraces, testing::ValuesIn(kCases),
                         [](const auto& c) { return std::string(c.param.name); });

}  // namespace
}  // namespace slotproof::machine_test
