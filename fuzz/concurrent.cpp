// Program x schedule x store choices: the bytes from the front are a program, those from the back
// answer every question that its run asks.
#include <cstddef>
#include <cstdint>

#include "program/bytes.h"
#include "target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace slotproof;
  static program::Decoded decoded;
  fuzz::decode(bytes, size, decoded);
  return fuzz::run(decoded.program, decoded.source);
}
