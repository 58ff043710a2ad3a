// Schedules by priority instead of by answers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "choice/random_source.h"

namespace slotproof::choice {

// Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi, Nagarakatte: "A Randomized
// Scheduler with Probabilistic Guarantees of Finding Bugs", ASPLOS 2010, section 2): the runnable
// thread of the highest priority goes on. At a change of priority the one that would go on falls
// behind all that have not fallen. A bug of depth d takes d - 1 changes at the right places and the
// right order to begin with.
class Priorities {
 public:
  static constexpr std::size_t kMaxChanges = 3;
  static constexpr std::uint8_t kThreads = 16;  // numbers of threads are below it

  // `order` stands for the order of the threads to begin with; `changes`, at most kMaxChanges, are
  // the numbers of the questions, from 0, at which a thread falls. They need not be in order: of
  // two that have fallen the one of the later entry goes first, as in the paper.
  void reset(std::uint32_t order, std::span<const std::uint32_t> changes) {
    SplitMix64 random(order);
    for (std::uint8_t t = 0; t < kThreads; ++t) {
      priority_[t] = static_cast<std::uint8_t>(kMaxChanges + t);
    }
    for (std::uint8_t t = kThreads - 1; t > 0; --t) {
      std::swap(priority_[t], priority_[random.below(t + 1u)]);
    }
    asked_ = 0;
    count_ = changes.size();
    for (std::size_t i = 0; i < count_; ++i) changes_[i] = changes[i];
  }

  // The index of the one that goes on.
  std::uint32_t choose(std::span<const std::uint8_t> threads) {
    std::uint32_t best = highest(threads);
    for (std::size_t i = 0; i < count_; ++i) {
      if (changes_[i] != asked_) continue;
      priority_[threads[best]] = static_cast<std::uint8_t>(i);
      best = highest(threads);
    }
    ++asked_;
    return best;
  }

 private:
  std::uint32_t highest(std::span<const std::uint8_t> threads) const {
    std::uint32_t best = 0;
    for (std::uint32_t i = 1; i < threads.size(); ++i) {
      if (priority_[threads[i]] > priority_[threads[best]]) best = i;
    }
    return best;
  }

  std::array<std::uint8_t, kThreads> priority_{};
  std::array<std::uint32_t, kMaxChanges> changes_{};
  std::size_t count_ = 0;
  std::uint32_t asked_ = 0;
};

}  // namespace slotproof::choice
