// Cells: which are counted, which can be reached, and that none is seen that cannot.
#include "oracle/cells.h"

#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "choice/random_source.h"
#include "explore/search.h"
#include "hand/failing_case.h"
#include "world/load_slot.h"

namespace slotproof::unit {
namespace {

using oracle::Cell;
using oracle::SeenObject;
using oracle::SeenTag;

std::string text_of(const Cell& cell) {
  const oracle::AbstractState& state = oracle::abstract_states()[cell.state];
  return std::string(oracle::kCellOperationNames[cell.operation]) + ": " +
         std::string(oracle::kSeenTagNames[static_cast<std::size_t>(state.tag)]) + ", " +
         std::string(oracle::kSeenObjectNames[static_cast<std::size_t>(state.object)]) +
         (state.hermetic ? ", hermetic" : "");
}

template <class F>
void for_cells(F&& f) {
  for (int o = 0; o < oracle::kCellOperations; ++o) {
    for (int s = 0; s < oracle::kAbstractStates; ++s) f(Cell{o, s});
  }
}

// The cells of one run on the right slot under the dull schedule, with their hits.
std::multiset<std::string> cells_of(const std::string& program) {
  std::string error;
  explore::Runner runner(*world::load_slot("native", error));
  const program::Case test_case = parsed(program).test_case;
  choice::DullSource dull;
  EXPECT_EQ(runner.run(test_case.program, dull).verdict, oracle::Verdict::kPass);
  oracle::Cells cells;
  cells.add(runner.view().world);
  std::multiset<std::string> found;
  for_cells([&](const Cell& cell) {
    for (std::uint64_t h = 0; h < cells.hits(cell); ++h) found.insert(text_of(cell));
  });
  return found;
}

TEST(Cells, AreThoseOfTheCallsWithTheStatesThatTheyMeet) {
  EXPECT_EQ(cells_of("slotproof 1\n"
                     "thread 0\n"
                     "  - tag x0\n"
                     "  A wrap x0\n"
                     "  - hermetic on\n"
                     "  B check x0 ignore\n"
                     "  A misuse x0 odd\n"
                     "  - hermetic off\n"
                     "  A unwrap x0\n"
                     "  - drop x0\n"),
            (std::multiset<std::string>{
                "construct: detached untagged, null",
                "interpreter: detached untagged, null",
                "check: untagged, null",
                "init maybe: untagged, null",
                "check ignore: other, present, hermetic",
                "misuse odd: mine, present, hermetic",
                "set_owns: mine, present",
                "destruct: detached tagged, owned",
            }));
}

TEST(Cells, OfAPrivateTensorAreClaimedDefinitely) {
  const auto cells = cells_of(
      "slotproof 1\nprivate x0 0\nthread 0\n  A wrap x0\n  A init x0 other\n  A wrap x0\n");
  EXPECT_TRUE(cells.contains("init definitely: untagged, null"));
  EXPECT_TRUE(cells.contains("owns: mine, present"));
}

TEST(Cells, OfACallThatDoesNotFitAreNotCounted) {
  HandSlot slot(Bug::kAcceptsLoser);
  explore::Runner runner(slot);
  const program::Case claims =
      parsed("slotproof 1\nthread 0\n  A wrap x0\n  B init x0 maybe\n  C tag x1\n").test_case;
  choice::DullSource dull;
  ASSERT_EQ(runner.run(claims.program, dull).verdict, oracle::Verdict::kTag);
  oracle::Cells cells;
  cells.add(runner.view().world);
  std::set<std::string> found;
  for_cells([&](const Cell& cell) {
    if (cells.hits(cell) != 0) found.insert(text_of(cell));
  });
  // Those of the other tensor are.
  EXPECT_TRUE(found.contains("interpreter: untagged, null"));
  EXPECT_FALSE(found.contains("init maybe: untagged, null"));
}

TEST(Cells, HaveStatesThatAreAllDifferent) {
  std::set<std::string> names;
  for_cells([&](const Cell& cell) { names.insert(text_of(cell)); });
  EXPECT_EQ(static_cast<int>(names.size()), oracle::kCellOperations * oracle::kAbstractStates);
  for (const oracle::AbstractState& state : oracle::abstract_states()) {
    const bool untagged = state.tag == SeenTag::kNone || state.tag == SeenTag::kNoneDetached;
    EXPECT_TRUE(!untagged || state.object == SeenObject::kNull);
  }
}

// One thread makes each state of a slot, then each caller does each operation.
TEST(Cells, ThatAreListedAsReachableAreEachReachedByASmallProgram) {
  const std::string states[] = {"", "  A wrap x0\n  A clear x0\n  A unwrap x0\n", "  A wrap x0\n",
                                "  A wrap x0\n  A unwrap x0\n"};
  const std::string by_all[] = {"drop x0", "tag x0", "load x0", "has x0"};
  const std::string by_interpreters[] = {
      "init x0 definitely", "init x0 maybe", "init x0 us", "init x0 other",  "check x0",
      "check x0 ignore",    "mine x0",       "object x0",  "owns x0",        "own x0",
      "disown x0",          "clear x0",      "destroy x0", "misuse x0 null", "misuse x0 odd",
      "misuse x0 status"};
  std::string error;
  explore::Runner runner(*world::load_slot("native", error));
  oracle::Cells cells;
  choice::DullSource dull;
  const auto run = [&](const std::string& state, const std::string& operation) {
    for (const char* hermetic : {"", "  - hermetic on\n"}) {
      const program::Case test_case =
          parsed("slotproof 1\nprivate x0 0\nthread 0\n" + state + hermetic + operation + "\n")
              .test_case;
      const oracle::Verdict verdict = runner.run(test_case.program, dull).verdict;
      if (verdict == oracle::Verdict::kPass) cells.add(runner.view().world);
      EXPECT_FALSE(oracle::convicts(verdict));
    }
  };
  for (const std::string& state : states) {
    for (const std::string who : {"  A ", "  B ", "  - "}) {
      for (const std::string& operation : by_all) run(state, who + operation);
      if (who == "  - ") continue;
      for (const std::string& operation : by_interpreters) run(state, who + operation);
    }
  }
  for_cells([&](const Cell& cell) {
    EXPECT_EQ(cells.hits(cell) != 0, oracle::reachable(cell)) << text_of(cell);
  });
}

TEST(Cells, ThatAreListedAsUnreachableAreNeverSeen) {
  std::string error;
  explore::Runner runner(*world::load_slot("native", error));
  oracle::Cells cells;
  const auto observe = [&](const explore::Runner& run) {
    if (run.view().judgement.verdict == oracle::Verdict::kPass) cells.add(run.view().world);
  };
  EXPECT_FALSE(explore::random_search(runner, nullptr, 1, 20'000, {}, observe).finding);
  int hit = 0;
  for_cells([&](const Cell& cell) {
    if (cells.hits(cell) == 0) return;
    ++hit;
    EXPECT_TRUE(oracle::reachable(cell)) << text_of(cell);
  });
  EXPECT_EQ(hit, cells.reached());
  // Fewer would be a search that does not get about.
  EXPECT_GE(4 * hit, 3 * oracle::reachable_cells());
}

}  // namespace
}  // namespace slotproof::unit
