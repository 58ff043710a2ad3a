#include "machine/address_sanitizer.h"

namespace slotproof::machine {

bool has_address_sanitizer() { return false; }

bool poisoned(std::uint64_t, std::size_t) { return false; }

void poison(const void*, std::size_t) {}

void unpoison(const void*, std::size_t) {}

std::string poison_report(std::uint64_t, std::size_t, bool) { return {}; }

}  // namespace slotproof::machine
