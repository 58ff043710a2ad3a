// The six shapes of two threads and two locations, in each memory order. Their names are those of
// Alglave, Maranget, Tautschnig: "Herding Cats", TOPLAS 2014, table III. What fences do to them:
// fences.cpp.
#include "machine_test/machine_test.h"

namespace slotproof::machine_test {
namespace {

// clang-format off: each thread is one line, as in the literature.

// MP, message passing: x is the message, y the flag.
template <std::memory_order kStore, std::memory_order kLoad>
Program mp() {
  return {.threads = {[] { x.store(1, kStore); y.store(1, kStore); },
                      [] { r1 = y.load(kLoad); r2 = x.load(kLoad); }}};
}

// Orders of the flag alone.
template <std::memory_order kStore, std::memory_order kLoad>
Program mp_by_flag() {
  return {.threads = {[] { x.store(1, relaxed); y.store(1, kStore); },
                      [] { r1 = y.load(kLoad); r2 = x.load(relaxed); }}};
}

// Orders of the message alone.
template <std::memory_order kStore, std::memory_order kLoad>
Program mp_by_message() {
  return {.threads = {[] { x.store(1, kStore); y.store(1, relaxed); },
                      [] { r1 = y.load(relaxed); r2 = x.load(kLoad); }}};
}

const Test kMp[] = {
    {"MP", "Relaxed", mp<relaxed, relaxed>(), {"0 0", "0 1", "1 0", "1 1"}},
    // Not "1 0": x = 1 happens before the read of x, which may then not read what is older.
    {"MP", "AcquireRelease", mp<release, acquire>(), {"0 0", "0 1", "1 1"}},
    {"MP", "SeqCst", mp<seq_cst, seq_cst>(), {"0 0", "0 1", "1 1"}},
    // Not "1 0": the flag alone synchronizes.
    {"MP", "AcquireReleaseOfTheFlag", mp_by_flag<release, acquire>(), {"0 0", "0 1", "1 1"}},
    {"MP", "SeqCstFlag", mp_by_flag<seq_cst, seq_cst>(), {"0 0", "0 1", "1 1"}},
    // A seq_cst store releases, a seq_cst load acquires.
    {"MP", "SeqCstMeetsAcquire", mp_by_flag<seq_cst, acquire>(), {"0 0", "0 1", "1 1"}},
    {"MP", "ReleaseMeetsSeqCst", mp_by_flag<release, seq_cst>(), {"0 0", "0 1", "1 1"}},
    // Consume, on the machine as in all compilers, is acquire.
    {"MP", "Consume", mp_by_flag<release, std::memory_order_consume>(), {"0 0", "0 1", "1 1"}},
    // "1 0": nobody acquires, or nobody releases.
    {"MP", "ReleaseAlone", mp_by_flag<release, relaxed>(), {"0 0", "0 1", "1 0", "1 1"}},
    {"MP", "AcquireAlone", mp_by_flag<relaxed, acquire>(), {"0 0", "0 1", "1 0", "1 1"}},
    {"MP", "SeqCstStoreAlone", mp_by_flag<seq_cst, relaxed>(), {"0 0", "0 1", "1 0", "1 1"}},
    {"MP", "SeqCstLoadAlone", mp_by_flag<relaxed, seq_cst>(), {"0 0", "0 1", "1 0", "1 1"}},
    // "1 0": the relaxed flag orders nothing, whatever the message's order is.
    {"MP", "AcquireReleaseOfTheMessage", mp_by_message<release, acquire>(),
     {"0 0", "0 1", "1 0", "1 1"}},
    {"MP", "SeqCstMessage", mp_by_message<seq_cst, seq_cst>(), {"0 0", "0 1", "1 0", "1 1"}},
};

// SB, store buffering (Dekker).
template <std::memory_order kStore, std::memory_order kLoad>
Program sb() {
  return {.threads = {[] { x.store(1, kStore); r1 = y.load(kLoad); },
                      [] { y.store(1, kStore); r2 = x.load(kLoad); }}};
}

template <std::memory_order kOrder>
Program sb_of_exchanges() {
  return {.threads = {[] { x.exchange(1, kOrder); r1 = y.fetch_add(0, kOrder); },
                      [] { y.exchange(1, kOrder); r2 = x.fetch_add(0, kOrder); }}};
}

const Test kSb[] = {
    {"SB", "Relaxed", sb<relaxed, relaxed>(), {"0 0", "0 1", "1 0", "1 1"}},
    // "0 0": neither load reads from the other thread, so nothing synchronizes.
    {"SB", "AcquireRelease", sb<release, acquire>(), {"0 0", "0 1", "1 0", "1 1"}},
    // Not "0 0": in S each store is before its thread's load, and each load before the store it
    // misses: a cycle.
    {"SB", "SeqCst", sb<seq_cst, seq_cst>(), {"0 1", "1 0", "1 1"}},
    // "0 0": operations that are not seq_cst are not in S.
    {"SB", "SeqCstStoresAlone", sb<seq_cst, acquire>(), {"0 0", "0 1", "1 0", "1 1"}},
    {"SB", "SeqCstLoadsAlone", sb<release, seq_cst>(), {"0 0", "0 1", "1 0", "1 1"}},
    {"SB", "SeqCstInOneThread",
     {.threads = {[] { x.store(1, seq_cst); r1 = y.load(seq_cst); },
                  [] { y.store(1, release); r2 = x.load(acquire); }}},
     {"0 0", "0 1", "1 0", "1 1"}},
    // Not "0 0": each fetch_add that reads 0 is read by the other thread's exchange and happens
    // before it: a cycle.
    {"SB", "AcqRelReadModifyWrites", sb_of_exchanges<acq_rel>(), {"0 1", "1 0", "1 1"}},
    {"SB", "SeqCstReadModifyWrites", sb_of_exchanges<seq_cst>(), {"0 1", "1 0", "1 1"}},
};

// LB, load buffering. "1 1" needs a cycle of sequenced-before and reads-from: C++20 forbids it from
// release/acquire on, the machine in every order (it executes a store before anyone reads it).
template <std::memory_order kStore, std::memory_order kLoad>
Program lb() {
  return {.threads = {[] { r1 = x.load(kLoad); y.store(1, kStore); },
                      [] { r2 = y.load(kLoad); x.store(1, kStore); }}};
}

const Test kLb[] = {
    // Not "1 1": allowed by C++20, but deliberately not modelled.
    {"LB", "RelaxedWithoutLoadBuffering", lb<relaxed, relaxed>(), {"0 0", "0 1", "1 0"}},
    // Not "1 1": each load would happen before the store that it reads.
    {"LB", "AcquireRelease", lb<release, acquire>(), {"0 0", "0 1", "1 0"}},
    {"LB", "SeqCst", lb<seq_cst, seq_cst>(), {"0 0", "0 1", "1 0"}},
};

// S: does a store that was handed over come first in modification order?
template <std::memory_order kStore, std::memory_order kLoad>
Program s() {
  return {.threads = {[] { x.store(2, kStore); y.store(1, kStore); },
                      [] { r1 = y.load(kLoad); x.store(1, kStore); }},
          .finally = [] { r2 = x.load(relaxed); }};
}

const Test kS[] = {
    {"S", "Relaxed", s<relaxed, relaxed>(), {"0 1", "0 2", "1 1", "1 2"}},
    // Not "1 2": x = 2 happens before x = 1.
    {"S", "AcquireRelease", s<release, acquire>(), {"0 1", "0 2", "1 1"}},
    {"S", "SeqCst", s<seq_cst, seq_cst>(), {"0 1", "0 2", "1 1"}},
};

// R: a store that loses against another, and a load that misses one.
template <std::memory_order kStore, std::memory_order kLoad>
Program r() {
  return {.threads = {[] { x.store(1, kStore); y.store(1, kStore); },
                      [] { y.store(2, kStore); r1 = x.load(kLoad); }},
          .finally = [] { r2 = y.load(relaxed); }};
}

const Test kR[] = {
    {"R", "Relaxed", r<relaxed, relaxed>(), {"0 1", "0 2", "1 1", "1 2"}},
    // "0 2": y = 2 reads nothing, so nothing synchronizes.
    {"R", "AcquireRelease", r<release, acquire>(), {"0 1", "0 2", "1 1", "1 2"}},
    // Not "0 2": S would need x = 1, y = 1, y = 2, the load, and x = 1 again.
    {"R", "SeqCst", r<seq_cst, seq_cst>(), {"0 1", "1 1", "1 2"}},
};

// 2+2W: two locations, written in opposite orders.
template <std::memory_order kStore>
Program two_plus_two_w() {
  return {.threads = {[] { x.store(1, kStore); y.store(2, kStore); },
                      [] { y.store(1, kStore); x.store(2, kStore); }},
          .finally = [] { r1 = x.load(relaxed); r2 = y.load(relaxed); }};
}

const Test kTwoPlusTwoW[] = {
    // "1 1": each thread's first store comes last; no order of execution of the four stores
    // explains it.
    {"2+2W", "Relaxed", two_plus_two_w<relaxed>(), {"1 1", "1 2", "2 1", "2 2"}},
    {"2+2W", "Release", two_plus_two_w<release>(), {"1 1", "1 2", "2 1", "2 2"}},
    // Not "1 1": S agrees with both threads and both modification orders, which are then a cycle.
    {"2+2W", "SeqCst", two_plus_two_w<seq_cst>(), {"1 2", "2 1", "2 2"}},
};

// clang-format on

}  // namespace
}  // namespace slotproof::machine_test
