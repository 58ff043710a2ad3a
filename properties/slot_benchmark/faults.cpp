// Slots with one mistake each, and what the memory model alone makes possible. The tools that
// people use miss some of these: stores that enter the modification order before ones that were
// executed earlier, release sequences as C++20 has them, loads that are many stores stale.
#include "programs.h"

namespace slotproof::machine_test {
namespace {

const Test check_relaxed("SlotFaults", "check_relaxed", two<Orders{.check = relaxed}>(),
                         {"", "data race"});
const Test claim_relaxed("SlotFaults", "claim_relaxed", two<Orders{.claim = relaxed}>(),
                         {"", "data race"});
const Test give_back_relaxed("SlotFaults", "give_back_relaxed", two<Orders{.give_back = relaxed}>(),
                             {"", "data race"});

// The tag is stored by whoever saw none, not compared and exchanged.
void use_by_store(int i) {
  g_interpreters[i].name = i;
  if (g_tag.load(acquire) != nullptr) return;
  g_tag.store(&g_interpreters[i], release);
  g_object = &g_interpreters[i];
}

const Test tag_by_store("SlotFaults", "tag_by_store",
                        {.setup = set_up,
                         .threads = {[] { use_by_store(0); }, [] { use_by_store(1); }}},
                        {"", "data race"});

// The interpreter is made when its tag can be seen already.
const Test published_too_early("SlotFaults", "published_too_early",
                               {.setup = set_up,
                                .threads = {[] {
                                              Interpreter* expected = nullptr;
                                              g_tag.compare_exchange_strong(
                                                  expected, &g_interpreters[0], acq_rel, acquire);
                                              g_interpreters[0].name = 0;
                                            },
                                            check<Orders{}>}},
                               {"", "data race"});

// The interpreter is freed when it has given the slot back, though somebody may have seen its tag.
const Test freed_during_a_check("SlotFaults", "freed_during_a_check",
                                {.setup = set_up,
                                 .threads = {[] {
                                               use<Orders{}, 0, 1>();
                                               retire(&g_interpreters[0], sizeof g_interpreters[0]);
                                             },
                                             check<Orders{}>}},
                                {"", "data race", "dead memory"});

// The winner stores its tag once more, relaxed. In C++20 that ends the release sequence of the
// claim, so whoever sees this store is not ordered behind it.
const Test tag_stored_again("SlotFaults", "tag_stored_again",
                            {.setup = set_up,
                             .threads = {[] {
                                           g_interpreters[0].name = 0;
                                           Interpreter* expected = nullptr;
                                           g_tag.compare_exchange_strong(
                                               expected, &g_interpreters[0], acq_rel, acquire);
                                           g_tag.store(&g_interpreters[0], relaxed);
                                         },
                                         check<Orders{}>}},
                            {"", "data race"});

// Each sees that the other has not begun.
const Test store_buffering("SlotFaults", "store_buffering",
                           {.threads = {[] {
                                          x.store(1, release);
                                          r1 = y.load(acquire);
                                        },
                                        [] {
                                          y.store(1, release);
                                          r2 = x.load(acquire);
                                        }}},
                           {"0 0", "0 1", "1 0", "1 1"});

// What was stored last is not what is there in the end: the first thread has seen the second's
// store of y, so its own of x runs last, and still the other's comes after it.
const Test place_before_execution("SlotFaults", "place_before_execution",
                                  {.threads = {[] {
                                                 r1 = y.load(relaxed);
                                                 x.store(1, relaxed);
                                               },
                                               [] {
                                                 x.store(2, relaxed);
                                                 y.store(1, relaxed);
                                               }},
                                   .finally = [] { r2 = x.load(relaxed); }},
                                  {"0 1", "0 2", "1 1", "1 2"});

// The load happens when all stores have been seen to happen, and reads the one before them all.
const Test eight_stores_stale("SlotFaults", "eight_stores_stale",
                              {.threads = {[] {
                                             for (int i = 1; i <= 8; ++i) x.store(i, relaxed);
                                             y.store(1, relaxed);
                                           },
                                           [] {
                                             assume(y.load(relaxed) == 1);
                                             r1 = x.load(relaxed);
                                           }}},
                              {"0", "1", "2", "3", "4", "5", "6", "7", "8"});

}  // namespace
}  // namespace slotproof::machine_test
