// Does nothing with its input: what libFuzzer itself costs, for scripts/bench.
#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* /*bytes*/, std::size_t /*size*/) {
  return 0;
}
