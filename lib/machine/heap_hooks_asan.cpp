#include <cstddef>

#include "machine/heap_hooks.h"
#include "machine/machine.h"

extern "C" {
int __sanitizer_get_ownership(const volatile void* p);
std::size_t __sanitizer_get_allocated_size(const volatile void* p);
int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void*, std::size_t),
                                              void (*on_free)(const volatile void*));
}

namespace slotproof::machine {

void install_heap_hooks() {
  static const int installed = __sanitizer_install_malloc_and_free_hooks(
      [](const volatile void*, std::size_t) {},
      [](const volatile void* p) {
        Machine* machine = Machine::current();
        if (machine == nullptr || p == nullptr) return;
        const auto address = reinterpret_cast<std::uint64_t>(p);
        // AddressSanitizer would end the process.
        if (__sanitizer_get_ownership(p) == 0) machine->refuse_free(address);
        machine->retire(address, __sanitizer_get_allocated_size(p), true);
      });
  static_cast<void>(installed);
}

}  // namespace slotproof::machine
