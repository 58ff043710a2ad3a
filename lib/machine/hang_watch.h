// Turns code under test that gets nowhere into the end of a run.
#pragma once

namespace slotproof::machine {

// From the first call on, a simulated thread of the calling OS thread that goes round, sleeps or
// blocks without an event of the machine ends its run with Halt::kStepLimit, and the process goes
// on. Further calls do nothing.
//
// Code that goes round is given up when it was found at the same event kRounds times in a row,
// kRound of processor time apart: an allocator that clears away may take that long once, and is not
// to be left in the middle. Code that waits is when it was found waiting kWaits times, kWait apart.
// Whether a thread only got no processor is told by the operating system's count of the times that
// it gave it away, so a machine under load does not matter. A run of a slot takes microseconds, its
// events nanoseconds.
void watch_for_hangs();

// While one lives, the calling OS thread does what takes as long as it takes, for the code under
// test, and is not to be left in the middle: AddressSanitizer asks another process for names.
class Unwatched {
 public:
  Unwatched();
  ~Unwatched();
  Unwatched(const Unwatched&) = delete;
  Unwatched& operator=(const Unwatched&) = delete;
};

inline constexpr long kRoundMilliseconds = 50;
inline constexpr int kRounds = 4;
inline constexpr long kWaitMilliseconds = 250;
inline constexpr int kWaits = 4;

}  // namespace slotproof::machine
