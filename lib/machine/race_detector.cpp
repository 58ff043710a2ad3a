#include "machine/race_detector.h"

namespace slotproof::machine {

EventIndex RaceDetector::access(Granule& granule, std::uint8_t bytes, AccessKind kind,
                                ThreadId thread, Time time, const VectorClock& known,
                                EventIndex event) {
  bool kept = false;
  for (std::int32_t i = granule.accesses; i != kNone; i = pool_[i].older) {
    Access& other = pool_[i];
    if (other.thread == thread) {
      // Whatever is unordered with the older access is unordered with this one too.
      if (!kept && other.kind == kind && (other.bytes & ~bytes) == 0) {
        other.event = event;
        other.time = time;
        other.bytes = bytes;
        kept = true;
      }
      continue;
    }
    const bool conflict = (other.bytes & bytes) != 0 && (other.kind.write || kind.write) &&
                          !(other.kind.atomic && kind.atomic);
    if (conflict && !known.knows(other.thread, other.time)) return other.event;
  }
  if (!kept) {
    pool_.push_back({event, time, granule.accesses, thread, bytes, kind});
    granule.accesses = static_cast<std::int32_t>(pool_.size() - 1);
  }
  return kNoEvent;
}

}  // namespace slotproof::machine
