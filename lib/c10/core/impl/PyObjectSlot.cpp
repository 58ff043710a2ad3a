#include <c10/core/impl/PyObjectSlot.h>

#include <cstddef>
#include <string>

namespace c10::impl {

PyObjectSlot::PyObjectSlot() noexcept : pyobj_interpreter_(nullptr), pyobj_(nullptr) {
  // The tag first: tools that look at a slot's memory rely on it.
  static_assert(offsetof(PyObjectSlot, pyobj_interpreter_) == 0);
  static_assert(offsetof(PyObjectSlot, pyobj_) == sizeof(void*));
}

PyObjectSlot::~PyObjectSlot() { maybe_destroy_pyobj(); }

PyInterpreter* PyObjectSlot::pyobj_interpreter() {
  return pyobj_interpreter_.load(std::memory_order_acquire);
}

PyInterpreter& PyObjectSlot::load_pyobj_interpreter() const {
  PyInterpreter* const tag = pyobj_interpreter_.load(std::memory_order_acquire);
  if (tag == nullptr) [[unlikely]] {
    throw_untagged();
  }
  return *tag;
}

bool PyObjectSlot::check_interpreter(PyInterpreter* interpreter) {
  return pyobj_interpreter() == interpreter;
}

// One load. A second one could see the tag that the first one missed.
bool PyObjectSlot::has_pyobj_nonhermetic() { return pyobj_interpreter() != nullptr; }

bool PyObjectSlot::owns_pyobj() { return (word_of(pyobj_) & kOwnerBit) != 0; }

void PyObjectSlot::set_owns_pyobj(bool b) {
  PyObject* const object = _unchecked_untagged_pyobj();
  if (b && object == nullptr) [[unlikely]] {
    throw_nothing_to_own();
  }
  pyobj_ = reinterpret_cast<PyObject*>(word_of(object) | (b ? kOwnerBit : 0));
}

void PyObjectSlot::unchecked_clear_pyobj([[maybe_unused]] PyInterpreter* interpreter) {
  TORCH_INTERNAL_ASSERT_DEBUG_ONLY(check_interpreter(interpreter),
                                   "unchecked_clear_pyobj with an interpreter that is not the tag");
  TORCH_INTERNAL_ASSERT_DEBUG_ONLY(!owns_pyobj(),
                                   "unchecked_clear_pyobj would leak the owned PyObject");
  pyobj_ = nullptr;
}

void PyObjectSlot::maybe_destroy_pyobj() {
  if (!owns_pyobj()) {
    return;
  }
  // The object leaves the slot before anyone else runs: decref may come back here.
  const PyInterpreter& interpreter = load_pyobj_interpreter();
  PyObject* const object = _unchecked_untagged_pyobj();
  pyobj_ = nullptr;
  interpreter->decref(object, /*has_pyobj_slot=*/true);
}

void PyObjectSlot::throw_untagged() {
  TORCH_CHECK(false, "cannot access PyObject for Tensor - no interpreter set");
}

void PyObjectSlot::throw_nothing_to_own() {
  TORCH_CHECK(false, "cannot own PyObject for Tensor - no object set");
}

void PyObjectSlot::throw_odd_object(const PyObject* pyobj) {
  TORCH_CHECK(false, "cannot allocate PyObject for Tensor - object ", pyobj,
              " has its lowest bit set");
}

void PyObjectSlot::throw_unknown_status(PyInterpreterStatus status) {
  TORCH_CHECK(false, "cannot allocate PyObject for Tensor - ", static_cast<int>(status),
              " is not an interpreter status");
}

void PyObjectSlot::throw_allocated_by_another(const PyInterpreter* self, const PyInterpreter* tag) {
  TORCH_CHECK(false, "cannot allocate PyObject for Tensor on interpreter ", self,
              " that has already been used by another torch deploy interpreter ", tag);
}

void PyObjectSlot::throw_accessed_by_another(const PyInterpreter* self, const PyInterpreter& tag) {
  const std::string self_name = self == nullptr ? "<null interpreter>" : (*self)->name();
  TORCH_CHECK(false, "cannot access PyObject for Tensor on interpreter ", self_name,
              " that has already been used by another torch deploy interpreter ", tag->name());
}

}  // namespace c10::impl
