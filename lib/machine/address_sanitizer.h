// AddressSanitizer's view of an address, asked for by hand: the code under test carries
// ThreadSanitizer's instrumentation, and no compiler puts both into one file. Without
// AddressSanitizer in the program, nothing is ever poisoned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace slotproof::machine {

// Whether AddressSanitizer's runtime is linked in.
bool has_address_sanitizer();

// Whether an access to these bytes is an error to AddressSanitizer. size > 0.
bool poisoned(std::uint64_t address, std::size_t size);

// AddressSanitizer's own report of the access, as text; nothing is printed. Needs halt_on_error=0
// and suppress_equal_pcs=0, which the programs of this project set as their defaults
// (default_options.cpp).
std::string poison_report(std::uint64_t address, std::size_t size, bool write);

}  // namespace slotproof::machine
