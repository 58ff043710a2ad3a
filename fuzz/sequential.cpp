// All operations in one thread, by several interpreters: the slot against the model, call by call.
//
// No schedule to choose, so runs are short and bytes are spent on operations alone.
#include <cstddef>
#include <cstdint>

#include "program/bytes.h"
#include "target.h"

namespace {

using slotproof::program::kThreads;
using slotproof::program::Program;

// The operations of all threads, one thread after the other, in the first.
void put_on_one_thread(Program& program) {
  for (int t = 1; t < kThreads; ++t) {
    auto& thread = program.threads[t];
    program.threads[0].insert(program.threads[0].end(), thread.begin(), thread.end());
    thread.clear();
  }
  for (std::int8_t& owner : program.private_to) {
    if (owner != Program::kShared) owner = 0;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace slotproof;
  program::Decoded& decoded = fuzz::decode({bytes, size});
  put_on_one_thread(decoded.program);
  return fuzz::run(decoded);
}
