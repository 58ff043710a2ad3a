// Memory that is given back: freed memory may be used again without a false alarm, a free that is
// not ordered behind all accesses is a data race, and one that is ordered before an access is a use
// of dead memory.
#include "machine_test/machine_test.h"

namespace slotproof::machine_test {
namespace {

// clang-format off: each thread is one line, as in the literature.

// Kept in variables so that no compiler leaves the allocation out.
int* g_first;
int* g_second;
volatile int g_one = 1;

// A word that only the world's own allocator would give back.
alignas(8) int g_owned[2];
alignas(8) int g_beside[2];

const Test kReuse[] = {
    // No race, though the second allocation may well get the first one's memory: the allocator
    // orders the two.
    {"Lifetime", "FreedMemoryMayBeUsedAgain",
     {.threads = {[] { g_first = new int(1); r1 = *g_first; delete g_first; },
                  [] { g_second = new int(2); r2 = *g_second; delete g_second; }}},
     {"1 2"}},
    // Atomics in it begin anew: not 5.
    {"Lifetime", "AtomicsInReusedMemoryBeginAnew",
     {.threads = {[] { auto* a = new std::atomic<int>(1); g_first = reinterpret_cast<int*>(a);
                       a->store(5, relaxed); delete a;
                       auto* b = new std::atomic<int>(2); g_first = reinterpret_cast<int*>(b);
                       r1 = b->load(relaxed); delete b; }}},
     {"2"}},
};

// One thread reads, and says so; the other frees if it has heard.
template <std::memory_order kStore, std::memory_order kLoad>
Program freed_by_the_other() {
  return {.setup = [] { g_first = new int(5); },
          .threads = {[] { r1 = *g_first; y.store(1, kStore); },
                      [] { r2 = y.load(kLoad); if (r2 == 1) delete g_first; }},
          .finally = [] { if (r2 == 0) delete g_first; }};
}

// The same with memory that is retired by hand.
template <std::memory_order kStore, std::memory_order kLoad>
Program retired_by_the_other() {
  return {.setup = [] { g_owned[0] = 5; },
          .threads = {[] { r1 = g_owned[0]; y.store(1, kStore); },
                      [] { r2 = y.load(kLoad); if (r2 == 1) retire(g_owned, sizeof g_owned); }}};
}

// One thread retires, and says so; the other reads if it has heard.
template <std::memory_order kStore, std::memory_order kLoad>
Program read_after_retirement() {
  return {.setup = [] { g_owned[0] = 5; },
          .threads = {[] { retire(g_owned, sizeof g_owned); y.store(1, kStore); },
                      [] { r1 = y.load(kLoad); if (r1 == 1) r2 = g_owned[0]; }}};
}

const Test kFree[] = {
    {"Lifetime", "OrderedFree", freed_by_the_other<release, acquire>(), {"5 0", "5 1"}},
    // A race where the other has heard: relaxed accesses do not order the free behind the read.
    {"Lifetime", "UnorderedFree", freed_by_the_other<relaxed, relaxed>(), {"5 0", "data race"}},
    {"Lifetime", "OrderedRetirement", retired_by_the_other<release, acquire>(), {"5 0", "5 1"}},
    {"Lifetime", "UnorderedRetirement", retired_by_the_other<relaxed, relaxed>(),
     {"5 0", "data race"}},
    // Atomic accesses are no excuse: a free is not atomic.
    {"Lifetime", "UnorderedFreeOfAnAtomic",
     {.setup = [] { g_owned[0] = 5; },
      .threads = {[] { r1 = std::atomic_ref(g_owned[0]).load(seq_cst); y.store(1, relaxed); },
                  [] { r2 = y.load(relaxed); if (r2 == 1) retire(g_owned, sizeof g_owned); }}},
     {"5 0", "data race"}},
    // The last of two owners frees, as shared_ptr does.
    {"Lifetime", "LastOwnerFrees",
     {.setup = [] { g_first = new int(5); x.store(2, relaxed); },
      .threads = {[] { r1 = *g_first; if (x.fetch_sub(1, acq_rel) == 1) delete g_first; },
                  [] { r2 = *g_first; if (x.fetch_sub(1, acq_rel) == 1) delete g_first; }}},
     {"5 5"}},
};

const Test kUseAfterFree[] = {
    // Dead memory where the retirement is known; "0": it was not heard of.
    {"Lifetime", "ReadAfterRetirement", read_after_retirement<release, acquire>(),
     {"0", "dead memory"}},
    {"Lifetime", "AtomicLoadAfterRetirement",
     {.threads = {
         [] { retire(g_owned, sizeof g_owned); y.store(1, release); },
         [] { r1 = y.load(acquire); if (r1 == 1) std::atomic_ref(g_owned[1]).load(relaxed); }}},
     {"0", "dead memory"}},
    {"Lifetime", "RetiredTwice",
     {.threads = {[] { retire(g_owned, sizeof g_owned); retire(g_owned, sizeof g_owned); }}},
     {"dead memory"}},
    // What is beside it lives.
    {"Lifetime", "ReadBesideRetiredMemory",
     {.threads = {[] { g_beside[1] = 5; retire(g_owned, sizeof g_owned); r1 = g_beside[1]; }}},
     {"5"}},
    // On the heap it takes AddressSanitizer, which does not hand freed memory out again soon.
    {"Lifetime", "ReadAfterFree",
     {.threads = {[] { g_first = new int(5); delete g_first; r1 = *g_first; }},
      .needs_address_sanitizer = true},
     {"dead memory"}},
    {"Lifetime", "ReadAfterFreeByAnother",
     {.setup = [] { g_first = new int(5); },
      .threads = {[] { delete g_first; y.store(1, release); },
                  [] { r1 = y.load(acquire); if (r1 == 1) r2 = *g_first; }},
      .needs_address_sanitizer = true},
     {"0", "dead memory"}},
    {"Lifetime", "ReadBehindTheEnd",
     {.threads = {[] { g_first = new int(5); r1 = g_first[g_one]; }},
      .needs_address_sanitizer = true},
     {"dead memory"}},
};

// clang-format on

}  // namespace
}  // namespace slotproof::machine_test
