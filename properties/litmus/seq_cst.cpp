// The total order S of seq_cst operations where they meet weaker ones ([atomics.order]/4). C++20
// made S weaker than C++11 had it: S need not agree with happens-before, only with
// strongly-happens-before ([intro.races]/12; P0668R5, "Revising the C++ memory model").
#include "machine_test/machine_test.h"

namespace slotproof::machine_test {
namespace {

// clang-format off: each thread is one line, as in the literature.

const Test kStronglyHappensBefore[] = {
    // "1 0 0": x = 1 happens before the read of y, but only by synchronizing with an acquire load,
    // which is not in S: it does not strongly happen before it. C++11 forbade this, and POWER shows
    // it.
    {"SeqCst", "AStoreThatIsAcquiredIsNotOrdered",
     {.threads = {[] { x.store(1, seq_cst); },
                  [] { r1 = x.load(acquire); r2 = y.load(seq_cst); },
                  [] { y.store(1, seq_cst); r3 = x.load(seq_cst); }}},
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 0", "1 0 1", "1 1 0", "1 1 1"}},
    // Not "1 0 0": a seq_cst store and the seq_cst load of it are in S, whatever synchronizes.
    {"SeqCst", "AStoreThatIsReadIsOrdered",
     {.threads = {[] { x.store(1, seq_cst); },
                  [] { r1 = x.load(seq_cst); r2 = y.load(seq_cst); },
                  [] { y.store(1, seq_cst); r3 = x.load(seq_cst); }}},
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 1", "1 1 0", "1 1 1"}},
    // Not "1 0 0": with an operation of its own on both sides, release/acquire does order x = 1
    // before the read of y.
    {"SeqCst", "AStoreBeforeAHandOverIsOrdered",
     {.threads = {[] { x.store(1, seq_cst); z.store(1, release); },
                  [] { r1 = z.load(acquire); r2 = y.load(seq_cst); },
                  [] { y.store(1, seq_cst); r3 = x.load(seq_cst); }}},
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 1", "1 1 0", "1 1 1"}},
    // "1 0 0": a relaxed flag does not.
    {"SeqCst", "AStoreBeforeARelaxedFlagIsNot",
     {.threads = {[] { x.store(1, seq_cst); z.store(1, relaxed); },
                  [] { r1 = z.load(relaxed); r2 = y.load(seq_cst); },
                  [] { y.store(1, seq_cst); r3 = x.load(seq_cst); }}},
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 0", "1 0 1", "1 1 0", "1 1 1"}},
};

// Z6.U (Lahav et al., "Repairing sequential consistency in C/C++11", PLDI 2017, figure 3; P0668R5):
// r2 is what the fetch_add saw, r3 what its thread read next, r1 whether the third thread saw x =
// 1.
template <std::memory_order kFlag>
Program z6() {
  return {.threads = {[] { x.store(1, seq_cst); y.store(1, kFlag); },
                      [] { r2 = y.fetch_add(1, seq_cst); r3 = y.load(relaxed); },
                      [] { y.store(3, seq_cst); r1 = x.load(seq_cst); }}};
}

const Test kZ6[] = {
    // "0 1 3": x = 1 happens before the fetch_add, which precedes y = 3 in S; but it need not
    // precede it in S, as the release store is not in S. Compilers for POWER rely on it.
    {"SeqCst", "Z6Release", z6<release>(),
     {"0 0 1", "0 0 3", "0 1 2", "0 1 3", "0 3 1", "0 3 4", "1 0 1", "1 0 3", "1 1 2", "1 1 3",
      "1 3 1", "1 3 4"}},
    // Not "0 1 3": x = 1, y = 1, the fetch_add, y = 3 and the read of x are in S in this order.
    {"SeqCst", "Z6SeqCst", z6<seq_cst>(),
     {"0 0 1", "0 0 3", "0 1 2", "0 3 1", "0 3 4", "1 0 1", "1 0 3", "1 1 2", "1 1 3", "1 3 1",
      "1 3 4"}},
    {"SeqCst", "Z6Relaxed", z6<relaxed>(),
     {"0 0 1", "0 0 3", "0 1 2", "0 1 3", "0 3 1", "0 3 4", "1 0 1", "1 0 3", "1 1 2", "1 1 3",
      "1 3 1", "1 3 4"}},
};

const Test kMixed[] = {
    // Not "0 1 2": the load comes after x = 2 in S, and so may not read what is older than it in
    // modification order, be it in S or not. (r3 is the last value; r1 == 0 puts y = 1 and the load
    // behind.)
    {"SeqCst", "ALoadReadsNothingOlderThanAnEarlierStore",
     {.threads = {[] { x.store(2, seq_cst); r1 = y.load(seq_cst); },
                  [] { y.store(1, seq_cst); r2 = x.load(seq_cst); },
                  [] { x.store(1, relaxed); }},
      .finally = [] { r3 = x.load(relaxed); }},
     {"0 1 1", "0 2 1", "0 2 2", "1 0 1", "1 0 2", "1 1 1", "1 1 2", "1 2 1", "1 2 2"}},
    // "0 0": a seq_cst read-modify-write is no fence for the relaxed accesses around it.
    {"SeqCst", "AReadModifyWriteIsNoFence",
     {.threads = {[] { x.store(1, relaxed); z.fetch_add(1, seq_cst); r1 = y.load(relaxed); },
                  [] { y.store(1, relaxed); fence(seq_cst); r2 = x.load(relaxed); }}},
     {"0 0", "0 1", "1 0", "1 1"}},
    // Not "0 0": but all read-modify-writes of one location are one chain of synchronization.
    {"SeqCst", "TwoReadModifyWritesOfOneLocationAre",
     {.threads = {[] { x.store(1, relaxed); z.fetch_add(1, seq_cst); r1 = y.load(relaxed); },
                  [] { y.store(1, relaxed); z.fetch_add(1, seq_cst); r2 = x.load(relaxed); }}},
     {"0 1", "1 0", "1 1"}},
    // "1 1": of the stores only one thread's are in S.
    {"SeqCst", "2+2WInOneThread",
     {.threads = {[] { x.store(1, seq_cst); y.store(2, seq_cst); },
                  [] { y.store(1, relaxed); x.store(2, relaxed); }},
      .finally = [] { r1 = x.load(relaxed); r2 = y.load(relaxed); }},
     {"1 1", "1 2", "2 1", "2 2"}},
    // Not "1 1": a fence between them serves for stores that are not in S.
    {"SeqCst", "2+2WAgainstAFence",
     {.threads = {[] { x.store(1, seq_cst); y.store(2, seq_cst); },
                  [] { y.store(1, relaxed); fence(seq_cst); x.store(2, relaxed); }},
      .finally = [] { r1 = x.load(relaxed); r2 = y.load(relaxed); }},
     {"1 2", "2 1", "2 2"}},
    // "0 2": y = 1 is not in S, so nothing puts x = 1 before y = 2 there.
    {"SeqCst", "RWithAReleaseStore",
     {.threads = {[] { x.store(1, seq_cst); y.store(1, release); },
                  [] { y.store(2, seq_cst); r1 = x.load(seq_cst); }},
      .finally = [] { r2 = y.load(relaxed); }},
     {"0 1", "0 2", "1 1", "1 2"}},
};

// clang-format on

}  // namespace
}  // namespace slotproof::machine_test
