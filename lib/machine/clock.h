// Vector clocks: who knows what of whom.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace slotproof::machine {

// A simulated thread. 0 is the root, which forks the others.
using ThreadId = std::uint8_t;

inline constexpr int kMaxThreads = 16;

// A set of threads: bit t is thread t.
using Threads = std::uint32_t;

constexpr Threads only(ThreadId thread) { return Threads{1} << thread; }
constexpr bool has(Threads threads, ThreadId thread) { return (threads >> thread & 1) != 0; }
// Of a set that is not empty.
constexpr ThreadId lowest(Threads threads) {
  return static_cast<ThreadId>(std::countr_zero(threads));
}

// A thread's own time: the number of its next synchronising event, counted from 1. Plain accesses
// carry the number of the synchronising event that follows them.
using Time = std::uint32_t;

// Makes each entry of `to` the larger one of both. By way of a third array, so that compilers,
// which need not ask then whether the two overlap, use vector instructions.
template <class T, std::size_t kSize>
void join_into(std::array<T, kSize>& to, const std::array<T, kSize>& from) {
  std::array<T, kSize> joined;
  for (std::size_t i = 0; i < kSize; ++i) joined[i] = std::max(to[i], from[i]);
  to = joined;
}

// For each thread, the last time of it that is known (0: nothing).
struct alignas(64) VectorClock {
  std::array<Time, kMaxThreads> of{};

  bool knows(ThreadId thread, Time time) const { return of[thread] >= time; }

  void join(const VectorClock& other) { join_into(of, other.of); }
};

static_assert(sizeof(VectorClock) == 64, "one cache line: clocks are copied with every store");

}  // namespace slotproof::machine
