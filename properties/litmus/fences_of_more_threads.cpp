// Fences between relaxed accesses, in three and four threads. Since C++20 seq_cst fences restore
// sequential consistency to all of these shapes (P0668R5); before it they did not to RWC and IRIW.
#include "machine_test/machine_test.h"

namespace slotproof::machine_test {
namespace {

// clang-format off: each thread is one line, as in the literature.

template <std::memory_order kSecond, std::memory_order kThird>
Program wrc() {
  return {.threads = {[] { x.store(1, relaxed); },
                      [] { r1 = x.load(relaxed); fence(kSecond); y.store(1, relaxed); },
                      [] { r2 = y.load(relaxed); fence(kThird); r3 = x.load(relaxed); }}};
}

template <std::memory_order kFirst, std::memory_order kSecond, std::memory_order kThird>
Program isa2() {
  return {.threads = {[] { x.store(1, relaxed); fence(kFirst); y.store(1, relaxed); },
                      [] { r1 = y.load(relaxed); fence(kSecond); z.store(1, relaxed); },
                      [] { r2 = z.load(relaxed); fence(kThird); r3 = x.load(relaxed); }}};
}

const Test kCausality[] = {
    // Not "1 1 0": the fences synchronize, so the first read of x happens before the second.
    {"Fences", "WRCReleaseAcquire", wrc<release, acquire>(),
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 0", "1 0 1", "1 1 1"}},
    {"Fences", "WRCSeqCst", wrc<seq_cst, seq_cst>(),
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 0", "1 0 1", "1 1 1"}},
    {"Fences", "WRCSeqCstInOneThread", wrc<seq_cst, relaxed>(),
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 0", "1 0 1", "1 1 0", "1 1 1"}},
    // Not "1 1 0": happens-before goes through the fence in the middle, if it both acquires and
    // releases.
    {"Fences", "ISA2AcqRel", isa2<release, acq_rel, acquire>(),
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 0", "1 0 1", "1 1 1"}},
    {"Fences", "ISA2SeqCst", isa2<seq_cst, seq_cst, seq_cst>(),
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 0", "1 0 1", "1 1 1"}},
    {"Fences", "ISA2AcquireInTheMiddle", isa2<release, acquire, acquire>(),
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 0", "1 0 1", "1 1 0", "1 1 1"}},
    {"Fences", "ISA2ReleaseInTheMiddle", isa2<release, release, acquire>(),
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 0", "1 0 1", "1 1 0", "1 1 1"}},
};

template <std::memory_order kSecond, std::memory_order kThird>
Program rwc() {
  return {.threads = {[] { x.store(1, relaxed); },
                      [] { r1 = x.load(relaxed); fence(kSecond); r2 = y.load(relaxed); },
                      [] { y.store(1, relaxed); fence(kThird); r3 = x.load(relaxed); }}};
}

template <std::memory_order kStore, std::memory_order kLoad>
Program w_rwc() {
  return {.threads = {[] { x.store(1, relaxed); z.store(1, kStore); },
                      [] { r1 = z.load(kLoad); fence(seq_cst); r2 = y.load(relaxed); },
                      [] { y.store(1, relaxed); fence(seq_cst); r3 = x.load(relaxed); }}};
}

const Test kRwc[] = {
    // Not "1 0 0": missing y = 1 puts the second thread's fence first in S; missing an x = 1 that
    // was read before that fence puts the third thread's first.
    {"Fences", "RWCSeqCst", rwc<seq_cst, seq_cst>(),
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 1", "1 1 0", "1 1 1"}},
    {"Fences", "RWCAcqRel", rwc<acq_rel, acq_rel>(),
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 0", "1 0 1", "1 1 0", "1 1 1"}},
    {"Fences", "RWCSeqCstInOneThread", rwc<acquire, seq_cst>(),
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 0", "1 0 1", "1 1 0", "1 1 1"}},
    // Not "1 0 0": x = 1 happens before the second thread's fence.
    {"Fences", "W+RWCSeqCst", w_rwc<release, acquire>(),
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 1", "1 1 0", "1 1 1"}},
    // "1 0 0": it does not, though z = 1 was read before the fence: S speaks of x = 1 only through
    // happens-before or a read of x.
    {"Fences", "W+RWCRelaxedFlag", w_rwc<relaxed, relaxed>(),
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 0", "1 0 1", "1 1 0", "1 1 1"}},
};

const Test kSb[] = {
    // Not "0 0 0": each fence would precede that of the next thread, round and round.
    {"Fences", "SBOfThreeThreads",
     {.threads = {[] { x.store(1, relaxed); fence(seq_cst); r1 = y.load(relaxed); },
                  [] { y.store(1, relaxed); fence(seq_cst); r2 = z.load(relaxed); },
                  [] { z.store(1, relaxed); fence(seq_cst); r3 = x.load(relaxed); }}},
     {"0 0 1", "0 1 0", "0 1 1", "1 0 0", "1 0 1", "1 1 0", "1 1 1"}},
};

template <std::memory_order kThird, std::memory_order kFourth>
Program iriw() {
  return {.threads = {[] { x.store(1, relaxed); },
                      [] { y.store(1, relaxed); },
                      [] { r1 = x.load(relaxed); fence(kThird); r2 = y.load(relaxed); },
                      [] { r3 = y.load(relaxed); fence(kFourth); r4 = x.load(relaxed); }}};
}

const Test kIriw[] = {
    // Not "1 0 1 0": each reader misses a store that the other read before its fence, so each fence
    // is first in S.
    {"Fences", "IRIWSeqCst", iriw<seq_cst, seq_cst>(),
     {"0 0 0 0", "0 0 0 1", "0 0 1 0", "0 0 1 1", "0 1 0 0", "0 1 0 1", "0 1 1 0", "0 1 1 1",
      "1 0 0 0", "1 0 0 1", "1 0 1 1", "1 1 0 0", "1 1 0 1", "1 1 1 0", "1 1 1 1"}},
    {"Fences", "IRIWSeqCstInOneReader", iriw<seq_cst, acq_rel>(),
     {"0 0 0 0", "0 0 0 1", "0 0 1 0", "0 0 1 1", "0 1 0 0", "0 1 0 1", "0 1 1 0", "0 1 1 1",
      "1 0 0 0", "1 0 0 1", "1 0 1 0", "1 0 1 1", "1 1 0 0", "1 1 0 1", "1 1 1 0", "1 1 1 1"}},
    // Not "1 0 1 0": the loads of the other reader are in S themselves, on either side of the
    // fence.
    {"Fences", "IRIWSeqCstLoadsInTheOtherReader",
     {.threads = {[] { x.store(1, relaxed); },
                  [] { y.store(1, relaxed); },
                  [] { r1 = x.load(relaxed); fence(seq_cst); r2 = y.load(relaxed); },
                  [] { r3 = y.load(seq_cst); r4 = x.load(seq_cst); }}},
     {"0 0 0 0", "0 0 0 1", "0 0 1 0", "0 0 1 1", "0 1 0 0", "0 1 0 1", "0 1 1 0", "0 1 1 1",
      "1 0 0 0", "1 0 0 1", "1 0 1 1", "1 1 0 0", "1 1 0 1", "1 1 1 0", "1 1 1 1"}},
};

// clang-format on

}  // namespace
}  // namespace slotproof::machine_test
