// Schedules by priority.

#include "choice/priorities.h"

#include <array>
#include <cstdint>
#include <set>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "choice/choice_sequence.h"

namespace slotproof::choice {
namespace {

using Threads = std::vector<std::uint8_t>;

// Who goes on when these can, again and again, each until it has had `steps` turns.
Threads run(Priorities& priorities, Threads threads, int steps) {
  std::array<int, Priorities::kThreads> left{};
  for (const std::uint8_t t : threads) left[t] = steps;
  Threads order;
  while (threads.size() > 1) {
    const std::uint32_t chosen = priorities.choose(threads);
    order.push_back(threads[chosen]);
    if (--left[threads[chosen]] == 0) threads.erase(threads.begin() + chosen);
  }
  return order;
}

TEST(Priorities, LetOneThreadGoOnUntilItEnds) {
  for (std::uint32_t order = 0; order < 256; ++order) {
    Priorities priorities;
    priorities.reset(order, {});
    const Threads ran = run(priorities, {1, 2, 3}, 2);
    ASSERT_EQ(ran.size(), 4u);
    EXPECT_EQ(ran[0], ran[1]);
    EXPECT_EQ(ran[2], ran[3]);
    EXPECT_NE(ran[1], ran[2]);
  }
}

TEST(Priorities, DoNotDependOnTheOrderOfTheQuestion) {
  for (std::uint32_t order = 0; order < 256; ++order) {
    Priorities priorities;
    priorities.reset(order, {});
    const Threads forth = {1, 2, 3, 4};
    const Threads back = {4, 3, 2, 1};
    EXPECT_EQ(forth[priorities.choose(forth)], back[priorities.choose(back)]);
  }
}

TEST(Priorities, BeginInAnyOrder) {
  std::set<Threads> orders;
  for (std::uint32_t order = 0; order < 256; ++order) {
    Priorities priorities;
    priorities.reset(order, {});
    orders.insert(run(priorities, {1, 2, 3, 4}, 1));
  }
  EXPECT_EQ(orders.size(), 4u * 3 * 2);
}

TEST(Priorities, ChangeAtTheirQuestions) {
  Priorities priorities;
  for (std::uint32_t at = 0; at < 5; ++at) {
    priorities.reset(1, {});
    const std::uint32_t first = priorities.choose(Threads{1, 2});
    const std::array<std::uint32_t, 1> changes = {at};
    priorities.reset(1, changes);
    for (std::uint32_t q = 0; q < 10; ++q) {
      EXPECT_EQ(priorities.choose(Threads{1, 2}), q < at ? first : 1 - first);
    }
  }
}

// The priority of the i-th change is i, whenever it comes (section 2 of the paper).
TEST(Priorities, OfTheLaterChangeAreHigher) {
  Priorities priorities;
  std::array<std::uint32_t, 2> changes = {0, 1};
  priorities.reset(1, changes);
  Threads ran;
  for (int q = 0; q < 3; ++q) {
    const Threads threads = {1, 2};
    ran.push_back(threads[priorities.choose(threads)]);
  }
  // The first falls at once, the second falls behind it no more.
  EXPECT_EQ(ran[0], ran[1]);
  EXPECT_EQ(ran[1], ran[2]);
  changes = {1, 0};
  priorities.reset(1, changes);
  for (std::uint8_t& t : ran) t = Threads{1, 2}[priorities.choose(Threads{1, 2})];
  EXPECT_NE(ran[0], ran[1]);
  EXPECT_EQ(ran[1], ran[2]);
}

// What is recorded replays without priorities.
TEST(Priorities, AreRecordedAsAnswers) {
  class Source final : public choice::Source {
   public:
    std::uint32_t choose(std::uint32_t, Kind) override { return 0; }
    std::uint32_t choose_thread(std::span<const std::uint8_t> threads) override {
      return priorities_.choose(threads);
    }
    Source() {
      const std::array<std::uint32_t, 2> changes = {1, 3};
      priorities_.reset(7, changes);
    }

   private:
    Priorities priorities_;
  } by_priority;
  RecordingSource recording;
  recording.restart(by_priority);
  const Threads threads = {3, 1, 2};
  std::vector<std::uint32_t> answers;
  for (int i = 0; i < 8; ++i) answers.push_back(recording.choose_thread(threads));
  EXPECT_THAT(std::set(answers.begin(), answers.end()), testing::SizeIs(testing::Ge(2u)));
  ReplaySource replay(recording.recorded());
  for (const std::uint32_t answer : answers) EXPECT_EQ(replay.choose_thread(threads), answer);
  EXPECT_FALSE(replay.diverged());
}

}  // namespace
}  // namespace slotproof::choice
