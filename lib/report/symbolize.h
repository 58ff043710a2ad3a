// From return addresses to functions and lines.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace slotproof::report {

struct Frame {
  std::string function;  // with its namespace, without its parameters
  std::string place;  // "lib/c10/core/impl/PyObjectSlot.h:95"; a module and an offset where no line
                      // is known
  int column = 0;     // from 1; 0 where it is not known

  friend bool operator==(const Frame&, const Frame&) = default;
};

// The frames of a call stack, innermost first; inlined functions have frames of their own. Each
// pointer is a return address, null ones are left out. Asks a symbolizer of LLVM's, or addr2line,
// if one is in the PATH (ASAN_SYMBOLIZER_PATH names another), and the dynamic linker if not:
// sanitizers can do this too, but not every build has one.
std::vector<Frame> symbolize(std::span<const void* const> return_addresses);

// The same for addresses that are of no common stack: the frames of each, also of null ones, which
// have none.
std::vector<std::vector<Frame>> symbolize_each(std::span<const void* const> return_addresses);

}  // namespace slotproof::report
