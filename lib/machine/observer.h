// What a run does, as an execution graph knows it: who reads from whom, what follows what.
//
// A choice source is asked bare numbers. An explorer that leaves out what is equivalent must know
// what a question is about, and what happened without one: it is an Observer of the machine beside
// being the source of its choices.
#pragma once

#include <cstdint>
#include <span>

#include "machine/clock.h"
#include "machine/event.h"

namespace slotproof::machine {

// An atomic access: who, where, how, and as which event of the trace.
struct AtomicAccess {
  ThreadId thread;
  std::uint64_t address;
  std::uint8_t size;  // 1, 2, 4, 8 or 16 bytes
  MemoryOrder order;
  EventIndex event;
};

// A location of the memory model in this run. One that was written plainly in between is another.
using LocationId = std::uint32_t;

// A store that a load or read-modify-write may read. Stores are named by their events; kNoEvent is
// the initial one.
struct Offer {
  EventIndex store;
  bool writes;          // the operation can then store as well
  bool spurious;        // it can also fail to, spuriously
  std::uint32_t place;  // of the store in modification order
};

// A load or read-modify-write is about to be told what it reads.
struct ReadQuestion {
  const AtomicAccess& access;
  LocationId location;
  std::span<const Offer> offers;  // as the answers are numbered: the newest first
  // What it would read and overwrite, had no other read-modify-write done so.
  std::span<const EventIndex> taken;
  EventIndex oldest;  // coherence leaves it nothing older
};

// A store is about to enter the modification order.
struct PlaceQuestion {
  const AtomicAccess& access;
  LocationId location;
  std::span<const EventIndex> behind;  // the stores that it may follow, the newest first
  EventIndex oldest;                   // coherence leaves it no place before this one's successor
};

// Called on simulated threads, between their events; must not call back into what runs.
class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  // One of `threads` goes on. Also called if there is only one, and if none can and the run ends.
  virtual void before_switch(Threads threads) = 0;
  // Also called where there is one answer, and no question therefore.
  virtual void before_read(const ReadQuestion& question) = 0;
  virtual void before_place(const PlaceQuestion& question) = 0;

  // `thread` now holds the mutex, waits because others hold it, gives it back.
  virtual void locked(ThreadId thread, const void* mutex, bool shared) = 0;
  virtual void waits(ThreadId thread, const void* mutex, bool shared) = 0;
  virtual void unlocked(ThreadId thread, const void* mutex, bool shared) = 0;

  // `thread` opened the latch; went on behind it.
  virtual void opened(ThreadId thread, const void* latch) = 0;
  virtual void passed(ThreadId thread, const void* latch) = 0;

  virtual void forked(ThreadId parent, ThreadId child) = 0;
  virtual void joined(ThreadId joiner, ThreadId ended) = 0;
};

}  // namespace slotproof::machine
