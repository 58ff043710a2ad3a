// Shapes of three and four threads: what one thread learns from another through a third. Fences:
// fences.cpp; mixtures of seq_cst and weaker accesses: seq_cst.cpp.
#include "machine_test/machine_test.h"

namespace slotproof::machine_test {
namespace {

// clang-format off: each thread is one line, as in the literature.

// WRC, write-to-read causality.
template <std::memory_order kStore, std::memory_order kLoad>
Program wrc() {
  return {.threads = {[] { x.store(1, kStore); },
                      [] { r1 = x.load(kLoad); y.store(1, kStore); },
                      [] { r2 = y.load(kLoad); r3 = x.load(kLoad); }}};
}

const Test kWrc[] = {
    {"WRC", "Relaxed", wrc<relaxed, relaxed>(),
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 0", "1 0 1", "1 1 0", "1 1 1"}},
    // Not "1 1 0": happens-before is transitive.
    {"WRC", "AcquireRelease", wrc<release, acquire>(),
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 0", "1 0 1", "1 1 1"}},
    {"WRC", "SeqCst", wrc<seq_cst, seq_cst>(),
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 0", "1 0 1", "1 1 1"}},
    // Not "1 1 0": x is relaxed throughout, but its first read happens before its second.
    {"WRC", "AcquireReleaseOfTheSecondHop",
     {.threads = {[] { x.store(1, relaxed); },
                  [] { r1 = x.load(relaxed); y.store(1, release); },
                  [] { r2 = y.load(acquire); r3 = x.load(relaxed); }}},
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 0", "1 0 1", "1 1 1"}},
    // "1 1 0": the second hop orders nothing.
    {"WRC", "AcquireReleaseOfTheFirstHop",
     {.threads = {[] { x.store(1, release); },
                  [] { r1 = x.load(acquire); y.store(1, relaxed); },
                  [] { r2 = y.load(relaxed); r3 = x.load(acquire); }}},
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 0", "1 0 1", "1 1 0", "1 1 1"}},
};

// ISA2: message passing over two flags.
template <std::memory_order kStore, std::memory_order kLoad>
Program isa2() {
  return {.threads = {[] { x.store(1, kStore); y.store(1, kStore); },
                      [] { r1 = y.load(kLoad); z.store(1, kStore); },
                      [] { r2 = z.load(kLoad); r3 = x.load(kLoad); }}};
}

const Test kIsa2[] = {
    {"ISA2", "Relaxed", isa2<relaxed, relaxed>(),
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 0", "1 0 1", "1 1 0", "1 1 1"}},
    // Not "1 1 0": x = 1 happens before the read of x.
    {"ISA2", "AcquireRelease", isa2<release, acquire>(),
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 0", "1 0 1", "1 1 1"}},
    {"ISA2", "SeqCst", isa2<seq_cst, seq_cst>(),
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 0", "1 0 1", "1 1 1"}},
    // "1 1 0": the thread in the middle does not acquire, so it has nothing to hand on.
    {"ISA2", "RelaxedInTheMiddle",
     {.threads = {[] { x.store(1, relaxed); y.store(1, release); },
                  [] { r1 = y.load(relaxed); z.store(1, release); },
                  [] { r2 = z.load(acquire); r3 = x.load(relaxed); }}},
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 0", "1 0 1", "1 1 0", "1 1 1"}},
};

// RWC, read-to-write causality.
template <std::memory_order kStore, std::memory_order kLoad>
Program rwc() {
  return {.threads = {[] { x.store(1, kStore); },
                      [] { r1 = x.load(kLoad); r2 = y.load(kLoad); },
                      [] { y.store(1, kStore); r3 = x.load(kLoad); }}};
}

const Test kRwc[] = {
    {"RWC", "Relaxed", rwc<relaxed, relaxed>(),
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 0", "1 0 1", "1 1 0", "1 1 1"}},
    // "1 0 0": as in SB, the last thread reads nothing that synchronizes.
    {"RWC", "AcquireRelease", rwc<release, acquire>(),
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 0", "1 0 1", "1 1 0", "1 1 1"}},
    // Not "1 0 0": S would need x = 1, both reads of the second thread, y = 1, the last read, and x
    // = 1 again.
    {"RWC", "SeqCst", rwc<seq_cst, seq_cst>(),
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 1", "1 1 0", "1 1 1"}},
};

// W+RWC: the same with a flag in between.
template <std::memory_order kStore, std::memory_order kLoad>
Program w_rwc() {
  return {.threads = {[] { x.store(1, kStore); z.store(1, kStore); },
                      [] { r1 = z.load(kLoad); r2 = y.load(kLoad); },
                      [] { y.store(1, kStore); r3 = x.load(kLoad); }}};
}

const Test kWRwc[] = {
    {"W+RWC", "Relaxed", w_rwc<relaxed, relaxed>(),
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 0", "1 0 1", "1 1 0", "1 1 1"}},
    // "1 0 0": as in RWC.
    {"W+RWC", "AcquireRelease", w_rwc<release, acquire>(),
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 0", "1 0 1", "1 1 0", "1 1 1"}},
    // Not "1 0 0": as in RWC.
    {"W+RWC", "SeqCst", w_rwc<seq_cst, seq_cst>(),
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 1", "1 1 0", "1 1 1"}},
};

// IRIW, independent reads of independent writes.
template <std::memory_order kStore, std::memory_order kLoad>
Program iriw() {
  return {.threads = {[] { x.store(1, kStore); },
                      [] { y.store(1, kStore); },
                      [] { r1 = x.load(kLoad); r2 = y.load(kLoad); },
                      [] { r3 = y.load(kLoad); r4 = x.load(kLoad); }}};
}

const Test kIriw[] = {
    {"IRIW", "Relaxed", iriw<relaxed, relaxed>(),
     {"0 0 0 0", "0 0 0 1", "0 0 1 0", "0 0 1 1", "0 1 0 0", "0 1 0 1", "0 1 1 0", "0 1 1 1",
      "1 0 0 0", "1 0 0 1", "1 0 1 0", "1 0 1 1", "1 1 0 0", "1 1 0 1", "1 1 1 0", "1 1 1 1"}},
    // "1 0 1 0": the readers may disagree which store came first, for neither store happens before
    // the other.
    {"IRIW", "AcquireRelease", iriw<release, acquire>(),
     {"0 0 0 0", "0 0 0 1", "0 0 1 0", "0 0 1 1", "0 1 0 0", "0 1 0 1", "0 1 1 0", "0 1 1 1",
      "1 0 0 0", "1 0 0 1", "1 0 1 0", "1 0 1 1", "1 1 0 0", "1 1 0 1", "1 1 1 0", "1 1 1 1"}},
    // Not "1 0 1 0": S has one order of the two stores.
    {"IRIW", "SeqCst", iriw<seq_cst, seq_cst>(),
     {"0 0 0 0", "0 0 0 1", "0 0 1 0", "0 0 1 1", "0 1 0 0", "0 1 0 1", "0 1 1 0", "0 1 1 1",
      "1 0 0 0", "1 0 0 1", "1 0 1 1", "1 1 0 0", "1 1 0 1", "1 1 1 0", "1 1 1 1"}},
    // Not "1 0 1 0": the loads alone. A load that misses a store is before every load of it in S.
    {"IRIW", "SeqCstLoads", iriw<relaxed, seq_cst>(),
     {"0 0 0 0", "0 0 0 1", "0 0 1 0", "0 0 1 1", "0 1 0 0", "0 1 0 1", "0 1 1 0", "0 1 1 1",
      "1 0 0 0", "1 0 0 1", "1 0 1 1", "1 1 0 0", "1 1 0 1", "1 1 1 0", "1 1 1 1"}},
    // "1 0 1 0": the stores alone do not do; an acquire load is not in S.
    {"IRIW", "SeqCstStores", iriw<seq_cst, acquire>(),
     {"0 0 0 0", "0 0 0 1", "0 0 1 0", "0 0 1 1", "0 1 0 0", "0 1 0 1", "0 1 1 0", "0 1 1 1",
      "1 0 0 0", "1 0 0 1", "1 0 1 0", "1 0 1 1", "1 1 0 0", "1 1 0 1", "1 1 1 0", "1 1 1 1"}},
};

// clang-format on

}  // namespace
}  // namespace slotproof::machine_test
