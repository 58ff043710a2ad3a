// All operations in one thread, by several interpreters: the slot against the model, call by call.
//
// No schedule to choose, so runs are short and bytes are spent on operations alone.
#include <cstddef>
#include <cstdint>

#include "program/bytes.h"
#include "program/target.h"
#include "target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace slotproof;
  program::Decoded& decoded = fuzz::decode({bytes, size});
  program::adapt(decoded.program, program::Target::kSequential);
  return fuzz::run(decoded);
}
