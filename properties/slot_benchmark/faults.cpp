// Slots with one mistake each, and what the memory model alone makes possible. The tools that
// people use miss some of these: stores that enter the modification order before ones that were
// executed earlier, release sequences as C++20 has them, loads that are many stores stale.
#include "faults.h"

#include "programs.h"

namespace slotproof::machine_test {

constinit const Program check_relaxed = two<Orders{.check = relaxed}>();
constinit const Program claim_relaxed = two<Orders{.claim = relaxed}>();
constinit const Program give_back_relaxed = two<Orders{.give_back = relaxed}>();

// The tag is stored by whoever saw none, not compared and exchanged.
static void use_by_store(int i) {
  g_interpreters[i].name = i;
  if (g_tag.load(acquire) != nullptr) return;
  g_tag.store(&g_interpreters[i], release);
  g_object = &g_interpreters[i];
}

constinit const Program tag_by_store = {
    .setup = set_up, .threads = {[] { use_by_store(0); }, [] { use_by_store(1); }}};

// The interpreter is made when its tag can be seen already.
constinit const Program published_too_early = {
    .setup = set_up,
    .threads = {[] {
                  Interpreter* expected = nullptr;
                  g_tag.compare_exchange_strong(expected, &g_interpreters[0], acq_rel, acquire);
                  g_interpreters[0].name = 0;
                },
                check<Orders{}>}};

// The interpreter is freed when it has given the slot back, though somebody may have seen its tag.
constinit const Program freed_during_a_check = {.setup = set_up,
                                                .threads = {[] {
                                                              use<Orders{}, 0, 1>();
                                                              retire(&g_interpreters[0],
                                                                     sizeof g_interpreters[0]);
                                                            },
                                                            check<Orders{}>}};

// The winner stores its tag once more, relaxed. In C++20 that ends the release sequence of the
// claim, so whoever sees this store is not ordered behind it.
constinit const Program tag_stored_again = {
    .setup = set_up,
    .threads = {[] {
                  g_interpreters[0].name = 0;
                  Interpreter* expected = nullptr;
                  g_tag.compare_exchange_strong(expected, &g_interpreters[0], acq_rel, acquire);
                  g_tag.store(&g_interpreters[0], relaxed);
                },
                check<Orders{}>}};

// Each sees that the other has not begun.
constinit const Program store_buffering = {.threads = {[] {
                                                         x.store(1, release);
                                                         r1 = y.load(acquire);
                                                       },
                                                       [] {
                                                         y.store(1, release);
                                                         r2 = x.load(acquire);
                                                       }}};

// What was stored last is not what is there in the end: the first thread has seen the second's
// store of y, so its own of x runs last, and still the other's comes after it.
constinit const Program place_before_execution = {.threads = {[] {
                                                                r1 = y.load(relaxed);
                                                                x.store(1, relaxed);
                                                              },
                                                              [] {
                                                                x.store(2, relaxed);
                                                                y.store(1, relaxed);
                                                              }},
                                                  .finally = [] { r2 = x.load(relaxed); }};

// The load happens when all stores have been seen to happen, and reads the one before them all.
constinit const Program eight_stores_stale = {.threads = {[] {
                                                            for (int i = 1; i <= 8; ++i)
                                                              x.store(i, relaxed);
                                                            y.store(1, relaxed);
                                                          },
                                                          [] {
                                                            assume(y.load(relaxed) == 1);
                                                            r1 = x.load(relaxed);
                                                          }}};

namespace {

const Test check_relaxed_test("SlotFaults", "check_relaxed", check_relaxed, {"", "data race"});
const Test claim_relaxed_test("SlotFaults", "claim_relaxed", claim_relaxed, {"", "data race"});
const Test give_back_relaxed_test("SlotFaults", "give_back_relaxed", give_back_relaxed,
                                  {"", "data race"});
const Test tag_by_store_test("SlotFaults", "tag_by_store", tag_by_store, {"", "data race"});
const Test published_too_early_test("SlotFaults", "published_too_early", published_too_early,
                                    {"", "data race"});
const Test freed_during_a_check_test("SlotFaults", "freed_during_a_check", freed_during_a_check,
                                     {"", "data race", "dead memory"});
const Test tag_stored_again_test("SlotFaults", "tag_stored_again", tag_stored_again,
                                 {"", "data race"});
const Test store_buffering_test("SlotFaults", "store_buffering", store_buffering,
                                {"0 0", "0 1", "1 0", "1 1"});
const Test place_before_execution_test("SlotFaults", "place_before_execution",
                                       place_before_execution, {"0 1", "0 2", "1 1", "1 2"});
const Test eight_stores_stale_test("SlotFaults", "eight_stores_stale", eight_stores_stale,
                                   {"0", "1", "2", "3", "4", "5", "6", "7", "8"});

}  // namespace
}  // namespace slotproof::machine_test
