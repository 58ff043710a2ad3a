// Binds handles::HandleSlot.
#include <new>

#include "handle_slot.h"
#include "world/binding.h"

namespace {

using handles::HandleSlot;
using namespace slotproof::world;

// An interpreter of the simulated process, as the slot knows it.
struct Engine : handles::Engine {
  InterpreterCalls& calls;

  explicit Engine(InterpreterCalls& to) : handles::Engine{&name_of}, calls(to) {}
  static std::string name_of(const handles::Engine& engine) {
    return static_cast<const Engine&>(engine).calls.name();
  }
};

HandleSlot& slot_at(void* slot) { return *static_cast<HandleSlot*>(slot); }
const Engine& engine_of(InterpreterHandle* i) { return *reinterpret_cast<const Engine*>(i); }

template <class Call>
Result said(Call&& call) {
  return guarded<handles::WrongEngine>(std::forward<Call>(call));
}

class HandleLibrary final : public SlotLibrary {
 public:
  const char* name() const override { return SLOTPROOF_SLOT_NAME; }
  // The five calls that every slot has, and no more.
  Features features() const override { return Features::none(); }

  std::size_t slot_size() const override { return sizeof(HandleSlot); }
  Result construct(void* slot) override {
    return said([&] { new (slot) HandleSlot; });
  }
  Result destruct(void* slot) override {
    return said([&] { slot_at(slot).~HandleSlot(); });
  }
  Result init(void* slot, InterpreterHandle* self, ObjectHandle* object,
              Status /*status*/) override {
    return said([&] { slot_at(slot).claim(engine_of(self), word(object)); });
  }
  Result check(void* slot, InterpreterHandle* self, bool /*ignore_hermetic*/) override {
    return said([&] {
      const auto handle = slot_at(slot).find(engine_of(self));
      return handle ? gives(*handle) : Result{};
    });
  }
  Result clear(void* slot, InterpreterHandle* /*self*/) override {
    return said([&] { slot_at(slot).forget(); });
  }

  std::size_t interpreter_size() const override { return sizeof(Engine); }
  std::size_t vtable_size() const override { return 1; }  // it has none
  InterpreterHandle* create_interpreter(void* interpreter, void* /*vtable*/,
                                        InterpreterCalls& calls) override {
    return reinterpret_cast<InterpreterHandle*>(new (interpreter) Engine(calls));
  }
};

}  // namespace

extern "C" __attribute__((visibility("default"))) SlotLibrary* slotproof_slot_library() {
  static HandleLibrary library;
  return &library;
}
