// What the layers above do to simulated memory, done for real and told to ThreadSanitizer's
// runtime, which sees the slot's own accesses without us. It alone looks for races then: the model
// and the shadow stay empty, and a load gives the newest store.
//
// Those layers work with reads and writes ignored, because their bookkeeping is not the program's.
#include <cstdlib>

#include "machine/handover.h"
#include "machine/hang_watch.h"
#include "machine/heap_hooks.h"
#include "machine/machine.h"

extern "C" {
void __tsan_ignore_thread_begin();
void __tsan_ignore_thread_end();
void __tsan_read_range(void* address, unsigned long size);
void __tsan_write_range(void* address, unsigned long size);
void __tsan_acquire(void* address);
void __tsan_release(void* address);
std::uint64_t __tsan_atomic64_load(const volatile std::uint64_t* p, int order);
void __tsan_atomic64_store(volatile std::uint64_t* p, std::uint64_t value, int order);
std::uint64_t __tsan_atomic64_fetch_add(volatile std::uint64_t* p, std::uint64_t value, int order);
std::uint64_t __tsan_atomic64_fetch_sub(volatile std::uint64_t* p, std::uint64_t value, int order);
}

namespace slotproof::machine {
namespace {

template <class T = std::uint64_t>
T* pointer(std::uint64_t address) {
  return reinterpret_cast<T*>(address);
}

// The layers above use no other size.
void expect_word(std::uint8_t size) {
  if (size != sizeof(std::uint64_t)) std::abort();
}

}  // namespace

void tell_release(const void* what) { __tsan_release(const_cast<void*>(what)); }
void tell_acquire(const void* what) { __tsan_acquire(const_cast<void*>(what)); }

void install_heap_hooks() {}  // ThreadSanitizer has its own
void watch_for_hangs() {}     // a run is many OS threads here, none of which can end it alone

void Machine::plain(std::uint64_t address, std::size_t size, EventKind kind, const void* pc) {
  record(kind, address, size, MemoryOrder::kRelaxed, pc);
  __tsan_ignore_thread_end();
  if (kind == EventKind::kRead) {
    __tsan_read_range(pointer<void>(address), size);
  } else {
    __tsan_write_range(pointer<void>(address), size);
  }
  __tsan_ignore_thread_begin();
}

void Machine::retire(std::uint64_t address, std::size_t size, bool) {
  plain(address, size, EventKind::kFree, nullptr);
}

Bits Machine::load(std::uint64_t address, std::uint8_t size, MemoryOrder order, const void* pc) {
  expect_word(size);
  record(EventKind::kLoad, address, size, order, pc);
  return {__tsan_atomic64_load(pointer(address), static_cast<int>(order)), 0};
}

void Machine::store(std::uint64_t address, std::uint8_t size, Bits value, MemoryOrder order,
                    const void* pc) {
  expect_word(size);
  record(EventKind::kStore, address, size, order, pc);
  __tsan_atomic64_store(pointer(address), value.low, static_cast<int>(order));
}

Bits Machine::rmw(std::uint64_t address, std::uint8_t size, RmwKind kind, Bits operand,
                  MemoryOrder order, const void* pc) {
  expect_word(size);
  record(EventKind::kRmw, address, size, order, pc);
  if (kind != RmwKind::kAdd && kind != RmwKind::kSub) std::abort();
  const auto change = kind == RmwKind::kAdd ? __tsan_atomic64_fetch_add : __tsan_atomic64_fetch_sub;
  return {change(pointer(address), operand.low, static_cast<int>(order)), 0};
}

}  // namespace slotproof::machine

// --- where the slot's threads may be switched
// -----------------------------------------------------

// Atomic operations of the slot, and those above, come here first (the linker's option --wrap):
// each is a scheduling point, as on the machine.
namespace slotproof::machine {
namespace {

void scheduling_point() {
  Machine* const machine = Machine::current();
  if (machine == nullptr) return;
  __tsan_ignore_thread_begin();
  machine->scheduling_point();
  __tsan_ignore_thread_end();
}

}  // namespace
}  // namespace slotproof::machine

// NOLINTBEGIN(bugprone-macro-parentheses,bugprone-reserved-identifier): the linker's names
#define SLOTPROOF_WRAP(RESULT, NAME, PARAMETERS, ...) \
  RESULT __real_##NAME PARAMETERS;                    \
  RESULT __wrap_##NAME PARAMETERS {                   \
    slotproof::machine::scheduling_point();           \
    return __real_##NAME(__VA_ARGS__);                \
  }

#define SLOTPROOF_WRAP_RMW(BITS, KIND)                                                        \
  SLOTPROOF_WRAP(std::uint##BITS##_t, __tsan_atomic##BITS##_##KIND,                           \
                 (volatile std::uint##BITS##_t * p, std::uint##BITS##_t value, int order), p, \
                 value, order)

#define SLOTPROOF_WRAP_ATOMIC(BITS)                                                           \
  SLOTPROOF_WRAP(std::uint##BITS##_t, __tsan_atomic##BITS##_load,                             \
                 (const volatile std::uint##BITS##_t* p, int order), p, order)                \
  SLOTPROOF_WRAP(void, __tsan_atomic##BITS##_store,                                           \
                 (volatile std::uint##BITS##_t * p, std::uint##BITS##_t value, int order), p, \
                 value, order)                                                                \
  SLOTPROOF_WRAP_RMW(BITS, exchange)                                                          \
  SLOTPROOF_WRAP_RMW(BITS, fetch_add)                                                         \
  SLOTPROOF_WRAP_RMW(BITS, fetch_sub)                                                         \
  SLOTPROOF_WRAP_RMW(BITS, fetch_and)                                                         \
  SLOTPROOF_WRAP_RMW(BITS, fetch_or)                                                          \
  SLOTPROOF_WRAP_RMW(BITS, fetch_xor)                                                         \
  SLOTPROOF_WRAP(std::uint##BITS##_t, __tsan_atomic##BITS##_compare_exchange_val,             \
                 (volatile std::uint##BITS##_t * p, std::uint##BITS##_t expected,             \
                  std::uint##BITS##_t desired, int success, int failure),                     \
                 p, expected, desired, success, failure)

extern "C" {
SLOTPROOF_WRAP_ATOMIC(8)
SLOTPROOF_WRAP_ATOMIC(16)
SLOTPROOF_WRAP_ATOMIC(32)
SLOTPROOF_WRAP_ATOMIC(64)
}
// NOLINTEND(bugprone-macro-parentheses,bugprone-reserved-identifier)
