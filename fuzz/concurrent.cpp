// Program x schedule x store choices: the bytes from the front are a program, those from the back
// answer every question that its run asks.
#include <cstddef>
#include <cstdint>

#include "target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace slotproof;
  return fuzz::run(fuzz::decode({bytes, size}));
}
