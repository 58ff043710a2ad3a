#include <cstddef>

#include "machine/heap_hooks.h"
#include "machine/machine.h"

extern "C" {
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
        machine->retire(reinterpret_cast<std::uint64_t>(p), __sanitizer_get_allocated_size(p),
                        true);
      });
  static_cast<void>(installed);
}

}  // namespace slotproof::machine
