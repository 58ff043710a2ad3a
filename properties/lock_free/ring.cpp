// A bounded queue of one producer and one consumer (Lamport, 1983): each index has one writer.
#include "machine_test/machine_test.h"

namespace slotproof::machine_test {
namespace {

constexpr unsigned kCapacity = 2;

int g_slots[kCapacity];
std::atomic<unsigned> g_pushed;
std::atomic<unsigned> g_popped;

template <std::memory_order kPublish, unsigned kRoom>
bool push(int value) {
  const unsigned at = g_pushed.load(relaxed);
  if (at - g_popped.load(acquire) == kRoom) return false;
  g_slots[at % kCapacity] = value;
  g_pushed.store(at + 1, kPublish);
  return true;
}

// 0: empty.
template <std::memory_order kRelease>
int pop() {
  const unsigned at = g_popped.load(relaxed);
  if (at == g_pushed.load(acquire)) return 0;
  const int value = g_slots[at % kCapacity];
  g_popped.store(at + 1, kRelease);
  return value;
}

// The third push needs the first pop to have made room.
template <std::memory_order kPublish, std::memory_order kRelease, unsigned kRoom = kCapacity>
Program ring() {
  return {.setup =
              [] {
                g_pushed.store(0, relaxed);
                g_popped.store(0, relaxed);
                push<release, kCapacity>(1);
              },
          .threads = {[] {
                        push<kPublish, kRoom>(2);
                        r3 = push<kPublish, kRoom>(3);
                      },
                      [] {
                        r1 = pop<kRelease>();
                        r2 = pop<kRelease>();
                      }}};
}

const Test kTests[] = {
    // In order, and 3 fits only after the first pop.
    {"Ring", "FirstInFirstOut", ring<release, release>(), {"1 0 0", "1 0 1", "1 2 0", "1 2 1"}},
    {"Ring", "RelaxedPublication", ring<relaxed, release>(), {"1 0 0", "1 0 1", "data race"}},
    {"Ring", "RelaxedPop", ring<release, relaxed>(), {"1 0 0", "1 2 0", "data race"}},
    {"Ring",
     "RoomForOneMore",
     ring<release, release, kCapacity + 1>(),
     {"1 0 1", "1 2 1", "3 2 1", "data race"}},
};

}  // namespace
}  // namespace slotproof::machine_test
