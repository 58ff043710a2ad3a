// Does nothing with its input: what libFuzzer itself costs. scripts/bench measures the others by it.
#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* /*bytes*/, std::size_t /*size*/) {
  return 0;
}
