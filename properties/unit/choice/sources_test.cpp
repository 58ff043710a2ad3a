// Sources of choices.
#include <cstdint>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "choice/odometer.h"
#include "choice/random_source.h"

namespace slotproof::choice {
namespace {

using Answers = std::vector<std::uint32_t>;

// A tree whose shape depends on the answers: the leaves below a node that was answered with 1 are
// deeper, and one answer asks nothing more.
Answers leaf(Source& source) {
  Answers answers = {source.choose(3, Kind::kThread)};
  if (answers[0] == 2) return answers;
  answers.push_back(source.choose(2, Kind::kStore));
  if (answers[0] == 1) answers.push_back(source.choose(4, Kind::kPlace));
  return answers;
}

TEST(Odometer, VisitsEachLeafOnceAndInOrder) {
  Odometer odometer;
  std::vector<Answers> visited;
  do {
    visited.push_back(leaf(odometer));
  } while (odometer.next());
  EXPECT_EQ(visited, (std::vector<Answers>{{0, 0},
                                           {0, 1},
                                           {1, 0, 0},
                                           {1, 0, 1},
                                           {1, 0, 2},
                                           {1, 0, 3},
                                           {1, 1, 0},
                                           {1, 1, 1},
                                           {1, 1, 2},
                                           {1, 1, 3},
                                           {2}}));
}

TEST(Odometer, OfARunWithoutQuestionsHasOneLeaf) {
  Odometer odometer;
  EXPECT_FALSE(odometer.next());
}

std::vector<Answers> visited(std::uint32_t stale_reads, std::uint32_t detours) {
  BoundedOdometer odometer(stale_reads, detours);
  std::vector<Answers> all;
  do {
    all.push_back(leaf(odometer));
  } while (odometer.next());
  return all;
}

TEST(BoundedOdometer, VisitsWhatIsWithinItsBounds) {
  EXPECT_EQ(visited(0, 0), (std::vector<Answers>{{0, 0}}));
  EXPECT_EQ(visited(1, 0), (std::vector<Answers>{{0, 0}, {0, 1}}));
  EXPECT_EQ(visited(0, 1), (std::vector<Answers>{{0, 0}, {1, 0, 0}, {2}}));
  EXPECT_EQ(visited(0, 2),
            (std::vector<Answers>{{0, 0}, {1, 0, 0}, {1, 0, 1}, {1, 0, 2}, {1, 0, 3}, {2}}));
  EXPECT_EQ(visited(1, 1), (std::vector<Answers>{{0, 0}, {0, 1}, {1, 0, 0}, {1, 1, 0}, {2}}));
  EXPECT_EQ(visited(9, 9).size(), 11U);
}

Answers drawn(std::uint64_t seed) {
  RandomSource source(seed);
  Answers answers;
  for (int i = 0; i < 200; ++i) answers.push_back(source.choose(5, Kind::kThread));
  return answers;
}

TEST(RandomSource, IsAFunctionOfItsSeed) {
  std::set<Answers> all;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    EXPECT_EQ(drawn(seed), drawn(seed));
    all.insert(drawn(seed));
  }
  EXPECT_EQ(all.size(), 100u);
}

TEST(RandomSource, GivesEveryAnswerAndNoneBeyondTheBound) {
  RandomSource source(1);
  std::set<std::uint32_t> seen;
  for (int i = 0; i < 10'000; ++i) seen.insert(source.choose(5, Kind::kThread));
  EXPECT_EQ(seen, (std::set<std::uint32_t>{0, 1, 2, 3, 4}));
}

// The first numbers for seed 0 of the reference implementation.
TEST(SplitMix64, GivesThePublishedNumbers) {
  SplitMix64 random(0);
  EXPECT_EQ(random.next(), 0xe220a8397b1dcdafu);
  EXPECT_EQ(random.next(), 0x6e789e6aa1b965f4u);
}

}  // namespace
}  // namespace slotproof::choice
