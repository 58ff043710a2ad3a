#include "machine/address_sanitizer.h"

#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

#include "machine/hang_watch.h"

extern "C" {
void* __asan_region_is_poisoned(void* begin, std::size_t size);
void __asan_get_shadow_mapping(std::size_t* scale, std::size_t* offset);
void __asan_loadN_noabort(std::uintptr_t address, std::size_t size);
void __asan_storeN_noabort(std::uintptr_t address, std::size_t size);
void __asan_poison_memory_region(const volatile void* address, std::size_t size);
void __asan_unpoison_memory_region(const volatile void* address, std::size_t size);
void __asan_set_error_report_callback(void (*callback)(const char*));
void __sanitizer_set_report_fd(void* fd);
}

namespace slotproof::machine {
namespace {

std::string* g_report = nullptr;  // where the report that was asked for goes

// The options let reports return, for the sake of those that are asked for (see below). Any other,
// of code that does not run in a simulated thread, ends the process.
void on_report(const char* text) {
  if (g_report == nullptr) std::abort();
  *g_report = text;
}

[[maybe_unused]] const bool g_installed = [] {
  __asan_set_error_report_callback(&on_report);
  return true;
}();

struct Mapping {
  std::size_t scale = 0;
  std::size_t offset = 0;

  Mapping() { __asan_get_shadow_mapping(&scale, &offset); }
};

}  // namespace

bool has_address_sanitizer() { return true; }

bool poisoned(std::uint64_t address, std::size_t size) {
  static const Mapping mapping;
  // A shadow byte of 0 says that all of its eight bytes may be accessed.
  const auto shadow = [](std::uint64_t a) {
    return *reinterpret_cast<const signed char*>((a >> mapping.scale) + mapping.offset);
  };
  if (size <= 16 && shadow(address) == 0 && shadow(address + size - 1) == 0) return false;
  return __asan_region_is_poisoned(reinterpret_cast<void*>(address), size) != nullptr;
}

void poison(const void* begin, std::size_t size) { __asan_poison_memory_region(begin, size); }

void unpoison(const void* begin, std::size_t size) { __asan_unpoison_memory_region(begin, size); }

std::string poison_report(std::uint64_t address, std::size_t size, bool write) {
  const Unwatched unwatched;
  std::string report;
  g_report = &report;
  static const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  __sanitizer_set_report_fd(reinterpret_cast<void*>(static_cast<std::intptr_t>(nowhere)));
  (write ? __asan_storeN_noabort : __asan_loadN_noabort)(address, size);
  __sanitizer_set_report_fd(reinterpret_cast<void*>(std::intptr_t{STDERR_FILENO}));
  g_report = nullptr;
  return report;
}

}  // namespace slotproof::machine
