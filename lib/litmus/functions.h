// The functions and memory orders that a .litmus file may use, for those who read and print it.
#pragma once

#include <span>
#include <string_view>

#include "litmus/test.h"

namespace slotproof::litmus {

enum class Parameter : std::uint8_t {
  kAtomic,  // an atomic_int
  kMemory,  // an int or an atomic_int
  kSpinLock,
  kRwLock,
  kValue,
  kExpected,  // &register, or an int
  kOrder,
  kFailure,  // order
  kThread,
};

struct Function {
  std::string_view name;
  Action action;
  std::span<const Parameter> parameters;
  bool returns = false;
  machine::RmwKind rmw = machine::RmwKind::kAdd;
  bool weak = false;
};

// All of them; of two that are one action, the first has all arguments.
std::span<const Function> functions();

// Null if there is none.
const Function* function_named(std::string_view name);

struct OrderWord {
  machine::MemoryOrder order;
  std::string_view name;
};

// Sorted by order.
inline constexpr OrderWord kOrderWords[] = {
    {machine::MemoryOrder::kRelaxed, "memory_order_relaxed"},
    {machine::MemoryOrder::kConsume, "memory_order_consume"},
    {machine::MemoryOrder::kAcquire, "memory_order_acquire"},
    {machine::MemoryOrder::kRelease, "memory_order_release"},
    {machine::MemoryOrder::kAcqRel, "memory_order_acq_rel"},
    {machine::MemoryOrder::kSeqCst, "memory_order_seq_cst"},
};

enum class OrderUse : std::uint8_t { kLoad, kStore, kBoth };

constexpr OrderUse use_of(Action action) {
  if (action == Action::kLoad) return OrderUse::kLoad;
  return action == Action::kStore ? OrderUse::kStore : OrderUse::kBoth;
}

// Whether an operation may have the order ([atomics.types.operations]/6, /11, /22).
constexpr bool fits(machine::MemoryOrder order, OrderUse use) {
  using machine::MemoryOrder;
  if (use == OrderUse::kBoth || order == MemoryOrder::kRelaxed || order == MemoryOrder::kSeqCst) {
    return true;
  }
  if (use == OrderUse::kStore) return order == MemoryOrder::kRelease;
  return order == MemoryOrder::kAcquire || order == MemoryOrder::kConsume;
}

}  // namespace slotproof::litmus
