// AddressSanitizer's view of an address, asked for by hand: the code under test carries
// ThreadSanitizer's instrumentation, and no compiler puts both into one file. In builds without
// AddressSanitizer nothing is ever poisoned, and there is no call of it
// (address_sanitizer_absent.cpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace slotproof::machine {

// Whether AddressSanitizer's runtime is linked in.
bool has_address_sanitizer();

// Whether an access to these bytes is an error to AddressSanitizer. size > 0.
bool poisoned(std::uint64_t address, std::size_t size);

// Makes accesses to these bytes an error to AddressSanitizer, or none.
void poison(const void* begin, std::size_t size);
void unpoison(const void* begin, std::size_t size);

// AddressSanitizer's own report of the access, as text; nothing is printed. Needs halt_on_error=0
// and suppress_equal_pcs=0, which the programs of this project set as their defaults
// (default_options.cpp). Only for bytes that are poisoned.
std::string poison_report(std::uint64_t address, std::size_t size, bool write);

}  // namespace slotproof::machine
