// Release sequences ([intro.races]/5): a release store and the read-modify-writes that follow it at
// once in modification order. Since C++20 (P0982R1) later stores of the same thread do not belong
// to it.
//
// In each program x is the message, handed over by y; who reads y from the sequence must see it.
#include "machine_test/machine_test.h"

namespace slotproof::machine_test {
namespace {

// clang-format off: each thread is one line, as in the literature.

const Test kSameThread[] = {
    // "2 0": a relaxed store of the same thread ends the sequence (C++17 let it go on).
    {"ReleaseSequence", "OwnRelaxedStoreEndsIt",
     {.threads = {[] { x.store(1, relaxed); y.store(1, release); y.store(2, relaxed); },
                  [] { r1 = y.load(acquire); r2 = x.load(relaxed); }}},
     {"0 0", "0 1", "1 1", "2 0", "2 1"}},
    // Not "2 0": a relaxed read-modify-write continues it.
    {"ReleaseSequence", "OwnReadModifyWriteContinuesIt",
     {.threads = {[] { x.store(1, relaxed); y.store(1, release); y.fetch_add(1, relaxed); },
                  [] { r1 = y.load(acquire); r2 = x.load(relaxed); }}},
     {"0 0", "0 1", "1 1", "2 1"}},
    // "12 0": but it does not revive one that has ended.
    {"ReleaseSequence", "ReadModifyWriteOfAnEndedOne",
     {.threads = {
         [] { x.store(1, relaxed);
              y.store(1, release); y.store(2, relaxed); y.fetch_add(10, relaxed); },
         [] { r1 = y.load(acquire); r2 = x.load(relaxed); }}},
     {"0 0", "0 1", "1 1", "2 0", "2 1", "12 0", "12 1"}},
    // Not "2 0": a release fence serves all later stores of its thread; none of them ends another's
    // sequence.
    {"ReleaseSequence", "FenceServesLaterStores",
     {.threads = {
         [] { x.store(1, relaxed); fence(release); y.store(1, relaxed); y.store(2, relaxed); },
         [] { r1 = y.load(acquire); r2 = x.load(relaxed); }}},
     {"0 0", "0 1", "1 1", "2 1"}},
};

template <std::memory_order kStore, std::memory_order kLoad>
Program rmw_of_another_thread() {
  return {.threads = {[] { x.store(1, relaxed); y.store(1, kStore); },
                      [] { y.fetch_add(10, relaxed); },
                      [] { r1 = y.load(kLoad); r2 = x.load(relaxed); }}};
}

const Test kOtherThread[] = {
    // Not "11 0": the other thread's relaxed read-modify-write continues it. ("10 0": there it came
    // first.)
    {"ReleaseSequence", "ReadModifyWriteOfAnotherThreadContinuesIt",
     rmw_of_another_thread<release, acquire>(),
     {"0 0", "0 1", "1 1", "10 0", "10 1", "11 1"}},
    {"ReleaseSequence", "SeqCstHeadsOneToo", rmw_of_another_thread<seq_cst, seq_cst>(),
     {"0 0", "0 1", "1 1", "10 0", "10 1", "11 1"}},
    // "1 0", "11 0": what is not released is not handed over by whoever continues it.
    {"ReleaseSequence", "RelaxedStoreHeadsNone", rmw_of_another_thread<relaxed, acquire>(),
     {"0 0", "0 1", "1 0", "1 1", "10 0", "10 1", "11 0", "11 1"}},
    // Not "11 0": a relaxed store behind a release fence heads one (the hypothetical release
    // sequence).
    {"ReleaseSequence", "FenceHeadsOne",
     {.threads = {[] { x.store(1, relaxed); fence(release); y.store(1, relaxed); },
                  [] { y.fetch_add(10, relaxed); },
                  [] { r1 = y.load(acquire); r2 = x.load(relaxed); }}},
     {"0 0", "0 1", "1 1", "10 0", "10 1", "11 1"}},
    // Not "11 0": an acquire fence behind a relaxed load of it will do.
    {"ReleaseSequence", "FenceAcquiresIt",
     {.threads = {[] { x.store(1, relaxed); y.store(1, release); },
                  [] { y.fetch_add(10, relaxed); },
                  [] { r1 = y.load(relaxed); fence(acquire); r2 = x.load(relaxed); }}},
     {"0 0", "0 1", "1 1", "10 0", "10 1", "11 1"}},
    // "2 0": another thread's store ends it.
    {"ReleaseSequence", "StoreOfAnotherThreadEndsIt",
     {.threads = {[] { x.store(1, relaxed); y.store(1, release); },
                  [] { y.store(2, relaxed); },
                  [] { r1 = y.load(acquire); r2 = x.load(relaxed); }}},
     {"0 0", "0 1", "1 1", "2 0", "2 1"}},
    // Not "1 5 0": an exchange continues it too, though its value does not depend on what it read
    // (r1).
    {"ReleaseSequence", "ExchangeContinuesIt",
     {.threads = {[] { x.store(1, relaxed); y.store(1, release); },
                  [] { r1 = y.exchange(5, relaxed); },
                  [] { r2 = y.load(acquire); r3 = x.load(relaxed); }}},
     {"0 0 0", "0 0 1", "0 1 1", "0 5 0", "0 5 1", "1 0 0", "1 0 1", "1 1 1", "1 5 1"}},
    // Not "1 5 0": as does a compare-exchange that succeeds (r1).
    {"ReleaseSequence", "CompareExchangeContinuesIt",
     {.threads = {[] { x.store(1, relaxed); y.store(1, release); },
                  [] { int one = 1; r1 = y.compare_exchange_strong(one, 5, relaxed); },
                  [] { r2 = y.load(acquire); r3 = x.load(relaxed); }}},
     {"0 0 0", "0 0 1", "0 1 1", "1 0 0", "1 0 1", "1 1 1", "1 5 1"}},
    // Not "11 0", "101 0", "111 0": any number of them, by any threads. (Decimal digits: who has
    // come.)
    {"ReleaseSequence", "TwoReadModifyWritesContinueIt",
     {.threads = {[] { x.store(1, relaxed); y.store(1, release); },
                  [] { y.fetch_add(10, relaxed); },
                  [] { y.fetch_add(100, relaxed); },
                  [] { r1 = y.load(acquire); r2 = x.load(relaxed); }}},
     {"0 0", "0 1", "1 1", "10 0", "10 1", "11 1", "100 0", "100 1", "101 1", "110 0", "110 1",
      "111 1"}},
};

// Two threads with a message each, x and y, that count themselves in z.
template <std::memory_order kSecond>
Program two_messages() {
  return {.threads = {[] { x.store(1, relaxed); z.fetch_add(1, release); },
                      [] { y.store(1, relaxed); z.fetch_add(10, kSecond); },
                      [] { r1 = z.load(acquire); r2 = x.load(relaxed); r3 = y.load(relaxed); }}};
}

const Test kNested[] = {
    // Only "11 1 1": the second one continues the first one's sequence and heads its own.
    {"ReleaseSequence", "ReadModifyWritesHeadTheirOwn", two_messages<release>(),
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 1 0", "1 1 1", "10 0 1", "10 1 1", "11 1 1"}},
    // "11 1 0": a relaxed one hands over what it continues and nothing of its own.
    {"ReleaseSequence", "RelaxedReadModifyWriteHeadsNone", two_messages<relaxed>(),
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 1 0", "1 1 1", "10 0 0", "10 0 1", "10 1 0", "10 1 1",
      "11 1 0",
      "11 1 1"}},
};

// clang-format on

}  // namespace
}  // namespace slotproof::machine_test
