// Compare-exchange ([atomics.types.operations]/18-25): a read-modify-write if it succeeds, a load
// if it fails.
#include <cstdint>

#include "machine_test/machine_test.h"

#if defined(__clang__)
extern "C" int __tsan_atomic32_compare_exchange_weak(volatile std::uint32_t* location,
                                                     std::uint32_t* expected, std::uint32_t desired,
                                                     int success, int failure);
#endif

namespace slotproof::machine_test {
namespace {

// Gives whether it stored `desired`; puts what it saw into `expected` if not.
template <std::memory_order kSuccess = relaxed, std::memory_order kFailure = relaxed>
bool strong(std::atomic<int>& location, int& expected, int desired) {
  return location.compare_exchange_strong(expected, desired, kSuccess, kFailure);
}

// Clang's pass makes a strong one of every compare-exchange, so this calls the seam as GCC's pass
// does.
template <std::memory_order kSuccess = relaxed, std::memory_order kFailure = relaxed>
bool weak(std::atomic<int>& location, int& expected, int desired) {
#if defined(__clang__)
  return __tsan_atomic32_compare_exchange_weak(
             reinterpret_cast<std::uint32_t*>(&location),
             reinterpret_cast<std::uint32_t*>(&expected), static_cast<std::uint32_t>(desired),
             static_cast<int>(kSuccess), static_cast<int>(kFailure)) != 0;
#else
  return location.compare_exchange_weak(expected, desired, kSuccess, kFailure);
#endif
}

// clang-format off: each thread is one line, as in the literature.

const Test kClaims[] = {
    // Not "1 1 _", "0 0 _": exactly one of two claims of a null cell wins, and the cell is the
    // winner's.
    {"CompareExchange", "OneOfTwoClaimsWins",
     {.threads = {[] { int null = 0; r1 = strong(x, null, 1); },
                  [] { int null = 0; r2 = strong(x, null, 2); }},
      .finally = [] { r3 = x.load(relaxed); }},
     {"0 1 2", "1 0 1"}},
    {"CompareExchange", "OneOfTwoClaimsWinsSeqCst",
     {.threads = {[] { int null = 0; r1 = strong<seq_cst, seq_cst>(x, null, 1); },
                  [] { int null = 0; r2 = strong<seq_cst, seq_cst>(x, null, 2); }},
      .finally = [] { r3 = x.load(relaxed); }},
     {"0 1 2", "1 0 1"}},
    // "0 0 0": weak ones may both fail for no reason. Not "1 1 _".
    {"CompareExchange", "AtMostOneOfTwoWeakClaimsWins",
     {.threads = {[] { int null = 0; r1 = weak(x, null, 1); },
                  [] { int null = 0; r2 = weak(x, null, 2); }},
      .finally = [] { r3 = x.load(relaxed); }},
     {"0 0 0", "0 1 2", "1 0 1"}},
    // Not "0 0 1 0": the loser learns the winner's value (r2, r4), even if all is relaxed.
    {"CompareExchange", "TheLoserSeesTheWinner",
     {.threads = {[] { int seen = 0; r1 = strong(x, seen, 1); r2 = seen; },
                  [] { int seen = 0; r3 = strong(x, seen, 2); r4 = seen; }}},
     {"0 2 1 0", "1 0 0 1"}},
};

const Test kFailing[] = {
    // Not "0 0": a strong one that reads what it expects does not fail; what it saw (r2) is what it
    // expected.
    {"CompareExchange", "StrongSucceeds",
     {.threads = {[] { int seen = 0; r1 = strong(x, seen, 1); r2 = seen; }},
      .finally = [] { r3 = x.load(relaxed); }},
     {"1 0 1"}},
    // "0 0 0": a weak one may.
    {"CompareExchange", "WeakMayFailSpuriously",
     {.threads = {[] { int seen = 0; r1 = weak(x, seen, 1); r2 = seen; }},
      .finally = [] { r3 = x.load(relaxed); }},
     {"0 0 0", "1 0 1"}},
#if defined(__clang__)
    // Not "0 0 0": what the machine never hears of it cannot do.
    {"CompareExchange", "WeakIsStrongInClangsPass",
     {.threads = {[] { int seen = 0; r1 = x.compare_exchange_weak(seen, 1, relaxed); r2 = seen; }},
      .finally = [] { r3 = x.load(relaxed); }},
     {"1 0 1"}},
#endif
    // Not "0 0 _": a strong one that fails has seen something else.
    {"CompareExchange", "StrongFailsOnlyOnWhatItDoesNotExpect",
     {.threads = {[] { x.store(1, relaxed); },
                  [] { int seen = 0; r1 = strong(x, seen, 2); r2 = seen; }},
      .finally = [] { r3 = x.load(relaxed); }},
     {"0 1 1", "1 0 1"}},
    // "0 _", "1 _": one that fails is a load and may read an older store. Not "1 0", "2 1":
    // coherence holds.
    {"CompareExchange", "FailingReadsAnyStoreThatALoadMay",
     {.threads = {[] { x.store(1, relaxed); x.store(2, relaxed); },
                  [] { r1 = 5; strong(x, r1, 6);
                       r2 = 5; strong(x, r2, 6); }}},
     {"0 0", "0 1", "0 2", "1 1", "1 2", "2 2"}},
    // Not "1": a loop of strong ones loses no increment, and ends.
    {"CompareExchange", "LoopOfStrongOnes",
     {.threads = {[] { int n = x.load(relaxed); while (!strong(x, n, n + 1)) {} },
                  [] { int n = x.load(relaxed); while (!strong(x, n, n + 1)) {} }},
      .finally = [] { r1 = x.load(relaxed); }},
     {"2"}},
};

// Message passing to a compare-exchange of the flag that always fails (r1: what it saw).
template <std::memory_order kSuccess, std::memory_order kFailure>
Program mp_to_failing() {
  return {.threads = {[] { x.store(1, relaxed); y.store(1, release); },
                      [] { r1 = 5; strong<kSuccess, kFailure>(y, r1, 6); r2 = x.load(relaxed); }}};
}

// ... that succeeds where it sees the flag (r1).
template <std::memory_order kSuccess, std::memory_order kFailure>
Program mp_to_succeeding() {
  return {.threads = {[] { x.store(1, relaxed); y.store(1, release); },
                      [] { int one = 1; r1 = strong<kSuccess, kFailure>(y, one, 2);
                           r2 = x.load(relaxed); }}};
}

// ... that may fail there for no reason (r1: whether it succeeded, r2: what it saw).
template <std::memory_order kFailure>
Program mp_to_weak() {
  return {.threads = {
      [] { x.store(1, relaxed); y.store(1, release); },
      [] { r2 = 1; r1 = weak<acq_rel, kFailure>(y, r2, 2); r3 = x.load(relaxed); }}};
}

const Test kOrders[] = {
    // Not "1 0" if the failure's order acquires, whatever the success's order is.
    {"CompareExchange", "FailingAcquires", mp_to_failing<acquire, acquire>(),
     {"0 0", "0 1", "1 1"}},
    {"CompareExchange", "FailingAcquiresThoughSuccessWouldNot", mp_to_failing<relaxed, acquire>(),
     {"0 0", "0 1", "1 1"}},
    {"CompareExchange", "FailingSeqCst", mp_to_failing<seq_cst, seq_cst>(), {"0 0", "0 1", "1 1"}},
    // "1 0": a relaxed failure does not synchronize, though success would.
    {"CompareExchange", "FailingRelaxed", mp_to_failing<acq_rel, relaxed>(),
     {"0 0", "0 1", "1 0", "1 1"}},
    {"CompareExchange", "FailingRelaxedSuccessSeqCst", mp_to_failing<seq_cst, relaxed>(),
     {"0 0", "0 1", "1 0", "1 1"}},
    // Not "1 0" if the success's order acquires, whatever the failure's order is.
    {"CompareExchange", "SucceedingAcquires", mp_to_succeeding<acquire, relaxed>(),
     {"0 0", "0 1", "1 1"}},
    {"CompareExchange", "SucceedingReleases", mp_to_succeeding<release, relaxed>(),
     {"0 0", "0 1", "1 0", "1 1"}},
    {"CompareExchange", "SucceedingRelaxedFailureAcquires", mp_to_succeeding<relaxed, acquire>(),
     {"0 0", "0 1", "1 0", "1 1"}},
    // "0 1 1" is a spurious failure; it has the failure's order, so "0 1 0" is there if that is
    // relaxed.
    {"CompareExchange", "SpuriousFailureAcquires", mp_to_weak<acquire>(),
     {"0 0 0", "0 0 1", "0 1 1", "1 1 1"}},
    {"CompareExchange", "SpuriousFailureRelaxed", mp_to_weak<relaxed>(),
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 1 1"}},
    // "1 0": one that fails stores nothing and releases nothing, though the flag's value is there.
    {"CompareExchange", "FailingDoesNotRelease",
     {.threads = {[] { y.store(1, relaxed); x.store(1, relaxed); int five = 5;
                       strong<acq_rel, acquire>(y, five, 6); },
                  [] { r1 = y.load(acquire); r2 = x.load(relaxed); }}},
     {"0 0", "0 1", "1 0", "1 1"}},
};

// Store buffering whose loads are compare-exchanges that fail.
template <std::memory_order kFailure>
Program sb() {
  return {.threads = {[] { x.store(1, seq_cst); r1 = 5; strong<seq_cst, kFailure>(y, r1, 6); },
                      [] { y.store(1, seq_cst); r2 = 5; strong<seq_cst, kFailure>(x, r2, 6); }}};
}

const Test kSeqCst[] = {
    // Not "0 0": a failure with seq_cst is in S as a load.
    {"CompareExchange", "SBFailingSeqCst", sb<seq_cst>(), {"0 1", "1 0", "1 1"}},
    // "0 0": with a weaker order it is not, though success would be.
    {"CompareExchange", "SBFailingAcquire", sb<acquire>(), {"0 0", "0 1", "1 0", "1 1"}},
};

// A lock that is tried once (r1, r2: who got it), around plain data.
template <std::memory_order kTake, std::memory_order kGive>
Program try_lock() {
  return {.threads = {[] { int no = 0; r1 = strong<kTake, relaxed>(x, no, 1);
                           if (r1 == 1) { data = data + 1; x.store(0, kGive); } },
                      [] { int no = 0; r2 = strong<kTake, relaxed>(x, no, 1);
                           if (r2 == 1) { data = data + 1; x.store(0, kGive); } }},
          .finally = [] { r3 = data; }};
}

const Test kLocks[] = {
    // Not "1 1 1", not a data race: who takes what was given back has synchronized with the giver.
    {"CompareExchange", "TryLock", try_lock<acquire, release>(), {"0 1 1", "1 0 1", "1 1 2"}},
    // Not "1 1 2": who gets it second always races.
    {"CompareExchange", "TryLockGivenBackRelaxed", try_lock<acquire, relaxed>(),
     {"0 1 1", "1 0 1", "data race"}},
    {"CompareExchange", "TryLockTakenRelaxed", try_lock<relaxed, release>(),
     {"0 1 1", "1 0 1", "data race"}},
};

// clang-format on

}  // namespace
}  // namespace slotproof::machine_test
