// Binds c10's slot: the one in lib/c10, and every mutant of it.
#include <new>
#include <utility>

#include <c10/core/impl/HermeticPyObjectTLS.h>
#include <c10/core/impl/PyInterpreter.h>
#include <c10/core/impl/PyObjectSlot.h>
#include <c10/util/Exception.h>

// Behind the headers of its c10.
#include "slots/c10_binding.h"

namespace {

using c10::impl::HermeticPyObjectTLS;
using c10::impl::PyInterpreter;
using c10::impl::PyInterpreterVTable;
using c10::impl::PyObjectSlot;
using namespace slotproof::world;

class VTable final : public PyInterpreterVTable {
 public:
  explicit VTable(InterpreterCalls& calls) : calls_(calls) {}

  std::string name() const override { return calls_.name(); }
  void incref(PyObject* object) const override { calls_.incref(handle_of(object)); }
  void decref(PyObject* object, bool has_pyobj_slot) const override {
    calls_.decref(handle_of(object), has_pyobj_slot);
  }

 private:
  InterpreterCalls& calls_;
};

PyObjectSlot& slot_at(void* slot) { return *static_cast<PyObjectSlot*>(slot); }

template <class Call>
Result said(Call&& call) {
  return guarded<c10::Error>(std::forward<Call>(call));
}

class NativeSlot final : public C10SlotLibrary<VTable> {
 public:
  const char* name() const override { return SLOTPROOF_SLOT_NAME; }

  std::size_t slot_size() const override { return sizeof(PyObjectSlot); }
  Result construct(void* slot) override {
    return said([&] { new (slot) PyObjectSlot; });
  }
  Result destruct(void* slot) override {
    return said([&] { slot_at(slot).~PyObjectSlot(); });
  }
  Result init(void* slot, InterpreterHandle* self, ObjectHandle* object, Status status) override {
    return said([&] {
      slot_at(slot).init_pyobj(interpreter_of(self), object_of(object), status_of(status));
    });
  }
  Result check(void* slot, InterpreterHandle* self, bool ignore_hermetic) override {
    return said([&] {
      // The default argument is part of the contract, so it is used where it says what is wanted.
      const auto found = ignore_hermetic ? slot_at(slot).check_pyobj(interpreter_of(self), true)
                                         : slot_at(slot).check_pyobj(interpreter_of(self));
      return found.has_value() ? gives(word(*found)) : Result{};
    });
  }
  Result interpreter(void* slot) override {
    return said([&] { return gives(word(slot_at(slot).pyobj_interpreter())); });
  }
  Result load(void* slot) override {
    return said([&] { return gives(word(&slot_at(slot).load_pyobj_interpreter())); });
  }
  Result is_tagged_by(void* slot, InterpreterHandle* self) override {
    return said([&] { return gives(slot_at(slot).check_interpreter(interpreter_of(self))); });
  }
  Result has_object(void* slot) override {
    return said([&] { return gives(slot_at(slot).has_pyobj_nonhermetic()); });
  }
  Result object(void* slot) override {
    return said([&] { return gives(word(slot_at(slot)._unchecked_untagged_pyobj())); });
  }
  Result owns(void* slot) override {
    return said([&] { return gives(slot_at(slot).owns_pyobj()); });
  }
  Result set_owns(void* slot, bool owns) override {
    return said([&] { slot_at(slot).set_owns_pyobj(owns); });
  }
  Result clear(void* slot, InterpreterHandle* self) override {
    return said([&] { slot_at(slot).unchecked_clear_pyobj(interpreter_of(self)); });
  }
  Result destroy_object(void* slot) override {
    return said([&] { slot_at(slot).maybe_destroy_pyobj(); });
  }

  bool hermetic() override { return HermeticPyObjectTLS::get_state(); }
  void set_hermetic(bool hermetic) override { HermeticPyObjectTLS::set_state(hermetic); }
};

}  // namespace

extern "C" __attribute__((visibility("default"))) SlotLibrary* slotproof_slot_library() {
  static NativeSlot library;
  return &library;
}
