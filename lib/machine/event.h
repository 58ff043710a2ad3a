// What a run leaves behind: everything observable, in the order in which it was executed.
#pragma once

#include <cstdint>

#include "machine/clock.h"

namespace slotproof::machine {

enum class MemoryOrder : std::uint8_t { kRelaxed, kConsume, kAcquire, kRelease, kAcqRel, kSeqCst };

constexpr bool acquires(MemoryOrder o) {
  return o == MemoryOrder::kConsume || o == MemoryOrder::kAcquire || o == MemoryOrder::kAcqRel ||
         o == MemoryOrder::kSeqCst;
}
constexpr bool releases(MemoryOrder o) {
  return o == MemoryOrder::kRelease || o == MemoryOrder::kAcqRel || o == MemoryOrder::kSeqCst;
}

enum class EventKind : std::uint8_t {
  kRead,     // plain access
  kWrite,    // plain access
  kFree,     // memory given back; conflicts like a write
  kLoad,     // atomic
  kStore,    // atomic
  kRmw,      // atomic read-modify-write that stored (also a compare-exchange that succeeded)
  kCasFail,  // compare-exchange that did not store: a load
  kFence,
  kFork,  // `value`: the new thread
  kJoin,  // `value`: the thread that had ended
  kLock,  // `address`: the mutex
  kUnlock,
  kLockShared,
  kUnlockShared,
  kStart,  // thread began
  kEnd,    // thread ended
};

using EventIndex = std::uint32_t;
inline constexpr EventIndex kNoEvent = 0xffffffff;

struct Event {
  EventKind kind{};
  ThreadId thread = 0;
  std::uint8_t size = 0;                      // bytes; 0 for ranges longer than 255
  MemoryOrder order = MemoryOrder::kRelaxed;  // of the operation that took place
  Time time = 0;                              // of the thread
  std::uint64_t address = 0;
  std::uint64_t value = 0;  // stored or, for loads, seen (its low eight bytes)
  std::uint64_t seen = 0;   // kRmw: what was there before
  EventIndex reads_from =
      kNoEvent;  // kLoad, kRmw, kCasFail: the store that was read; kNoEvent: initial value
  // kLoad, kRmw, kCasFail: how many stores were newer than the one read; kStore: how many it was
  // put before in modification order.
  std::uint32_t stale = 0;
  const void* pc = nullptr;  // return address of the access

  friend bool operator==(const Event&, const Event&) = default;
};

}  // namespace slotproof::machine
