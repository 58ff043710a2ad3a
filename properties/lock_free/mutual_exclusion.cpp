// Dekker's entry and Peterson's lock (1981), which need a store to be seen before a later load of
// another location: sequential consistency.
#include "machine_test/machine_test.h"

namespace slotproof::machine_test {
namespace {

std::atomic<int> g_wants[2];
std::atomic<int> g_turn;

void reset() {
  for (std::atomic<int>& wants : g_wants) wants.store(0, relaxed);
  g_turn.store(0, relaxed);
  data = 0;
}

// Whoever sees that the other does not want may enter; perhaps neither.
template <std::memory_order kStore, std::memory_order kLoad, int kSelf>
void dekker() {
  g_wants[kSelf].store(1, kStore);
  if (g_wants[1 - kSelf].load(kLoad) == 0) data = data + 1;
}

template <std::memory_order kStore, std::memory_order kLoad>
Program dekker() {
  return {.setup = reset, .threads = {dekker<kStore, kLoad, 0>, dekker<kStore, kLoad, 1>}};
}

// One turn of the loop that waits; runs in which the lock would not be free then are left out.
template <std::memory_order kStore, std::memory_order kLoad, bool kYields, int kSelf>
void peterson() {
  g_wants[kSelf].store(1, kStore);
  g_turn.store(kYields ? 1 - kSelf : kSelf, kStore);
  assume(g_wants[1 - kSelf].load(kLoad) == 0 || g_turn.load(kLoad) == kSelf);
  data = data + 1;
  g_wants[kSelf].store(0, std::memory_order_release);
}

template <std::memory_order kStore, std::memory_order kLoad, bool kYields = true>
Program peterson() {
  return {.setup = reset,
          .threads = {peterson<kStore, kLoad, kYields, 0>, peterson<kStore, kLoad, kYields, 1>},
          .finally = [] { r1 = data; }};
}

const Test kTests[] = {
    {"Dekker", "ExcludesWithSeqCst", dekker<seq_cst, seq_cst>(), {""}},
    {"Dekker", "DoesNotWithReleaseAndAcquire", dekker<release, acquire>(), {"", "data race"}},
    {"Dekker", "DoesNotWithOneSide", dekker<seq_cst, acquire>(), {"", "data race"}},
    {"Peterson", "ExcludesWithSeqCst", peterson<seq_cst, seq_cst>(), {"2"}},
    {"Peterson", "DoesNotWithReleaseAndAcquire", peterson<release, acquire>(), {"2", "data race"}},
    {"Peterson",
     "DoesNotWhenEachTakesTheTurn",
     peterson<seq_cst, seq_cst, false>(),
     {"2", "data race"}},
};

}  // namespace
}  // namespace slotproof::machine_test
