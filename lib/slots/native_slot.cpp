// Binds c10's slot: the one in lib/c10, and every mutant of it.
#include <new>

#include "world/slot_library.h"
#include <c10/core/impl/HermeticPyObjectTLS.h>
#include <c10/core/impl/PyInterpreter.h>
#include <c10/core/impl/PyObjectSlot.h>

namespace {

using c10::impl::HermeticPyObjectTLS;
using c10::impl::PyInterpreter;
using c10::impl::PyInterpreterStatus;
using c10::impl::PyInterpreterVTable;
using c10::impl::PyObjectSlot;
using namespace slotproof::world;

class VTable final : public PyInterpreterVTable {
 public:
  explicit VTable(InterpreterCalls& calls) : calls_(calls) {}

  std::string name() const override { return calls_.name(); }
  void incref(PyObject* object) const override { calls_.incref(handle(object)); }
  void decref(PyObject* object, bool has_pyobj_slot) const override {
    calls_.decref(handle(object), has_pyobj_slot);
  }

 private:
  static ObjectHandle* handle(PyObject* object) { return reinterpret_cast<ObjectHandle*>(object); }

  InterpreterCalls& calls_;
};

PyObjectSlot& slot_at(void* slot) { return *static_cast<PyObjectSlot*>(slot); }
PyInterpreter* interpreter_of(InterpreterHandle* i) { return reinterpret_cast<PyInterpreter*>(i); }
PyObject* object_of(ObjectHandle* o) { return reinterpret_cast<PyObject*>(o); }
std::uint64_t word(const void* p) { return reinterpret_cast<std::uint64_t>(p); }

Result gives(std::uint64_t value) { return {.has_value = true, .value = value, .text = {}}; }

// Runs `call`, which gives a Result, and turns what it throws into one.
template <class F>
Result guarded(F&& call) {
  try {
    return call();
  } catch (const c10::Error& e) {
    return {.raised = Raised::kError, .text = e.what()};
  } catch (const std::exception& e) {
    return {.raised = Raised::kForeign, .text = e.what()};
  } catch (...) {
    return {.raised = Raised::kForeign, .text = "an exception that is no std::exception"};
  }
}

class NativeSlot final : public SlotLibrary {
 public:
  const char* name() const override { return SLOTPROOF_SLOT_NAME; }

  std::size_t slot_size() const override { return sizeof(PyObjectSlot); }
  Result construct(void* slot) override {
    return guarded([&] {
      new (slot) PyObjectSlot;
      return Result{};
    });
  }
  Result destruct(void* slot) override {
    return guarded([&] {
      slot_at(slot).~PyObjectSlot();
      return Result{};
    });
  }
  Result init(void* slot, InterpreterHandle* self, ObjectHandle* object, Status status) override {
    return guarded([&] {
      slot_at(slot).init_pyobj(interpreter_of(self), object_of(object), status_of(status));
      return Result{};
    });
  }
  Result check(void* slot, InterpreterHandle* self, bool ignore_hermetic) override {
    return guarded([&] {
      // The default argument is part of the contract, so it is used where it says what is wanted.
      const auto found = ignore_hermetic ? slot_at(slot).check_pyobj(interpreter_of(self), true)
                                         : slot_at(slot).check_pyobj(interpreter_of(self));
      return found.has_value() ? gives(word(*found)) : Result{};
    });
  }
  Result interpreter(void* slot) override {
    return guarded([&] { return gives(word(slot_at(slot).pyobj_interpreter())); });
  }
  Result load(void* slot) override {
    return guarded([&] { return gives(word(&slot_at(slot).load_pyobj_interpreter())); });
  }
  Result is_tagged_by(void* slot, InterpreterHandle* self) override {
    return guarded([&] { return gives(slot_at(slot).check_interpreter(interpreter_of(self))); });
  }
  Result has_object(void* slot) override {
    return guarded([&] { return gives(slot_at(slot).has_pyobj_nonhermetic()); });
  }
  Result object(void* slot) override {
    return guarded([&] { return gives(word(slot_at(slot)._unchecked_untagged_pyobj())); });
  }
  Result owns(void* slot) override {
    return guarded([&] { return gives(slot_at(slot).owns_pyobj()); });
  }
  Result set_owns(void* slot, bool owns) override {
    return guarded([&] {
      slot_at(slot).set_owns_pyobj(owns);
      return Result{};
    });
  }
  Result clear(void* slot, InterpreterHandle* self) override {
    return guarded([&] {
      slot_at(slot).unchecked_clear_pyobj(interpreter_of(self));
      return Result{};
    });
  }
  Result destroy_object(void* slot) override {
    return guarded([&] {
      slot_at(slot).maybe_destroy_pyobj();
      return Result{};
    });
  }

  std::size_t interpreter_size() const override { return sizeof(PyInterpreter); }
  std::size_t vtable_size() const override { return sizeof(VTable); }
  InterpreterHandle* create_interpreter(void* interpreter, void* vtable,
                                        InterpreterCalls& calls) override {
    return reinterpret_cast<InterpreterHandle*>(new (interpreter)
                                                    PyInterpreter(new (vtable) VTable(calls)));
  }
  void disarm(InterpreterHandle* interpreter) override { interpreter_of(interpreter)->disarm(); }

  bool hermetic() override { return HermeticPyObjectTLS::get_state(); }
  void set_hermetic(bool hermetic) override { HermeticPyObjectTLS::set_state(hermetic); }

 private:
  static PyInterpreterStatus status_of(Status status) {
    switch (status) {
      case Status::kDefinitely: return PyInterpreterStatus::DEFINITELY_UNINITIALIZED;
      case Status::kMaybe: return PyInterpreterStatus::MAYBE_UNINITIALIZED;
      case Status::kUs: return PyInterpreterStatus::TAGGED_BY_US;
      case Status::kOther: return PyInterpreterStatus::TAGGED_BY_OTHER;
    }
    return static_cast<PyInterpreterStatus>(kStatuses);  // a misuse, passed on
  }
};

}  // namespace

extern "C" __attribute__((visibility("default"))) SlotLibrary* slotproof_slot_library() {
  static NativeSlot library;
  return &library;
}
