// What the types of the slot library forbid. README.md says how this file is read.
#include <memory>
#include <utility>

#include <c10/core/impl/PyInterpreter.h>
#include <c10/core/impl/PyObjectSlot.h>

namespace c10::impl {

void slots_are_not_copied(PyObjectSlot& slot) {
#ifdef FORBIDDEN
  const PyObjectSlot copy(slot);  // error: deleted
#else
  const PyObjectSlot& copy(slot);
#endif
  static_cast<void>(copy);
}

void slots_are_not_moved(PyObjectSlot& slot) {
#ifdef FORBIDDEN
  const PyObjectSlot moved(std::move(slot));  // error: deleted
#else
  PyObjectSlot&& moved(std::move(slot));
#endif
  static_cast<void>(moved);
}

void slots_are_not_assigned(PyObjectSlot& slot, PyObjectSlot& other) {
#ifdef FORBIDDEN
  slot = other;  // error: deleted
#else
  slot.set_owns_pyobj(other.owns_pyobj());
#endif
}

void slots_are_not_assigned_by_move(PyObjectSlot& slot, PyObjectSlot& other) {
#ifdef FORBIDDEN
  slot = std::move(other);  // error: deleted
#else
  slot.set_owns_pyobj(std::move(other).owns_pyobj());
#endif
}

void interpreters_are_not_copied(const PyInterpreter& interpreter) {
#ifdef FORBIDDEN
  const PyInterpreter copy(interpreter);  // error: deleted
#else
  const PyInterpreter copy(&*interpreter);
#endif
  static_cast<void>(copy);
}

void interpreters_are_not_assigned(PyInterpreter& interpreter, const PyInterpreter& other) {
#ifdef FORBIDDEN
  interpreter = other;  // error: deleted
#else
  interpreter.disarm();
  static_cast<void>(other);
#endif
}

void a_vtable_is_no_interpreter_by_itself(PyObjectSlot& slot, const PyInterpreterVTable& vtable) {
#ifdef FORBIDDEN
  PyInterpreter interpreter = &vtable;  // error: PyInterpreter
#else
  PyInterpreter interpreter(&vtable);
#endif
  static_cast<void>(slot.check_interpreter(&interpreter));
}

struct VTable : PyInterpreterVTable {
  std::string name() const override { return {}; }
  void incref(PyObject* /*pyobj*/) const override {}
  void decref(PyObject* /*pyobj*/, bool /*has_pyobj_slot*/) const override {}
};

struct VTableWithoutDecref : PyInterpreterVTable {
  std::string name() const override { return {}; }
  void incref(PyObject* /*pyobj*/) const override {}
};

void a_vtable_is_what_an_interpreter_implements() {
#ifdef FORBIDDEN
  const PyInterpreterVTable vtable;  // error: abstract
#else
  const VTable vtable;
#endif
  static_cast<void>(vtable);
}

void a_vtable_implements_all_calls() {
#ifdef FORBIDDEN
  const VTableWithoutDecref vtable;  // error: abstract
#else
  const VTable vtable;
#endif
  static_cast<void>(vtable);
}

void the_calls_of_a_vtable_do_not_change_it(const PyInterpreterVTable& vtable) {
#ifdef FORBIDDEN
  PyInterpreterVTable& mine = *PyInterpreter(&vtable);  // error: const
#else
  const PyInterpreterVTable& mine = *PyInterpreter(&vtable);
#endif
  mine.incref(nullptr);
}

void a_number_is_no_status(PyObjectSlot& slot, PyInterpreter* self, PyObject* object) {
#ifdef FORBIDDEN
  slot.init_pyobj(self, object, 1);  // error: PyInterpreterStatus
#else
  slot.init_pyobj(self, object, PyInterpreterStatus::MAYBE_UNINITIALIZED);
#endif
}

void object_and_interpreter_are_not_mixed_up(PyObjectSlot& slot, PyInterpreter* self,
                                             PyObject* object) {
#ifdef FORBIDDEN
  slot.init_pyobj(object, self, PyInterpreterStatus::TAGGED_BY_US);  // error: PyInterpreter
#else
  slot.init_pyobj(self, object, PyInterpreterStatus::TAGGED_BY_US);
#endif
}

void what_a_check_gives_may_be_nothing(const PyObjectSlot& slot, PyInterpreter* self) {
#ifdef FORBIDDEN
  const PyObject* const object = slot.check_pyobj(self);  // error: optional
#else
  const PyObject* const object = slot.check_pyobj(self).value_or(nullptr);
#endif
  static_cast<void>(object);
}

void the_object_word_is_changed_by_calls_alone(PyObjectSlot& slot) {
#ifdef FORBIDDEN
  slot.pyobj_ = nullptr;  // error: private
#else
  slot.set_owns_pyobj(false);
#endif
}

}  // namespace c10::impl
