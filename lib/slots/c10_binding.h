// What the bindings of c10's slots have in common, whichever c10 it is. To be included behind that
// one's headers, by a binding's own file alone.
#pragma once

#include <new>

#include "world/binding.h"

namespace slotproof::world {

inline c10::impl::PyInterpreter* interpreter_of(InterpreterHandle* i) {
  return reinterpret_cast<c10::impl::PyInterpreter*>(i);
}
inline PyObject* object_of(ObjectHandle* o) { return reinterpret_cast<PyObject*>(o); }
inline ObjectHandle* handle_of(PyObject* o) { return reinterpret_cast<ObjectHandle*>(o); }

inline c10::impl::PyInterpreterStatus status_of(Status status) {
  using c10::impl::PyInterpreterStatus;
  switch (status) {
    case Status::kDefinitely: return PyInterpreterStatus::DEFINITELY_UNINITIALIZED;
    case Status::kMaybe: return PyInterpreterStatus::MAYBE_UNINITIALIZED;
    case Status::kUs: return PyInterpreterStatus::TAGGED_BY_US;
    case Status::kOther: return PyInterpreterStatus::TAGGED_BY_OTHER;
  }
  return static_cast<PyInterpreterStatus>(kStatuses);  // a misuse, passed on
}

// The part of a binding that deals with interpreters; VTable is made of InterpreterCalls&.
template <class VTable>
class C10SlotLibrary : public SlotLibrary {
 public:
  std::size_t interpreter_size() const override { return sizeof(c10::impl::PyInterpreter); }
  std::size_t vtable_size() const override { return sizeof(VTable); }
  InterpreterHandle* create_interpreter(void* interpreter, void* vtable,
                                        InterpreterCalls& calls) override {
    return reinterpret_cast<InterpreterHandle*>(
        new (interpreter) c10::impl::PyInterpreter(new (vtable) VTable(calls)));
  }
  void disarm(InterpreterHandle* interpreter) override { interpreter_of(interpreter)->disarm(); }
};

}  // namespace slotproof::world
