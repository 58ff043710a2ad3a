// As concurrent, but with more of what happens late in the life of tensors, objects and
// interpreters: shutting down under load, objects that come back, owners that change.
//
// Whatever only looks at a slot becomes one of these; every other operation stays what it is, so
// that a seed made of those runs as it is written.
#include <array>
#include <cstddef>
#include <cstdint>

#include "program/bytes.h"
#include "target.h"

namespace {

using namespace slotproof;
using program::Operation;
using program::Verb;

struct Instead {
  Verb looked;
  Verb verb;
};

constexpr std::array kInstead = {
    Instead{Verb::kTag, Verb::kFinalise},  Instead{Verb::kLoad, Verb::kRevive},
    Instead{Verb::kMine, Verb::kTransfer}, Instead{Verb::kHas, Verb::kDrop},
    Instead{Verb::kObject, Verb::kUnwrap}, Instead{Verb::kOwns, Verb::kFinalizer},
    Instead{Verb::kInit, Verb::kWrap},     Instead{Verb::kMisuse, Verb::kRevive},
};

void age(Operation& operation) {
  for (const auto& [looked, verb] : kInstead) {
    if (operation.verb != looked) continue;
    const program::VerbInfo& known = program::info(verb);
    operation.verb = verb;
    operation.argument = 0;
    if (!known.on_tensor) operation.tensor = 0;
    if (known.needs_interpreter && operation.interpreter == program::kDetached) {
      operation.interpreter = 0;
    }
    if (verb == Verb::kTransfer) operation.argument = operation.tensor == 0 ? 1 : 0;
    return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  program::Decoded& decoded = fuzz::decode({bytes, size});
  for (auto& thread : decoded.program.threads) {
    for (Operation& operation : thread) age(operation);
  }
  return fuzz::run(decoded);
}
