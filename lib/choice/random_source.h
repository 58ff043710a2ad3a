// Choices from a seeded generator.
#pragma once

#include <cstdint>

#include "choice/source.h"

namespace slotproof::choice {

// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014):
// eight bytes of state, so a new seed for every run costs nothing, and the same numbers on every
// platform.
class SplitMix64 {
 public:
  explicit SplitMix64(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  // A number in [0, bound); bound > 0. The bias of 2^-32 times the bound does not matter here.
  std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
  }

 private:
  std::uint64_t state_;
};

// A random walk. Uniform choices would switch threads at every second step and hide the bugs that
// need a long undisturbed stretch, so the dull answer is given with probability 1 - 1/2^k, k drawn
// from 1 to 4 once a run.
class RandomSource final : public Source {
 public:
  explicit RandomSource(std::uint64_t seed) : random_(seed), rarity_(1 + random_.below(4)) {}

  std::uint32_t choose(std::uint32_t bound, Kind /*kind*/) override {
    if (random_.below(std::uint32_t{1} << rarity_) != 0) return 0;
    return random_.below(bound);
  }

 private:
  SplitMix64 random_;
  std::uint32_t rarity_;
};

}  // namespace slotproof::choice
