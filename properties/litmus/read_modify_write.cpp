// Read-modify-writes: each reads the store right before its own in modification order
// ([atomics.order]/10).
#include "machine_test/machine_test.h"

namespace slotproof::machine_test {
namespace {

// clang-format off: each thread is one line, as in the literature.

template <std::memory_order kOrder>
Program two_increments() {
  return {.threads = {[] { r1 = x.fetch_add(1, kOrder); },
                      [] { r2 = x.fetch_add(1, kOrder); }},
          .finally = [] { r3 = x.load(relaxed); }};
}

const Test kIncrements[] = {
    // Not "0 0 1": no update is lost.
    {"ReadModifyWrite", "TwoIncrementsRelaxed", two_increments<relaxed>(), {"0 1 2", "1 0 2"}},
    {"ReadModifyWrite", "TwoIncrementsAcqRel", two_increments<acq_rel>(), {"0 1 2", "1 0 2"}},
    {"ReadModifyWrite", "TwoIncrementsSeqCst", two_increments<seq_cst>(), {"0 1 2", "1 0 2"}},
    {"ReadModifyWrite", "ThreeIncrements",
     {.threads = {[] { r1 = x.fetch_add(1, relaxed); },
                  [] { r2 = x.fetch_add(1, relaxed); },
                  [] { r3 = x.fetch_add(1, relaxed); }},
      .finally = [] { r4 = x.load(relaxed); }},
     {"0 1 2 3", "0 2 1 3", "1 0 2 3", "1 2 0 3", "2 0 1 3", "2 1 0 3"}},
    // "0 0 1": an increment that is not atomic loses one; no data race, for its halves are.
    {"ReadModifyWrite", "LoadAndStoreAreNone",
     {.threads = {[] { r1 = x.load(relaxed); x.store(r1 + 1, relaxed); },
                  [] { r2 = x.fetch_add(1, relaxed); }},
      .finally = [] { r3 = x.load(relaxed); }},
     {"0 0 1", "0 1 2", "1 0 2"}},
};

const Test kAtomicity[] = {
    // Not "0 10": that would be a store between the fetch_add and the 0 that it read.
    {"ReadModifyWrite", "NoStoreComesBetween",
     {.threads = {[] { r1 = x.fetch_add(10, relaxed); },
                  [] { x.store(1, relaxed); }},
      .finally = [] { r2 = x.load(relaxed); }},
     {"0 1", "1 11"}},
    // Not "1 6", "5 2", "5 5": the fetch_add follows at once what it read.
    {"ReadModifyWrite", "FollowsWhatItReads",
     {.threads = {[] { x.store(1, relaxed); r1 = x.fetch_add(1, relaxed); },
                  [] { x.store(5, relaxed); }},
      .finally = [] { r2 = x.load(relaxed); }},
     {"1 2", "1 5", "5 6"}},
    // "1 0 1": it may enter before a store that was executed earlier (r1), reading what was there
    // before that.
    {"ReadModifyWrite", "MayPrecedeWhatWasExecutedEarlier",
     {.threads = {[] { x.store(1, relaxed); y.store(1, relaxed); },
                  [] { r1 = y.load(relaxed); r2 = x.fetch_add(10, relaxed); }},
      .finally = [] { r3 = x.load(relaxed); }},
     {"0 0 1", "0 1 11", "1 0 1", "1 1 11"}},
    // Not "0 0": one of two exchanges is first.
    {"ReadModifyWrite", "TwoExchanges",
     {.threads = {[] { r1 = x.exchange(1, relaxed); },
                  [] { r2 = x.exchange(1, relaxed); }}},
     {"0 1", "1 0"}},
};

// Message passing whose flag is read and written by read-modify-writes.
template <std::memory_order kWriter, std::memory_order kReader>
Program mp() {
  return {.threads = {[] { x.store(1, relaxed); y.fetch_add(1, kWriter); },
                      [] { r1 = y.fetch_add(10, kReader); r2 = x.load(relaxed); }}};
}

// Store buffering with a read-modify-write of a third location for a barrier.
template <std::memory_order kOrder>
Program sb_with_barrier() {
  return {.threads = {[] { x.store(1, relaxed); z.fetch_add(1, kOrder); r1 = y.load(relaxed); },
                      [] { y.store(1, relaxed); z.fetch_add(1, kOrder); r2 = x.load(relaxed); }}};
}

const Test kOrders[] = {
    // Not "1 0": it releases, it acquires, it does both; each only if its order says so.
    {"ReadModifyWrite", "MPReleaseAcquire", mp<release, acquire>(), {"0 0", "0 1", "1 1"}},
    {"ReadModifyWrite", "MPAcqRel", mp<acq_rel, acq_rel>(), {"0 0", "0 1", "1 1"}},
    {"ReadModifyWrite", "MPSeqCst", mp<seq_cst, seq_cst>(), {"0 0", "0 1", "1 1"}},
    {"ReadModifyWrite", "MPRelaxed", mp<relaxed, relaxed>(), {"0 0", "0 1", "1 0", "1 1"}},
    {"ReadModifyWrite", "MPAcquireDoesNotRelease", mp<acquire, acquire>(),
     {"0 0", "0 1", "1 0", "1 1"}},
    {"ReadModifyWrite", "MPReleaseDoesNotAcquire", mp<release, release>(),
     {"0 0", "0 1", "1 0", "1 1"}},
    // Not "0 0": the second of the two reads from the first and synchronizes with it.
    {"ReadModifyWrite", "SBWithAcqRelBarrier", sb_with_barrier<acq_rel>(), {"0 1", "1 0", "1 1"}},
    {"ReadModifyWrite", "SBWithRelaxedBarrier", sb_with_barrier<relaxed>(),
     {"0 0", "0 1", "1 0", "1 1"}},
};

// clang-format on

}  // namespace
}  // namespace slotproof::machine_test
