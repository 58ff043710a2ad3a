// The seam: ThreadSanitizer's callback interface, implemented by the machine.
//
// Clang's and GCC's -fsanitize=thread turn each access of the instrumented code into one of these
// calls; the runtime that usually answers them is not linked. The names and signatures are those of
// compiler-rt's tsan_interface.h and tsan_interface_atomic.h. Code that the linker merged may call
// them outside of a simulated thread: then plain accesses are ignored and atomic operations are
// done for real.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "machine/machine.h"

namespace {

using slotproof::machine::Bits;
using slotproof::machine::Machine;
using slotproof::machine::MemoryOrder;
using slotproof::machine::RmwKind;
__extension__ using Wide = unsigned __int128;

std::uint64_t address_of(const volatile void* p) { return reinterpret_cast<std::uint64_t>(p); }

// The compilers number the orders as the standard lists them; the bits above are hints for lock
// elision.
MemoryOrder order_of(int order) { return static_cast<MemoryOrder>(order & 0x7); }

template <class T>
Bits bits_of(T value) {
  Bits bits;
  std::memcpy(static_cast<void*>(&bits), &value, sizeof value);
  return bits;
}

template <class T>
T value_of(Bits bits) {
  T value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

void read(const volatile void* p, std::size_t size, const void* pc) {
  if (Machine* m = Machine::current()) m->read(address_of(p), size, pc);
}

void write(const volatile void* p, std::size_t size, const void* pc) {
  if (Machine* m = Machine::current()) m->write(address_of(p), size, pc);
}

// The machine, if it has to hear of an atomic operation on this: a thread-local is its thread's
// own, however it is declared.
Machine* machine_of(const volatile void* p) {
  Machine* const m = Machine::current();
  return m == nullptr || m->is_thread_local(address_of(p)) ? nullptr : m;
}

template <class T>
T load(const volatile T* p, int order, const void* pc) {
  if (Machine* m = machine_of(p)) {
    return value_of<T>(m->load(address_of(p), sizeof(T), order_of(order), pc));
  }
  return __atomic_load_n(p, __ATOMIC_SEQ_CST);
}

template <class T>
void store(volatile T* p, T value, int order, const void* pc) {
  if (Machine* m = machine_of(p)) {
    return m->store(address_of(p), sizeof(T), bits_of(value), order_of(order), pc);
  }
  __atomic_store_n(p, value, __ATOMIC_SEQ_CST);
}

template <class T>
T rmw(RmwKind kind, volatile T* p, T value, int order, const void* pc) {
  if (Machine* m = machine_of(p)) {
    return value_of<T>(m->rmw(address_of(p), sizeof(T), kind, bits_of(value), order_of(order), pc));
  }
  switch (kind) {
    case RmwKind::kExchange: return __atomic_exchange_n(p, value, __ATOMIC_SEQ_CST);
    case RmwKind::kAdd: return __atomic_fetch_add(p, value, __ATOMIC_SEQ_CST);
    case RmwKind::kSub: return __atomic_fetch_sub(p, value, __ATOMIC_SEQ_CST);
    case RmwKind::kAnd: return __atomic_fetch_and(p, value, __ATOMIC_SEQ_CST);
    case RmwKind::kOr: return __atomic_fetch_or(p, value, __ATOMIC_SEQ_CST);
    case RmwKind::kXor: return __atomic_fetch_xor(p, value, __ATOMIC_SEQ_CST);
    case RmwKind::kNand: return __atomic_fetch_nand(p, value, __ATOMIC_SEQ_CST);
  }
  __builtin_unreachable();
}

template <class T>
int compare_exchange(volatile T* p, T* expected, T desired, bool weak, int success, int failure,
                     const void* pc) {
  if (Machine* m = machine_of(p)) {
    Bits seen = bits_of(*expected);
    const bool stored = m->compare_exchange(address_of(p), sizeof(T), seen, bits_of(desired), weak,
                                            order_of(success), order_of(failure), pc);
    *expected = value_of<T>(seen);
    return stored ? 1 : 0;
  }
  return __atomic_compare_exchange_n(p, expected, desired, weak, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
             ? 1
             : 0;
}

}  // namespace

#define PC __builtin_return_address(0)

extern "C" {

void __tsan_init() {}
void __tsan_ignore_thread_begin() {}
void __tsan_ignore_thread_end() {}

void __tsan_func_entry(const void* caller) {
  if (Machine* m = Machine::current()) m->enter_function(caller);
}

void __tsan_func_exit() {
  if (Machine* m = Machine::current()) m->leave_function();
}

// Plain accesses: of each size, perhaps unaligned, volatile, or read and then written at once.
#define PLAIN_ACCESS(size)                                                    \
  void __tsan_read##size(void* p) { read(p, size, PC); }                      \
  void __tsan_write##size(void* p) { write(p, size, PC); }                    \
  void __tsan_unaligned_read##size(void* p) { read(p, size, PC); }            \
  void __tsan_unaligned_write##size(void* p) { write(p, size, PC); }          \
  void __tsan_volatile_read##size(void* p) { read(p, size, PC); }             \
  void __tsan_volatile_write##size(void* p) { write(p, size, PC); }           \
  void __tsan_unaligned_volatile_read##size(void* p) { read(p, size, PC); }   \
  void __tsan_unaligned_volatile_write##size(void* p) { write(p, size, PC); } \
  void __tsan_read_write##size(void* p) {                                     \
    read(p, size, PC);                                                        \
    write(p, size, PC);                                                       \
  }                                                                           \
  void __tsan_unaligned_read_write##size(void* p) {                           \
    read(p, size, PC);                                                        \
    write(p, size, PC);                                                       \
  }

PLAIN_ACCESS(1)
PLAIN_ACCESS(2)
PLAIN_ACCESS(4)
PLAIN_ACCESS(8)
PLAIN_ACCESS(16)

void __tsan_read1_pc(void* p, void* pc) { read(p, 1, pc); }
void __tsan_read2_pc(void* p, void* pc) { read(p, 2, pc); }
void __tsan_read4_pc(void* p, void* pc) { read(p, 4, pc); }
void __tsan_read8_pc(void* p, void* pc) { read(p, 8, pc); }
void __tsan_read16_pc(void* p, void* pc) { read(p, 16, pc); }
void __tsan_write1_pc(void* p, void* pc) { write(p, 1, pc); }
void __tsan_write2_pc(void* p, void* pc) { write(p, 2, pc); }
void __tsan_write4_pc(void* p, void* pc) { write(p, 4, pc); }
void __tsan_write8_pc(void* p, void* pc) { write(p, 8, pc); }
void __tsan_write16_pc(void* p, void* pc) { write(p, 16, pc); }

void __tsan_read_range(void* p, std::size_t size) { read(p, size, PC); }
void __tsan_write_range(void* p, std::size_t size) { write(p, size, PC); }

// Only a change of a vtable pointer conflicts: constructors and destructors store the same one
// again.
void __tsan_vptr_update(void** p, void* value) {
  if (Machine::current() == nullptr || *p == value) return;
  write(p, sizeof(void*), PC);
}

void __tsan_vptr_read(void** p) { read(p, sizeof(void*), PC); }

void* __tsan_memcpy(void* to, const void* from, std::size_t size) {
  read(from, size, PC);
  write(to, size, PC);
  return std::memcpy(to, from, size);
}

void* __tsan_memmove(void* to, const void* from, std::size_t size) {
  read(from, size, PC);
  write(to, size, PC);
  return std::memmove(to, from, size);
}

void* __tsan_memset(void* to, int value, std::size_t size) {
  write(to, size, PC);
  return std::memset(to, value, size);
}

#define ATOMIC_ACCESS(bits, T)                                                                    \
  T __tsan_atomic##bits##_load(const volatile T* p, int order) { return load<T>(p, order, PC); }  \
  void __tsan_atomic##bits##_store(volatile T* p, T value, int order) {                           \
    store<T>(p, value, order, PC);                                                                \
  }                                                                                               \
  T __tsan_atomic##bits##_exchange(volatile T* p, T value, int order) {                           \
    return rmw<T>(RmwKind::kExchange, p, value, order, PC);                                       \
  }                                                                                               \
  T __tsan_atomic##bits##_fetch_add(volatile T* p, T value, int order) {                          \
    return rmw<T>(RmwKind::kAdd, p, value, order, PC);                                            \
  }                                                                                               \
  T __tsan_atomic##bits##_fetch_sub(volatile T* p, T value, int order) {                          \
    return rmw<T>(RmwKind::kSub, p, value, order, PC);                                            \
  }                                                                                               \
  T __tsan_atomic##bits##_fetch_and(volatile T* p, T value, int order) {                          \
    return rmw<T>(RmwKind::kAnd, p, value, order, PC);                                            \
  }                                                                                               \
  T __tsan_atomic##bits##_fetch_or(volatile T* p, T value, int order) {                           \
    return rmw<T>(RmwKind::kOr, p, value, order, PC);                                             \
  }                                                                                               \
  T __tsan_atomic##bits##_fetch_xor(volatile T* p, T value, int order) {                          \
    return rmw<T>(RmwKind::kXor, p, value, order, PC);                                            \
  }                                                                                               \
  T __tsan_atomic##bits##_fetch_nand(volatile T* p, T value, int order) {                         \
    return rmw<T>(RmwKind::kNand, p, value, order, PC);                                           \
  }                                                                                               \
  int __tsan_atomic##bits##_compare_exchange_strong(volatile T* p, T* expected, T desired,        \
                                                    int success, int failure) {                   \
    return compare_exchange<T>(p, expected, desired, false, success, failure, PC);                \
  }                                                                                               \
  int __tsan_atomic##bits##_compare_exchange_weak(volatile T* p, T* expected, T desired,          \
                                                  int success, int failure) {                     \
    return compare_exchange<T>(p, expected, desired, true, success, failure, PC);                 \
  }                                                                                               \
  T __tsan_atomic##bits##_compare_exchange_val(volatile T* p, T expected, T desired, int success, \
                                               int failure) {                                     \
    compare_exchange<T>(p, &expected, desired, false, success, failure, PC);                      \
    return expected;                                                                              \
  }

ATOMIC_ACCESS(8, std::uint8_t)
ATOMIC_ACCESS(16, std::uint16_t)
ATOMIC_ACCESS(32, std::uint32_t)
ATOMIC_ACCESS(64, std::uint64_t)
ATOMIC_ACCESS(128, Wide)

void __tsan_atomic_thread_fence(int order) {
  if (Machine* m = Machine::current()) {
    m->fence(order_of(order), PC);
  } else {
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
  }
}

// Orders a thread with its own signal handlers, of which there are none.
void __tsan_atomic_signal_fence(int /*order*/) {}

}  // extern "C"
