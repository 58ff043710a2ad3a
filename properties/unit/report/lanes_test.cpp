#include "report/lanes.h"

#include <fstream>
#include <iterator>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hand/failing_case.h"
#include "trace/table.h"

namespace slotproof::unit {
namespace {

using report::lanes_text;
using ::testing::HasSubstr;
using ::testing::Not;
using trace::Row;

// The picture in golden/NAME.txt. To accept a new one, copy what the failure prints.
std::string golden(const std::string& name) {
  std::ifstream file(std::string(SLOTPROOF_GOLDEN) + "/" + name + ".txt");
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Lanes, ShowBothSidesOfADataRace) {
  FailingCase failing(Bug::kClaimsInTwoSteps, kTwoClaims);
  EXPECT_EQ(lanes_text(failing.run(), {}), golden("data-race"));
}

TEST(Lanes, ShowRootWhereTheFaultIs) {
  FailingCase failing(Bug::kDecrefsTwice, kDroppedTwice);
  EXPECT_EQ(lanes_text(failing.run(), {}), golden("ownership"));
}

TEST(Lanes, FoldALoopThatWaits) {
  FailingCase failing(Bug::kSpins, kWaitsForAnObject);
  EXPECT_EQ(lanes_text(failing.run(), {}), golden("step-limit"));
}

TEST(Lanes, ShowWhoWaitsInADeadlock) {
  FailingCase failing(Bug::kLocks, kCrossedLocks);
  EXPECT_EQ(lanes_text(failing.run(), {}), golden("deadlock"));
}

TEST(Lanes, ShowNoMoreThanCallsOfARunThatPasses) {
  FailingCase passing(Bug::kNone, "slotproof 1\nthread 0\n  A wrap x0\n");
  EXPECT_EQ(lanes_text(passing.run(), {}),
            "   thread 0\n"
            "   -------------------------------------------\n"
            "   A wrap x0\n"
            "     x0.check_pyobj(A) -> nullopt\n"
            "     x0.init_pyobj(A, p0, MAYBE_UNINITIALIZED)\n");
}

TEST(Lanes, ShowEverythingWithANameIfVerbose) {
  FailingCase passing(Bug::kNone, "slotproof 1\nthread 0\n  A wrap x0\n");
  const std::string text = lanes_text(passing.run(), {.verbose = true});
  EXPECT_THAT(text, HasSubstr("lock A.gil"));
  EXPECT_THAT(text, HasSubstr("x0.construct()"));
  EXPECT_THAT(text, HasSubstr("rmw x0.slot acq_rel null -> A"));
  EXPECT_THAT(text, HasSubstr("root, at the end"));
}

TEST(Lanes, NeverNameAnAddress) {
  FailingCase passing(
      Bug::kNone, "slotproof 1\nthread 0\n  A wrap x0\nthread 1\n  B wrap x0\n  B init x0 maybe\n");
  EXPECT_THAT(lanes_text(passing.run(), {.verbose = true}), Not(HasSubstr("0x")));
}

TEST(Lanes, StayWithinTheColumns) {
  FailingCase failing(Bug::kClaimsInTwoSteps, kTwoClaims);
  for (const int columns : {100, 60, 40}) {
    std::istringstream lines(lanes_text(failing.run(), {.columns = columns}));
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(static_cast<int>(line.size()), columns) << line;
      EXPECT_FALSE(line.ends_with(' ')) << line;
    }
  }
}

TEST(Lanes, AreColouredOnlyIfAsked) {
  FailingCase failing(Bug::kClaimsInTwoSteps, kTwoClaims);
  EXPECT_THAT(lanes_text(failing.run(), {}), Not(HasSubstr("\033")));
  EXPECT_THAT(lanes_text(failing.run(), {.colour = true}), HasSubstr("\033[1;31m>>"));
}

std::vector<Row> numbered(int count) {
  std::vector<Row> rows;
  for (int r = 0; r < count; ++r) rows.push_back({0, 0, "row " + std::to_string(r), false, false});
  return rows;
}

TEST(Table, LeavesOutTheMiddleButNotWhatIsMarked) {
  std::vector<Row> rows = numbered(100);
  rows[50].marked = true;
  const std::string text = trace::table_text({"a"}, rows, {.max_rows = 20});
  EXPECT_THAT(text, HasSubstr("   row 11\n   ... 36 rows left out ...\n   row 48\n"));
  EXPECT_THAT(text, HasSubstr(">> row 50\n"));
  EXPECT_THAT(text, HasSubstr("   row 52\n   ... 39 rows left out ...\n   row 92\n"));
  EXPECT_THAT(text, HasSubstr("row 99\n"));
}

TEST(Table, ContinuesLongTextsBelow) {
  const std::string text = trace::table_text(
      {"a", "b"}, {{0, 1, "one two three four five", true, false}, {1, 0, "short", false, false}},
      {.columns = 30});
  EXPECT_EQ(text,
            "   a                   | b\n"
            "   --------------------+------\n"
            ">>   one two three     |\n"
            "       four five       |\n"
            "                       | short\n");
}

TEST(Table, SaysHowOftenRowsAreRepeated) {
  std::vector<Row> rows = numbered(2);
  for (int times = 0; times < 6; ++times) {
    rows.push_back({0, 1, "look", false, true});
    rows.push_back({0, 1, "wait", false, true});
  }
  rows.push_back({0, 1, "look", false, true});
  const std::vector<Row> left = trace::without_repeats(rows);
  ASSERT_EQ(left.size(), 6u);
  EXPECT_EQ(left[4].text, "(these 2, 6 times)");
  EXPECT_EQ(left[5].text, "look");
}

}  // namespace
}  // namespace slotproof::unit
