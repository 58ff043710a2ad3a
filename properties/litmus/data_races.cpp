// Data races ([intro.races]/21): conflicting accesses, one of them plain, neither of which happens
// before the other. A run ends at its first one, so the other outcomes say which runs are free of
// races. What exactly conflicts: plain_memory.cpp.
#include "machine_test/machine_test.h"

namespace slotproof::machine_test {
namespace {

// clang-format off: each thread is one line, as in the literature.

// MP with a plain message, read only where the flag is seen.
template <std::memory_order kStore, std::memory_order kLoad>
Program mp() {
  return {.threads = {[] { data = 1; y.store(1, kStore); },
                      [] { r1 = y.load(kLoad); if (r1 == 1) r2 = data; }}};
}

template <std::memory_order kFirst, std::memory_order kSecond>
Program mp_with_fences() {
  return {.threads = {[] { data = 1; fence(kFirst); y.store(1, relaxed); },
                      [] { r1 = y.load(relaxed); fence(kSecond); if (r1 == 1) r2 = data; }}};
}

const Test kMp[] = {
    // A race exactly where the flag is seen: there is no "1 _".
    {"DataRace", "MPRelaxed", mp<relaxed, relaxed>(), {"0", "data race"}},
    {"DataRace", "MPReleaseAlone", mp<release, relaxed>(), {"0", "data race"}},
    {"DataRace", "MPAcquireAlone", mp<relaxed, acquire>(), {"0", "data race"}},
    {"DataRace", "MPSeqCstStoreAlone", mp<seq_cst, relaxed>(), {"0", "data race"}},
    // No race: the write happens before the read, which sees it.
    {"DataRace", "NoneInMPAcquireRelease", mp<release, acquire>(), {"0 -", "1 1"}},
    {"DataRace", "NoneInMPSeqCst", mp<seq_cst, seq_cst>(), {"0 -", "1 1"}},
    {"DataRace", "NoneInMPWithFences", mp_with_fences<release, acquire>(), {"0 -", "1 1"}},
    {"DataRace", "NoneInMPWithSeqCstFences", mp_with_fences<seq_cst, seq_cst>(), {"0 -", "1 1"}},
    {"DataRace", "MPWithOneFence", mp_with_fences<release, relaxed>(), {"0", "data race"}},
    {"DataRace", "MPWithFencesTheWrongWayRound", mp_with_fences<acquire, release>(),
     {"0", "data race"}},
    // A race exactly where the flag is not seen: there is no "0 _".
    {"DataRace", "MPReadAnyway",
     {.threads = {[] { data = 1; y.store(1, release); },
                  [] { r1 = y.load(acquire); r2 = data; }}},
     {"1 1", "data race"}},
    // The message is written again once the flag is up.
    {"DataRace", "MPWrittenBehindTheRelease",
     {.threads = {[] { data = 1; y.store(1, release); data = 2; },
                  [] { r1 = y.load(acquire); if (r1 == 1) r2 = data; }}},
     {"0", "data race"}},
    // Only a release sequence hands over: "2" comes from a store that ended it.
    {"DataRace", "MPBehindAnEndedReleaseSequence",
     {.threads = {[] { data = 1; y.store(1, release); y.store(2, relaxed); },
                  [] { r1 = y.load(acquire); if (r1 != 0) r2 = data; }}},
     {"0 -", "1 1", "data race"}},
};

const Test kUnordered[] = {
    // A race in every schedule, though the threads may well run one after the other.
    {"DataRace", "WriteAndWrite",
     {.threads = {[] { data = 1; }, [] { data = 2; }}}, {"data race"}},
    {"DataRace", "WriteAndRead",
     {.threads = {[] { data = 1; }, [] { r1 = data; }}}, {"data race"}},
    // Two reads do not conflict.
    {"DataRace", "NoneBetweenReads",
     {.setup = [] { data = 5; }, .threads = {[] { r1 = data; }, [] { r2 = data; }}}, {"5 5"}},
    // A write that is ordered behind one thread's read may race with another's.
    {"DataRace", "OfTheOtherOfTwoReads",
     {.threads = {[] { r1 = data; },
                  [] { r2 = data; y.store(1, release); },
                  [] { r3 = y.load(acquire); if (r3 == 1) data = 1; }}},
     {"0 0 0", "data race"}},
    // A write that is ordered behind a read may race with a third thread's write (if r2 == 1, and
    // both conditions hold).
    {"DataRace", "OfTheOtherOfTwoWrites",
     {.threads = {[] { r1 = data; x.store(1, release); },
                  [] { r2 = x.load(acquire); if (r2 == 1) data = 2; y.store(1, relaxed); },
                  [] { r3 = y.load(acquire); if (r3 == 1 && x.load(acquire) == 1) data = 3; }}},
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "data race"}},
};

// A location that is written plainly first, and hands itself over: a load that acquires from it
// happens after what precedes the store that it reads, be that at the same place.
const Test kSelf[] = {
    // A race exactly where the store is not read.
    {"DataRace", "NoneWhereTheLoadSynchronizes",
     {.threads = {[] { data = 5; std::atomic_ref(data).store(1, release); },
                  [] { r1 = std::atomic_ref(data).load(acquire); }}},
     {"1", "data race"}},
    {"DataRace", "NoneWhereTheReadModifyWriteSynchronizes",
     {.threads = {[] { data = 5; std::atomic_ref(data).store(1, release); },
                  [] { r1 = std::atomic_ref(data).fetch_add(1, acquire); }}},
     {"1", "data race"}},
    // No race at all: y == 1 says that z = 1 was missed, so the store of data is first in S and the
    // load of it must read that; but y is relaxed, and only the load itself synchronizes.
    {"DataRace", "NoneWhereTheLoadMustSynchronize",
     {.threads = {[] { data = 5; std::atomic_ref(data).store(1, seq_cst);
                       if (z.load(seq_cst) == 0) y.store(1, relaxed); },
                  [] { z.store(1, seq_cst);
                       if (y.load(relaxed) == 1) r1 = std::atomic_ref(data).load(seq_cst); }}},
     {"-", "1"}},
};

// Dekker: each thread announces itself and goes on only if it does not see the other.
template <std::memory_order kStore, std::memory_order kLoad>
Program dekker() {
  return {.threads = {[] { x.store(1, kStore); r1 = y.load(kLoad); if (r1 == 0) data = 1; },
                      [] { y.store(1, kStore); r2 = x.load(kLoad); if (r2 == 0) data = 2; }}};
}

const Test kDekker[] = {
    // At most one goes on.
    {"DataRace", "NoneInDekkerSeqCst", dekker<seq_cst, seq_cst>(), {"0 1", "1 0", "1 1"}},
    // Both may, and race.
    {"DataRace", "DekkerAcquireRelease", dekker<release, acquire>(),
     {"0 1", "1 0", "1 1", "data race"}},
};

const Test kCausality[] = {
    // WRC: happens-before through a third thread.
    {"DataRace", "NoneAcrossThreeThreads",
     {.threads = {[] { data = 1; x.store(1, release); },
                  [] { if (x.load(acquire) == 1) y.store(1, release); },
                  [] { r1 = y.load(acquire); if (r1 == 1) r2 = data; }}},
     {"0 -", "1 1"}},
    // The thread in the middle does not acquire.
    {"DataRace", "AcrossThreeThreadsWithARelaxedLoad",
     {.threads = {[] { data = 1; x.store(1, release); },
                  [] { if (x.load(relaxed) == 1) y.store(1, release); },
                  [] { r1 = y.load(acquire); if (r1 == 1) r2 = data; }}},
     {"0", "data race"}},
    // ... nor does it release.
    {"DataRace", "AcrossThreeThreadsWithARelaxedStore",
     {.threads = {[] { data = 1; x.store(1, release); },
                  [] { if (x.load(acquire) == 1) y.store(1, relaxed); },
                  [] { r1 = y.load(acquire); if (r1 == 1) r2 = data; }}},
     {"0", "data race"}},
    // A counter of readers: the last of two that are done may write, for the counts are one release
    // sequence.
    {"DataRace", "NoneForTheLastReader",
     {.setup = [] { x.store(2, relaxed); data = 5; },
      .threads = {[] { r1 = data; if (x.fetch_sub(1, acq_rel) == 1) data = 0; },
                  [] { r2 = data; if (x.fetch_sub(1, acq_rel) == 1) data = 0; }},
      .finally = [] { r3 = data; }},
     {"5 5 0"}},
    // With a relaxed count it races with the other's read.
    {"DataRace", "ForTheLastReaderRelaxed",
     {.setup = [] { x.store(2, relaxed); data = 5; },
      .threads = {[] { r1 = data; if (x.fetch_sub(1, relaxed) == 1) data = 0; },
                  [] { r2 = data; if (x.fetch_sub(1, relaxed) == 1) data = 0; }}},
     {"data race"}},
    {"DataRace", "ForTheLastReaderWithoutAcquire",
     {.setup = [] { x.store(2, relaxed); data = 5; },
      .threads = {[] { r1 = data; if (x.fetch_sub(1, release) == 1) data = 0; },
                  [] { r2 = data; if (x.fetch_sub(1, release) == 1) data = 0; }}},
     {"data race"}},
};

// clang-format on

}  // namespace
}  // namespace slotproof::machine_test
