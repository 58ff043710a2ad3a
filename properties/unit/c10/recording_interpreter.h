#pragma once

#include <functional>
#include <ostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <c10/core/impl/HermeticPyObjectTLS.h>
#include <c10/core/impl/PyInterpreter.h>
#include <c10/core/impl/PyObjectSlot.h>
#include <c10/util/Exception.h>

// A slot never looks into a Python object, so an address with a free lowest bit is all there is.
// NOLINTNEXTLINE(bugprone-reserved-identifier): CPython's name.
struct _object {
  int unused = 0;
};

namespace slotproof::unit {

// Whether the library checks what its callers promise.
#ifdef NDEBUG
inline constexpr bool kPromisesAreChecked = false;
#else
inline constexpr bool kPromisesAreChecked = true;
#endif

struct Decref {
  PyObject* object;
  bool has_pyobj_slot;
  bool operator==(const Decref&) const = default;
};

// An interpreter that keeps a list of what it was asked for, and can be told to do something in the
// middle of a decref, as running Python code does. For one thread at a time.
class RecordingInterpreter {
 public:
  explicit RecordingInterpreter(std::string name)
      : vtable_(std::move(name)), interpreter_(&vtable_) {}

  c10::impl::PyInterpreter* get() { return &interpreter_; }
  const std::vector<Decref>& decrefs() const { return vtable_.decrefs; }
  const std::vector<PyObject*>& increfs() const { return vtable_.increfs; }
  void on_decref(std::function<void()> action) { vtable_.on_decref = std::move(action); }

 private:
  struct VTable final : c10::impl::PyInterpreterVTable {
    explicit VTable(std::string name) : own_name(std::move(name)) {}

    std::string name() const override { return own_name; }
    void incref(PyObject* pyobj) const override { increfs.push_back(pyobj); }
    void decref(PyObject* pyobj, bool has_pyobj_slot) const override {
      decrefs.push_back({pyobj, has_pyobj_slot});
      if (on_decref) {
        on_decref();
      }
    }

    std::string own_name;
    std::function<void()> on_decref;
    mutable std::vector<PyObject*> increfs;
    mutable std::vector<Decref> decrefs;
  };

  VTable vtable_;
  c10::impl::PyInterpreter interpreter_;
};

// All that can be seen of a slot.
struct SlotState {
  c10::impl::PyInterpreter* tag = nullptr;
  PyObject* object = nullptr;
  bool owns = false;
  bool operator==(const SlotState&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, const SlotState& state) {
  return out << "{tag " << state.tag << ", object " << state.object
             << (state.owns ? ", owned}" : ", not owned}");
}

inline SlotState state_of(c10::impl::PyObjectSlot& slot) {
  return {slot.pyobj_interpreter(), slot._unchecked_untagged_pyobj(), slot.owns_pyobj()};
}

// The text of the c10::Error that `action` throws.
template <class Action>
std::string error_text(Action&& action) {
  try {
    std::forward<Action>(action)();
  } catch (const c10::Error& error) {
    return error.what();
  }
  return "(nothing was thrown)";
}

// A pointer as iostreams print it, which is what messages promise.
inline std::string text_of(const void* pointer) {
  std::ostringstream out;
  out << pointer;
  return out.str();
}

inline std::string cannot_allocate(const void* self, const void* tag) {
  return "cannot allocate PyObject for Tensor on interpreter " + text_of(self) +
         " that has already been used by another torch deploy interpreter " + text_of(tag);
}

inline std::string cannot_access(const std::string& self, const std::string& tag) {
  return "cannot access PyObject for Tensor on interpreter " + self +
         " that has already been used by another torch deploy interpreter " + tag;
}

// Makes the thread hermetic, or not, for the length of a scope.
class HermeticScope {
 public:
  explicit HermeticScope(bool hermetic) : before_(c10::impl::HermeticPyObjectTLS::get_state()) {
    c10::impl::HermeticPyObjectTLS::set_state(hermetic);
  }
  ~HermeticScope() { c10::impl::HermeticPyObjectTLS::set_state(before_); }
  HermeticScope(const HermeticScope&) = delete;
  HermeticScope& operator=(const HermeticScope&) = delete;

 private:
  bool before_;
};

}  // namespace slotproof::unit
