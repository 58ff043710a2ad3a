// A slot library that takes the whole process down, where the machine cannot help it: outside of
// simulated threads. DYING_SLOT says how: "abort" or "segv".
#include <cstdlib>
#include <cstring>

#include "world/slot_library.h"

namespace {

using slotproof::world::InterpreterCalls;
using slotproof::world::InterpreterHandle;
using slotproof::world::ObjectHandle;
using slotproof::world::Result;
using slotproof::world::SlotLibrary;
using slotproof::world::Status;

class DyingSlot final : public SlotLibrary {
 public:
  const char* name() const override { return SLOTPROOF_SLOT_NAME; }
  std::size_t slot_size() const override { return 16; }
  Result construct(void*) override { return {}; }
  Result destruct(void*) override { return {}; }
  Result init(void*, InterpreterHandle*, ObjectHandle*, Status) override { return {}; }
  Result check(void*, InterpreterHandle*, bool) override { return {}; }
  Result interpreter(void*) override { return {}; }
  Result load(void*) override { return {}; }
  Result is_tagged_by(void*, InterpreterHandle*) override { return {}; }
  Result has_object(void*) override { return {}; }
  Result object(void*) override { return {}; }
  Result owns(void*) override { return {}; }
  Result set_owns(void*, bool) override { return {}; }
  Result clear(void*, InterpreterHandle*) override { return {}; }
  Result destroy_object(void*) override { return {}; }
  std::size_t interpreter_size() const override { return 16; }
  std::size_t vtable_size() const override { return 16; }
  InterpreterHandle* create_interpreter(void* interpreter, void*, InterpreterCalls&) override {
    return static_cast<InterpreterHandle*>(interpreter);
  }
  void disarm(InterpreterHandle*) override {}

  // Asked for whenever a simulated thread is left.
  bool hermetic() override {
    const char* const how = std::getenv("DYING_SLOT");
    if (how != nullptr && std::strcmp(how, "abort") == 0) std::abort();
    if (how != nullptr && std::strcmp(how, "segv") == 0) *nowhere_ = 1;
    return false;
  }
  void set_hermetic(bool) override {}

 private:
  volatile int* nowhere_ = nullptr;
};

}  // namespace

extern "C" __attribute__((visibility("default"))) SlotLibrary* slotproof_slot_library() {
  static DyingSlot library;
  return &library;
}
