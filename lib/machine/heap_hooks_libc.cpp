#include <cstddef>
#include <cstring>
#include <malloc.h>

#include "machine/heap_hooks.h"
#include "machine/machine.h"

extern "C" {
void* __libc_malloc(std::size_t size);
void __libc_free(void* p);
void* __libc_realloc(void* p, std::size_t size);
}

namespace slotproof::machine {
namespace {

void freed(void* p) {
  Machine* machine = Machine::current();
  if (machine == nullptr || p == nullptr) return;
  const auto address = reinterpret_cast<std::uint64_t>(p);
  // How long the block was to be, the heap has forgotten: what there is for use depends on where it
  // found a place.
  machine->retire(address, machine->touched(address, malloc_usable_size(p)), true);
}

}  // namespace

// Nothing to do: linking this file in puts the definitions below before glibc's.
void install_heap_hooks() {}

}  // namespace slotproof::machine

// What the last owner left behind must not decide anything: a constructor that finds the pointer to
// its virtual table already there would seem not to write it.
extern "C" void* malloc(std::size_t size) {
  constexpr int kFresh = 0xbf;  // as AddressSanitizer's here (default_options.cpp)
  void* p = __libc_malloc(size);
  if (p != nullptr && slotproof::machine::Machine::current() != nullptr) {
    std::memset(p, kFresh, size);
  }
  return p;
}

extern "C" void free(void* p) {
  slotproof::machine::freed(p);
  __libc_free(p);
}

extern "C" void* realloc(void* p, std::size_t size) {
  slotproof::machine::freed(p);
  return __libc_realloc(p, size);
}
