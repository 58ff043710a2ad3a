#pragma once

#include <atomic>
#include <string>

#include <c10/macros/Export.h>
#include <c10/util/python_stub.h>

namespace c10::impl {

// What C++ code asks of a Python interpreter without being linked to it. The interpreter's own
// binary implements this; any of the calls may come from any thread.
struct C10_API PyInterpreterVTable {
  virtual ~PyInterpreterVTable();

  // For messages only; not an identity.
  virtual std::string name() const = 0;

  // Adds a reference.
  virtual void incref(PyObject* pyobj) const = 0;

  // Drops a reference, taking the interpreter's GIL if need be. `has_pyobj_slot` says that the
  // object belongs to a C++ object with a slot; it is always true for calls that a slot makes.
  virtual void decref(PyObject* pyobj, bool has_pyobj_slot) const = 0;
};

// One Python interpreter, as slots know it: its address is its identity, so it is neither copied
// nor moved, and it is never freed while a slot may hold it. Its vtable may go away before it does;
// that is what `disarm` is for.
struct C10_API PyInterpreter {
  // Takes no ownership of `vtable`, which must live until `disarm`, and must not be null. Not
  // inline, so that whoever instruments this library sees the interpreter come into being.
  explicit PyInterpreter(const PyInterpreterVTable* vtable) noexcept;
  PyInterpreter(const PyInterpreter&) = delete;
  PyInterpreter& operator=(const PyInterpreter&) = delete;
  PyInterpreter(PyInterpreter&&) = delete;
  PyInterpreter& operator=(PyInterpreter&&) = delete;

  const PyInterpreterVTable& operator*() const noexcept {
    return *vtable_.load(std::memory_order_acquire);
  }
  const PyInterpreterVTable* operator->() const noexcept {
    return vtable_.load(std::memory_order_acquire);
  }

  // From here on the name is "<unloaded interpreter>", and incref and decref do nothing: an object
  // that outlives its interpreter leaks its Python object instead of calling unloaded code. The
  // caller makes sure that no thread is inside one of the interpreter's calls, nor about to make
  // one with a vtable it has read before. A call that comes later on another thread, say from a
  // destructor at process exit, needs no lock: the pointer is atomic.
  void disarm() noexcept;

 private:
  std::atomic<const PyInterpreterVTable*> vtable_;
};

// What a caller of `PyObjectSlot::init_pyobj` knows of the slot's tag.
enum class PyInterpreterStatus {
  // The C++ object has just been allocated, and no other thread has seen it: the slot is untagged.
  DEFINITELY_UNINITIALIZED,
  // The slot looked untagged, but another thread may tag it at the same time.
  MAYBE_UNINITIALIZED,
  // The slot is tagged with the caller's interpreter, whose GIL the caller holds.
  TAGGED_BY_US,
  // The slot is tagged with another interpreter, so this one cannot have its object.
  TAGGED_BY_OTHER,
};

}  // namespace c10::impl
