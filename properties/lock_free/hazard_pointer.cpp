// A hazard pointer (M. Michael, 2004): a reader says what it is about to read, looks whether that
// is still there, and whoever removed it deletes it only if no reader said so. Both sides store,
// then load what the other stores: sequential consistency.
#include "machine_test/machine_test.h"

namespace slotproof::machine_test {
namespace {

struct Object {
  int value = 1;
};

std::atomic<Object*> g_current;
std::atomic<Object*> g_hazard;

template <std::memory_order kAnnounce, bool kLooksAgain>
void read() {
  Object* object = g_current.load(acquire);
  if (object == nullptr) return;
  g_hazard.store(object, kAnnounce);
  if (kLooksAgain && g_current.load(kAnnounce == seq_cst ? seq_cst : acquire) != object) return;
  r1 = object->value;
  g_hazard.store(nullptr, release);
}

template <std::memory_order kRemove, bool kScans>
void remove() {
  Object* object = g_current.exchange(nullptr, kRemove);
  if (kScans && g_hazard.load(kRemove == seq_cst ? seq_cst : acquire) == object) return;
  delete object;
}

template <std::memory_order kAnnounce, std::memory_order kRemove, bool kLooksAgain = true,
          bool kScans = true>
Program reclamation() {
  return {.setup =
              [] {
                g_hazard.store(nullptr, relaxed);
                g_current.store(new Object, relaxed);
              },
          .threads = {read<kAnnounce, kLooksAgain>, remove<kRemove, kScans>}};
}

const Test kTests[] = {
    {"HazardPointer", "ProtectsWithSeqCst", reclamation<seq_cst, seq_cst>(), {"-", "1"}},
    {"HazardPointer",
     "ReleasedAnnouncement",
     reclamation<release, seq_cst>(),
     {"-", "1", "data race", "dead memory"}},
    {"HazardPointer",
     "ReleasedRemoval",
     reclamation<seq_cst, acq_rel>(),
     {"-", "1", "data race", "dead memory"}},
    {"HazardPointer",
     "DoesNotLookAgain",
     reclamation<seq_cst, seq_cst, false>(),
     {"-", "1", "data race", "dead memory"}},
    // Nothing orders a read that takes place with the deletion.
    {"HazardPointer",
     "DoesNotScan",
     reclamation<seq_cst, seq_cst, true, false>(),
     {"", "data race", "dead memory"}},
};

}  // namespace
}  // namespace slotproof::machine_test
