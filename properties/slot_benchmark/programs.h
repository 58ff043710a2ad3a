// A slot reduced to what threads can get wrong: an atomic tag (null, or an interpreter) and a plain
// object word. Ordinary C++, compiled through the seam.
#pragma once

#include <atomic>

#include "machine_test/machine_test.h"

namespace slotproof::machine_test {

struct Interpreter {
  int name;  // plain: read by whoever finds the interpreter in the tag
};

inline constexpr int kInterpreters = 3;

extern Interpreter g_interpreters[kInterpreters];
extern std::atomic<Interpreter*> g_tag;
extern void* g_object;

// The memory orders of a slot; a wrong one differs in one of them.
struct Orders {
  std::memory_order claim = acq_rel;      // compare-exchange of null for the interpreter
  std::memory_order check = acquire;      // load of the tag
  std::memory_order give_back = release;  // store of null
};

// Whoever finds an interpreter in the tag reads its data.
template <Orders kOrders>
void check() {
  const Interpreter* const tag = g_tag.load(kOrders.check);
  if (tag != nullptr) static_cast<void>(*static_cast<const volatile int*>(&tag->name));
}

// Claims the slot for interpreter i, checks, and gives the slot back if the claim was won.
template <Orders kOrders>
void round(int i) {
  Interpreter* expected = nullptr;
  const bool won = g_tag.compare_exchange_strong(expected, &g_interpreters[i], kOrders.claim,
                                                 std::memory_order_acquire);
  if (won) g_object = &g_interpreters[i];
  check<kOrders>();
  if (!won) return;
  g_object = nullptr;
  g_tag.store(nullptr, kOrders.give_back);
}

inline void set_up() {
  g_tag.store(nullptr, relaxed);
  g_object = nullptr;
}

// The thread of an interpreter: makes it, and uses the slot so many times.
template <Orders kOrders, int kInterpreter, int kRounds>
void use() {
  g_interpreters[kInterpreter].name = kInterpreter;
  for (int r = 0; r < kRounds; ++r) round<kOrders>(kInterpreter);
}

template <Orders kOrders>
void check_and_use() {
  check<kOrders>();
  use<kOrders, 1, 1>();
}

template <Orders kOrders>
constexpr Program two(unsigned long executions = 0) {
  return {.setup = set_up,
          .threads = {use<kOrders, 0, 1>, check_and_use<kOrders>},
          .executions = executions};
}

template <Orders kOrders>
constexpr Program three(unsigned long executions = 0) {
  return {.setup = set_up,
          .threads = {use<kOrders, 0, 1>, check_and_use<kOrders>, use<kOrders, 2, 1>},
          .executions = executions};
}

template <Orders kOrders, int kRounds>
constexpr Program deep(unsigned long executions = 0) {
  return {.setup = set_up,
          .threads = {use<kOrders, 0, kRounds>, use<kOrders, 1, kRounds>, use<kOrders, 2, kRounds>},
          .executions = executions};
}

}  // namespace slotproof::machine_test
