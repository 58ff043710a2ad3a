// A slot that does not do the same each time: it remembers, from run to run, how often it was asked
// whether it has an object. What triage calls flaky.
#include "world/slot_library.h"

namespace {

using slotproof::world::InterpreterCalls;
using slotproof::world::InterpreterHandle;
using slotproof::world::ObjectHandle;
using slotproof::world::Result;
using slotproof::world::SlotLibrary;
using slotproof::world::Status;

class FlakySlot final : public SlotLibrary {
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
  // Right every second time.
  Result has_object(void*) override {
    return {.has_value = true, .value = static_cast<std::uint64_t>(++asked_ % 2), .text = {}};
  }
  Result object(void*) override { return {}; }
  // Wrong each time.
  Result owns(void*) override { return {.has_value = true, .value = 1, .text = {}}; }
  Result set_owns(void*, bool) override { return {}; }
  Result clear(void*, InterpreterHandle*) override { return {}; }
  Result destroy_object(void*) override { return {}; }
  std::size_t interpreter_size() const override { return 16; }
  std::size_t vtable_size() const override { return 16; }
  InterpreterHandle* create_interpreter(void* interpreter, void*, InterpreterCalls&) override {
    return static_cast<InterpreterHandle*>(interpreter);
  }
  void disarm(InterpreterHandle*) override {}
  bool hermetic() override { return false; }
  void set_hermetic(bool) override {}

 private:
  int asked_ = 0;
};

}  // namespace

extern "C" __attribute__((visibility("default"))) SlotLibrary* slotproof_slot_library() {
  static FlakySlot library;
  return &library;
}
