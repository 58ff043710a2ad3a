// Schedules by priority instead of by answers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "choice/random_source.h"
#include "choice/source.h"

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

// Random priorities, with 0 to kMaxChanges changes at random questions of the first 255, more often
// early than late, since most runs are short. Everything else is answered by a random walk.
class PrioritySource final : public Source {
 public:
  explicit PrioritySource(std::uint64_t seed) : rest_(seed) {
    SplitMix64 random(~seed);
    std::array<std::uint32_t, Priorities::kMaxChanges> changes{};
    const std::uint32_t count = random.below(Priorities::kMaxChanges + 1);
    for (std::uint32_t& at : changes) {
      const std::uint32_t byte = random.below(256);
      at = byte * byte / 256;
    }
    priorities_.reset(static_cast<std::uint32_t>(random.next()), std::span(changes).first(count));
  }

  std::uint32_t choose(std::uint32_t bound, Kind kind) override {
    return rest_.choose(bound, kind);
  }

  std::uint32_t choose_thread(std::span<const std::uint8_t> threads) override {
    return priorities_.choose(threads);
  }

 private:
  RandomSource rest_;
  Priorities priorities_;
};

}  // namespace slotproof::choice
