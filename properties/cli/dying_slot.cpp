// A slot library that takes the whole process down, where the machine cannot help it: outside of
// simulated threads. DYING_SLOT says how: "abort", "segv", "free" (twice) or
// "hang"; with DYING_SLOT_WHEN=hermetic only a hermetic thread brings it about.
#include <cstdlib>
#include <string_view>

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
    const std::string_view how = variable("DYING_SLOT");
    if (variable("DYING_SLOT_WHEN") == "hermetic" && !hermetic_) return false;
    if (how == "abort") std::abort();
    if (how == "segv") *nowhere_ = 1;
    if (how == "free") free_twice();
    while (how == "hang") turns_ = turns_ + 1;
    return hermetic_;
  }
  void set_hermetic(bool hermetic) override { hermetic_ = hermetic; }

 private:
  static std::string_view variable(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
  }

  static void free_twice() {
    void* volatile memory = std::malloc(8);
    std::free(memory);
    std::free(memory);
  }

  bool hermetic_ = false;
  volatile int turns_ = 0;
  volatile int* nowhere_ = nullptr;
};

}  // namespace

extern "C" __attribute__((visibility("default"))) SlotLibrary* slotproof_slot_library() {
  static DyingSlot library;
  return &library;
}
