// Vector clocks: who knows what of whom.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace slotproof::machine {

// A simulated thread. 0 is the root, which forks the others.
using ThreadId = std::uint8_t;

inline constexpr int kMaxThreads = 16;

// A thread's own time: the number of its next synchronising event, counted from 1. Plain accesses
// carry the number of the synchronising event that follows them.
using Time = std::uint32_t;

// For each thread, the last time of it that is known (0: nothing).
struct alignas(64) VectorClock {
  std::array<Time, kMaxThreads> of{};

  bool knows(ThreadId thread, Time time) const { return of[thread] >= time; }

  void join(const VectorClock& other) {
    std::array<Time, kMaxThreads>
        joined;  // apart from both, so that it is done in a few instructions
    for (int t = 0; t < kMaxThreads; ++t) joined[t] = std::max(of[t], other.of[t]);
    of = joined;
  }
};

static_assert(sizeof(VectorClock) == 64, "one cache line: clocks are copied with every store");

}  // namespace slotproof::machine
