// Coherence ([intro.races]/14-17): what even relaxed accesses of one location promise. Each shape
// is the same in every memory order.
#include "machine_test/machine_test.h"

namespace slotproof::machine_test {
namespace {

// clang-format off: each thread is one line, as in the literature.

// CoRR: two reads of one writer.
template <std::memory_order kStore, std::memory_order kLoad>
Program corr() {
  return {.threads = {[] { x.store(1, kStore); },
                      [] { r1 = x.load(kLoad); r2 = x.load(kLoad); }}};
}

const Test kCorr[] = {
    // Not "1 0": the second read is not older than the first (read-read coherence).
    {"CoRR", "Relaxed", corr<relaxed, relaxed>(), {"0 0", "0 1", "1 1"}},
    {"CoRR", "AcquireRelease", corr<release, acquire>(), {"0 0", "0 1", "1 1"}},
    {"CoRR", "SeqCst", corr<seq_cst, seq_cst>(), {"0 0", "0 1", "1 1"}},
};

// Two writers. What a reader sees of both is their modification order, which the root sees the end
// of.
template <std::memory_order kStore, std::memory_order kLoad>
Program corr_of_two_writers() {
  return {.threads = {[] { x.store(1, kStore); },
                      [] { x.store(2, kStore); },
                      [] { r1 = x.load(kLoad); r2 = x.load(kLoad); }},
          .finally = [] { r3 = x.load(relaxed); }};
}

const Test kCorrOfTwoWriters[] = {
    // Not "1 2 1", "2 1 2": who reads 1 and then 2 says that 2 is the later one.
    {"CoRR", "TwoWritersRelaxed", corr_of_two_writers<relaxed, relaxed>(),
     {"0 0 1", "0 0 2", "0 1 1", "0 1 2", "0 2 1", "0 2 2", "1 1 1", "1 1 2", "1 2 2", "2 1 1",
      "2 2 1", "2 2 2"}},
    {"CoRR", "TwoWritersSeqCst", corr_of_two_writers<seq_cst, seq_cst>(),
     {"0 0 1", "0 0 2", "0 1 1", "0 1 2", "0 2 1", "0 2 2", "1 1 1", "1 1 2", "1 2 2", "2 1 1",
      "2 2 1", "2 2 2"}},
};

// The stores that a thread reads, in order: 12 or 21, or 0 if it does not read both.
int read_both() {
  const int first = x.load(relaxed);
  const int second = x.load(relaxed);
  return first != 0 && second != 0 && first != second ? 10 * first + second : 0;
}

const Test kCorrOfTwoReaders[] = {
    // Not "12 21": there is one modification order of x for all.
    {"CoRR", "TwoReadersAgree",
     {.threads = {[] { x.store(1, relaxed); },
                  [] { x.store(2, relaxed); },
                  [] { r1 = read_both(); },
                  [] { r2 = read_both(); }}},
     {"0 0", "0 12", "0 21", "12 0", "12 12", "21 0", "21 21"}},
};

const Test kCoww[] = {
    // Not "1": sequenced-before decides the modification order (write-write coherence).
    {"CoWW", "Relaxed",
     {.threads = {[] { x.store(1, relaxed); x.store(2, relaxed); }},
      .finally = [] { r1 = x.load(relaxed); }},
     {"2"}},
    // Not "2 1", nor a reader that sees 2 before 1.
    {"CoWW", "SeenByAReader",
     {.threads = {[] { x.store(1, relaxed); x.store(2, relaxed); },
                  [] { r1 = x.load(relaxed); r2 = x.load(relaxed); }}},
     {"0 0", "0 1", "0 2", "1 1", "1 2", "2 2"}},
    // Not "1 1": happens-before across threads decides it too; without the acquire it would not
    // (S).
    {"CoWW", "AcrossThreads",
     {.threads = {[] { x.store(1, relaxed); y.store(1, release); },
                  [] { r1 = y.load(acquire); x.store(2, relaxed); }},
      .finally = [] { r2 = x.load(relaxed); }},
     {"0 1", "0 2", "1 2"}},
};

// CoWR: a thread reads after its own write.
template <std::memory_order kStore, std::memory_order kLoad>
Program cowr() {
  return {.threads = {[] { x.store(1, kStore); r1 = x.load(kLoad); },
                      [] { x.store(2, kStore); }},
          .finally = [] { r2 = x.load(relaxed); }};
}

const Test kCowr[] = {
    // Not "0 _": nothing older than its own write. Not "2 1": reading 2 makes 2 the later one
    // (write-read coherence).
    {"CoWR", "Relaxed", cowr<relaxed, relaxed>(), {"1 1", "1 2", "2 2"}},
    {"CoWR", "AcquireRelease", cowr<release, acquire>(), {"1 1", "1 2", "2 2"}},
    {"CoWR", "SeqCst", cowr<seq_cst, seq_cst>(), {"1 1", "1 2", "2 2"}},
};

const Test kCorw[] = {
    // Not "1": a read does not see what its own thread writes later (read-write coherence).
    {"CoRW", "OwnLaterWrite",
     {.threads = {[] { r1 = x.load(relaxed); x.store(1, relaxed); }}},
     {"0"}},
    // Not "2 2": having read 2, the thread's own write comes after it in modification order.
    {"CoRW", "Relaxed",
     {.threads = {[] { r1 = x.load(relaxed); x.store(1, relaxed); },
                  [] { x.store(2, relaxed); }},
      .finally = [] { r2 = x.load(relaxed); }},
     {"0 1", "0 2", "2 1"}},
    {"CoRW", "SeqCst",
     {.threads = {[] { r1 = x.load(seq_cst); x.store(1, seq_cst); },
                  [] { x.store(2, seq_cst); }},
      .finally = [] { r2 = x.load(relaxed); }},
     {"0 1", "0 2", "2 1"}},
};

// A store may enter the modification order before stores that were executed earlier.
const Test kModificationOrder[] = {
    // "1 21 1": having read y == 1, x = 2 runs after x = 1; yet it is seen first, and 1 last, for y
    // orders nothing.
    {"ModificationOrder", "IsNotTheOrderOfExecution",
     {.threads = {[] { x.store(1, relaxed); y.store(1, relaxed); },
                  [] { r1 = y.load(relaxed); x.store(2, relaxed); },
                  [] { r2 = read_both(); }},
      .finally = [] { r3 = x.load(relaxed); }},
     {"0 0 1", "0 0 2", "0 12 2", "0 21 1", "1 0 1", "1 0 2", "1 12 2", "1 21 1"}},
};

const Test kStaleness[] = {
    // "1 0" is a load eight stores stale, by a thread that has read what was stored after all of
    // them.
    {"Staleness", "EightStores",
     {.threads = {[] { for (int i = 1; i <= 8; ++i) x.store(i, relaxed); y.store(1, relaxed); },
                  [] { r1 = y.load(relaxed); r2 = x.load(relaxed); }}},
     {"0 0", "0 1", "0 2", "0 3", "0 4", "0 5", "0 6", "0 7", "0 8",
      "1 0", "1 1", "1 2", "1 3", "1 4", "1 5", "1 6", "1 7", "1 8"}},
    // Only "1 8": a release store hands over all eight.
    {"Staleness", "EndsWhereAReleaseIsAcquired",
     {.threads = {[] { for (int i = 1; i <= 8; ++i) x.store(i, relaxed); y.store(1, release); },
                  [] { r1 = y.load(acquire); r2 = x.load(relaxed); }}},
     {"0 0", "0 1", "0 2", "0 3", "0 4", "0 5", "0 6", "0 7", "0 8", "1 8"}},
    // Not "1 1 0": a load that was followed by a handing-over bounds the other thread's load from
    // below.
    {"Staleness", "ReadsHandOverToo",
     {.threads = {[] { x.store(1, relaxed); },
                  [] { r1 = x.load(relaxed); y.store(1, release); },
                  [] { r2 = y.load(acquire); r3 = x.load(relaxed); }}},
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 0", "1 0 1", "1 1 1"}},
};

// clang-format on

}  // namespace
}  // namespace slotproof::machine_test
