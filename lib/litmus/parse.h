// From the text of a .litmus file to a test.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "litmus/test.h"

namespace slotproof::litmus {

// What is wrong with a text, at the first mistake: "found 'x', expected a number". Line and column
// count from 1, columns in bytes.
class ParseError : public std::runtime_error {
 public:
  ParseError(std::size_t at_line, std::size_t at_column, const std::string& message)
      : std::runtime_error(message), line(at_line), column(at_column) {}

  std::size_t line;
  std::size_t column;
};

// Texts that are longer (in bytes), or nested deeper, are refused.
inline constexpr std::size_t kMaxText = std::size_t{64} << 10;
inline constexpr std::size_t kMaxNesting = 64;

// Throws ParseError.
Test parse(std::string_view text);

}  // namespace slotproof::litmus
