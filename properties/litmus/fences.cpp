// Fences ([atomics.fences], [atomics.order]/4) between relaxed accesses.
#include "machine_test/machine_test.h"

namespace slotproof::machine_test {
namespace {

// clang-format off: each thread is one line, as in the literature.

template <std::memory_order kFirst, std::memory_order kSecond>
Program mp() {
  return {.threads = {[] { x.store(1, relaxed); fence(kFirst); y.store(1, relaxed); },
                      [] { r1 = y.load(relaxed); fence(kSecond); r2 = x.load(relaxed); }}};
}

template <std::memory_order kFence, std::memory_order kLoad>
Program mp_to_load() {
  return {.threads = {[] { x.store(1, relaxed); fence(kFence); y.store(1, relaxed); },
                      [] { r1 = y.load(kLoad); r2 = x.load(relaxed); }}};
}

template <std::memory_order kStore, std::memory_order kFence>
Program mp_from_store() {
  return {.threads = {[] { x.store(1, relaxed); y.store(1, kStore); },
                      [] { r1 = y.load(relaxed); fence(kFence); r2 = x.load(relaxed); }}};
}

const Test kMp[] = {
    // Not "1 0": a release fence before the flag's store synchronizes with an acquire fence behind
    // its load.
    {"Fences", "MPAcquireRelease", mp<release, acquire>(), {"0 0", "0 1", "1 1"}},
    {"Fences", "MPAcqRel", mp<acq_rel, acq_rel>(), {"0 0", "0 1", "1 1"}},
    {"Fences", "MPSeqCst", mp<seq_cst, seq_cst>(), {"0 0", "0 1", "1 1"}},
    // "1 0": an acquire fence does not release, a release fence does not acquire, a relaxed fence
    // is none.
    {"Fences", "MPTheWrongWayRound", mp<acquire, release>(), {"0 0", "0 1", "1 0", "1 1"}},
    {"Fences", "MPWriterAcquires", mp<acquire, acquire>(), {"0 0", "0 1", "1 0", "1 1"}},
    {"Fences", "MPReaderReleases", mp<release, release>(), {"0 0", "0 1", "1 0", "1 1"}},
    {"Fences", "MPReaderWithout", mp<seq_cst, relaxed>(), {"0 0", "0 1", "1 0", "1 1"}},
    {"Fences", "MPWriterWithout", mp<relaxed, seq_cst>(), {"0 0", "0 1", "1 0", "1 1"}},
    // Not "1 0": a release fence synchronizes with an acquire load, a release store with an acquire
    // fence.
    {"Fences", "MPFenceToLoad", mp_to_load<release, acquire>(), {"0 0", "0 1", "1 1"}},
    {"Fences", "MPStoreToFence", mp_from_store<release, acquire>(), {"0 0", "0 1", "1 1"}},
    {"Fences", "MPSeqCstFenceToLoad", mp_to_load<seq_cst, acquire>(), {"0 0", "0 1", "1 1"}},
    {"Fences", "MPStoreToSeqCstFence", mp_from_store<release, seq_cst>(), {"0 0", "0 1", "1 1"}},
    // "1 0": the message is stored behind the fence, or read before it.
    {"Fences", "MPStoredBehindTheFence",
     {.threads = {[] { fence(release); x.store(1, relaxed); y.store(1, relaxed); },
                  [] { r1 = y.load(relaxed); fence(acquire); r2 = x.load(relaxed); }}},
     {"0 0", "0 1", "1 0", "1 1"}},
    {"Fences", "MPReadBeforeTheFence",
     {.threads = {[] { x.store(1, relaxed); fence(release); y.store(1, relaxed); },
                  [] { r1 = y.load(relaxed); r2 = x.load(relaxed); fence(acquire); }}},
     {"0 0", "0 1", "1 0", "1 1"}},
    // Not "1 0": an acquire fence serves every load before it, a release fence every store behind
    // it.
    {"Fences", "MPOtherAccessesBetween",
     {.threads = {
         [] { x.store(1, relaxed); fence(release); z.store(1, relaxed); y.store(1, relaxed); },
         [] { r1 = y.load(relaxed); z.load(relaxed); fence(acquire); r2 = x.load(relaxed); }}},
     {"0 0", "0 1", "1 1"}},
};

template <std::memory_order kFirst, std::memory_order kSecond>
Program sb() {
  return {.threads = {[] { x.store(1, relaxed); fence(kFirst); r1 = y.load(relaxed); },
                      [] { y.store(1, relaxed); fence(kSecond); r2 = x.load(relaxed); }}};
}

const Test kSb[] = {
    // "0 0": synchronization needs a load that reads the other thread's store.
    {"Fences", "SBAcqRel", sb<acq_rel, acq_rel>(), {"0 0", "0 1", "1 0", "1 1"}},
    // Not "0 0": whichever fence is first in S, the other thread's load behind its fence sees the
    // store before it.
    {"Fences", "SBSeqCst", sb<seq_cst, seq_cst>(), {"0 1", "1 0", "1 1"}},
    {"Fences", "SBSeqCstInOneThread", sb<seq_cst, acq_rel>(), {"0 0", "0 1", "1 0", "1 1"}},
    // Not "0 0": a fence in one thread and seq_cst accesses in the other are in the same S.
    {"Fences", "SBSeqCstAccessesInTheOther",
     {.threads = {[] { x.store(1, relaxed); fence(seq_cst); r1 = y.load(relaxed); },
                  [] { y.store(1, seq_cst); r2 = x.load(seq_cst); }}},
     {"0 1", "1 0", "1 1"}},
    // "0 0": with a weaker store there, all that S knows is that the load precedes the fence.
    {"Fences", "SBSeqCstLoadInTheOther",
     {.threads = {[] { x.store(1, relaxed); fence(seq_cst); r1 = y.load(relaxed); },
                  [] { y.store(1, relaxed); r2 = x.load(seq_cst); }}},
     {"0 0", "0 1", "1 0", "1 1"}},
};

template <std::memory_order kFirst, std::memory_order kSecond>
Program lb() {
  return {.threads = {[] { r1 = x.load(relaxed); fence(kFirst); y.store(1, relaxed); },
                      [] { r2 = y.load(relaxed); fence(kSecond); x.store(1, relaxed); }}};
}

template <std::memory_order kFirst, std::memory_order kSecond>
Program s() {
  return {.threads = {[] { x.store(2, relaxed); fence(kFirst); y.store(1, relaxed); },
                      [] { r1 = y.load(relaxed); fence(kSecond); x.store(1, relaxed); }},
          .finally = [] { r2 = x.load(relaxed); }};
}

template <std::memory_order kFirst, std::memory_order kSecond>
Program r() {
  return {.threads = {[] { x.store(1, relaxed); fence(kFirst); y.store(1, relaxed); },
                      [] { y.store(2, relaxed); fence(kSecond); r1 = x.load(relaxed); }},
          .finally = [] { r2 = y.load(relaxed); }};
}

template <std::memory_order kFirst, std::memory_order kSecond>
Program two_plus_two_w() {
  return {.threads = {[] { x.store(1, relaxed); fence(kFirst); y.store(2, relaxed); },
                      [] { y.store(1, relaxed); fence(kSecond); x.store(2, relaxed); }},
          .finally = [] { r1 = x.load(relaxed); r2 = y.load(relaxed); }};
}

const Test kTwoThreads[] = {
    // Not "1 1": each load would happen before the store that it reads.
    {"Fences", "LBAcqRel", lb<acq_rel, acq_rel>(), {"0 0", "0 1", "1 0"}},
    {"Fences", "LBSeqCst", lb<seq_cst, seq_cst>(), {"0 0", "0 1", "1 0"}},
    // Not "1 2": x = 2 happens before x = 1.
    {"Fences", "SAcquireRelease", s<release, acquire>(), {"0 1", "0 2", "1 1"}},
    {"Fences", "SSeqCst", s<seq_cst, seq_cst>(), {"0 1", "0 2", "1 1"}},
    {"Fences", "STheWrongWayRound", s<acquire, release>(), {"0 1", "0 2", "1 1", "1 2"}},
    {"Fences", "RAcqRel", r<acq_rel, acq_rel>(), {"0 1", "0 2", "1 1", "1 2"}},
    // Not "0 2": y = 1 before y = 2 puts the first fence first in S, missing x = 1 puts it last.
    {"Fences", "RSeqCst", r<seq_cst, seq_cst>(), {"0 1", "1 1", "1 2"}},
    {"Fences", "RSeqCstInOneThread", r<acq_rel, seq_cst>(), {"0 1", "0 2", "1 1", "1 2"}},
    {"Fences", "2+2WAcqRel", two_plus_two_w<acq_rel, acq_rel>(), {"1 1", "1 2", "2 1", "2 2"}},
    // Not "1 1": each modification order puts the other thread's fence first.
    {"Fences", "2+2WSeqCst", two_plus_two_w<seq_cst, seq_cst>(), {"1 2", "2 1", "2 2"}},
    {"Fences", "2+2WSeqCstInOneThread", two_plus_two_w<seq_cst, acq_rel>(),
     {"1 1", "1 2", "2 1", "2 2"}},
};

// clang-format on

}  // namespace
}  // namespace slotproof::machine_test
