// As concurrent, but with more of what happens late in the life of tensors, objects and
// interpreters: shutting down under load, objects that come back, owners that change.
//
// Whatever only looks at a slot becomes one of these; every other operation stays what it is, so
// that a seed made of those runs as it is written.
#include <cstddef>
#include <cstdint>

#include "program/bytes.h"
#include "program/target.h"
#include "target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace slotproof;
  program::Decoded& decoded = fuzz::decode({bytes, size});
  program::adapt(decoded.program, program::Target::kLifecycle);
  return fuzz::run(decoded);
}
