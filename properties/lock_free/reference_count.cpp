// A shared object that the last owner deletes. What every owner did must happen before the
// deletion: a release by each drop, an acquire by the last.
#include "machine_test/machine_test.h"

namespace slotproof::machine_test {
namespace {

struct Shared {
  std::atomic<int> references{2};
  int value = 1;
};

Shared* g_shared;
bool g_deleted;

void setup() {
  g_shared = new Shared;
  g_deleted = false;
}

void destroy() {
  delete g_shared;
  g_deleted = true;
}

template <std::memory_order kDrop, bool kFence>
bool drop() {
  if (g_shared->references.fetch_sub(1, kDrop) != 1) return false;
  if (kFence) fence(acquire);
  return true;
}

template <std::memory_order kDrop, bool kFence = false>
Program owners() {
  return {.setup = setup,
          .threads = {[] {
                        g_shared->value = 2;
                        if (drop<kDrop, kFence>()) destroy();
                      },
                      [] {
                        if (!drop<kDrop, kFence>()) return;
                        r1 = g_shared->value;
                        destroy();
                      }},
          .finally = [] { require(g_deleted, "never deleted"); }};
}

// Asks whether it is the last, and drops without asking again.
void drop_in_two_steps() {
  if (g_shared->references.load(acquire) == 1) return destroy();
  g_shared->references.store(g_shared->references.load(acquire) - 1, release);
}

const Test kTests[] = {
    {"ReferenceCount", "DropsAcquireAndRelease", owners<acq_rel>(), {"-", "2"}},
    {"ReferenceCount", "FenceOfTheLast", owners<release, true>(), {"-", "2"}},
    // Whoever is last: also the count itself goes, which nothing orders after the other's drop.
    {"ReferenceCount", "LastDoesNotAcquire", owners<release>(), {"data race"}},
    {"ReferenceCount", "DropsDoNotRelease", owners<relaxed, true>(), {"data race"}},
    // Both see two.
    {"ReferenceCount",
     "DropInTwoSteps",
     {.setup = setup,
      .threads = {drop_in_two_steps, drop_in_two_steps},
      .finally = [] { require(g_deleted, "never deleted"); }},
     {"", "never deleted"}},
};

}  // namespace
}  // namespace slotproof::machine_test
