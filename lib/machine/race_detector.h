// Data races by happens-before: two accesses conflict, one is plain, and neither happens before the
// other
// ([intro.races]/21). Found whenever the two are unordered in a run, not only when they meet in
// time. The epochs are those of FastTrack (Flanagan, Freund, PLDI 2009), but the newest access of
// every thread is kept, because one thread's later read does not order another's.
#pragma once

#include <cstdint>
#include <vector>

#include "machine/clock.h"
#include "machine/event.h"
#include "machine/shadow.h"

namespace slotproof::machine {

struct AccessKind {
  bool write = false;
  bool atomic = false;

  friend bool operator==(const AccessKind&, const AccessKind&) = default;
};

class RaceDetector {
 public:
  void reset() { pool_.clear(); }

  // Notes that `thread`, which knows `known` of the others, accesses the bytes of `granule` that
  // `bytes` has bits for, at `time` as event `event`. Gives the event that it races with, or
  // kNoEvent.
  EventIndex access(Granule& granule, std::uint8_t bytes, AccessKind kind, ThreadId thread,
                    Time time, const VectorClock& known, EventIndex event);

 private:
  struct Access {
    EventIndex event;
    Time time;
    std::int32_t older;
    ThreadId thread;
    std::uint8_t bytes;
    AccessKind kind;
  };

  std::vector<Access> pool_;
};

}  // namespace slotproof::machine
