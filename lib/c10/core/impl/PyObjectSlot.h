#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <type_traits>

#include <c10/core/impl/HermeticPyObjectTLS.h>
#include <c10/core/impl/PyInterpreter.h>
#include <c10/macros/Export.h>
#include <c10/util/Exception.h>
#include <c10/util/python_stub.h>

namespace c10::impl {

// Where a C++ object keeps the pointer to its Python object.
//
// Several Python interpreters may share a process, so the slot also carries a tag: the interpreter
// that the Python object belongs to. The tag goes from null to one interpreter once and never
// changes after. The object word is not atomic: only a thread that holds the GIL of the tagged
// interpreter may write it, or the thread that destroys the C++ object. Its lowest bit is the owner
// bit: 0 when the Python object owns the C++ object (or there is none), 1 when it is the other way
// round.
//
// What throws throws c10::Error and leaves the slot as it was. Debug builds also check what callers
// promise, as internal assertions. Constness is that of the field's slot, so that what compiles
// with this one compiles with that one.
struct C10_API PyObjectSlot {
 public:
  // Untagged, without an object. Not inline, so that an instrumented library sees the slot's birth.
  PyObjectSlot() noexcept;

  // `maybe_destroy_pyobj`, which must not throw here: like any destructor, this one terminates.
  ~PyObjectSlot();

  PyObjectSlot(const PyObjectSlot&) = delete;
  PyObjectSlot& operator=(const PyObjectSlot&) = delete;
  PyObjectSlot(PyObjectSlot&&) = delete;
  PyObjectSlot& operator=(PyObjectSlot&&) = delete;

  // Claims the tag for `self_interpreter` as `status` says, then stores `pyobj` with owner bit 0.
  // Throws, and leaves `pyobj` to the caller, when the slot is another interpreter's, `pyobj` is
  // odd, or `status` is none of the four; the pointer is judged before the status.
  //
  // In the header, so that a constant status folds the switch away.
  void init_pyobj(PyInterpreter* self_interpreter, PyObject* pyobj, PyInterpreterStatus status) {
    if ((word_of(pyobj) & kOwnerBit) != 0) [[unlikely]] {
      throw_odd_object(pyobj);
    }
    switch (status) {
      case PyInterpreterStatus::DEFINITELY_UNINITIALIZED:
        // No other thread knows the slot. The hand-over that shows it to one publishes the tag too.
        TORCH_INTERNAL_ASSERT_DEBUG_ONLY(
            pyobj_interpreter_.load(std::memory_order_relaxed) == nullptr,
            "a slot that is definitely uninitialized has a tag");
        pyobj_interpreter_.store(self_interpreter, std::memory_order_relaxed);
        break;
      case PyInterpreterStatus::TAGGED_BY_US:
        TORCH_INTERNAL_ASSERT_DEBUG_ONLY(
            pyobj_interpreter_.load(std::memory_order_relaxed) == self_interpreter,
            "a slot that is tagged by us has another tag, or none");
        break;
      case PyInterpreterStatus::MAYBE_UNINITIALIZED: {
        // Release, because others know this interpreter through the tag alone, and read its name.
        PyInterpreter* tag = nullptr;
        if (!pyobj_interpreter_.compare_exchange_strong(tag, self_interpreter,
                                                        std::memory_order_acq_rel) &&
            tag != self_interpreter) [[unlikely]] {
          throw_allocated_by_another(self_interpreter, tag);
        }
        break;
      }
      case PyInterpreterStatus::TAGGED_BY_OTHER:
        throw_allocated_by_another(self_interpreter, pyobj_interpreter());
      default: throw_unknown_status(status);
    }
    // The tag is ours by now, so that looking at the object word is no race with another claimer.
    TORCH_INTERNAL_ASSERT_DEBUG_ONLY(!owns_pyobj(), "init_pyobj would leak the owned PyObject");
    pyobj_ = pyobj;
  }

  // The object, as `self_interpreter` may see it: nullopt on an untagged slot, or when the thread
  // is hermetic and that is not to be ignored; otherwise the object without its owner bit, which
  // may be null. Throws, hermetic or not, when the slot is another interpreter's.
  //
  // The wrap of every C++ object passes here. The way through is a load of the tag and its
  // comparisons, the hermetic flag, a load of the object and a mask; what throws is out of line.
  std::optional<PyObject*> check_pyobj(PyInterpreter* self_interpreter,
                                       bool ignore_hermetic_tls = false) const {
    PyInterpreter* const tag = pyobj_interpreter_.load(std::memory_order_acquire);
    if (tag == nullptr) {
      return std::nullopt;
    }
    if (tag != self_interpreter) [[unlikely]] {
      throw_accessed_by_another(self_interpreter, *tag);
    }
    if (!ignore_hermetic_tls && HermeticPyObjectTLS::get_state()) [[unlikely]] {
      return std::nullopt;
    }
    return _unchecked_untagged_pyobj();
  }

  // The tag; null when there is none. Another thread may set it at any moment.
  PyInterpreter* pyobj_interpreter();

  // The tag. Throws on an untagged slot.
  PyInterpreter& load_pyobj_interpreter() const;

  // Whether `interpreter` is the tag.
  bool check_interpreter(PyInterpreter* interpreter);

  // Whether there is a tag, hermetic or not.
  bool has_pyobj_nonhermetic();

  // The object without its owner bit, whoever asks.
  PyObject* _unchecked_untagged_pyobj() const {
    return reinterpret_cast<PyObject*>(word_of(pyobj_) & ~kOwnerBit);
  }

  // Reads and sets the owner bit; neither touches a reference count. Owning requires an object:
  // `set_owns_pyobj(true)` throws when there is none.
  bool owns_pyobj();
  void set_owns_pyobj(bool b);

  // Forgets the object, without a decref, and keeps the tag, which must be `interpreter`. The slot
  // must not own the object.
  void unchecked_clear_pyobj(PyInterpreter* interpreter);

  // If the slot owns its object: forgets it, keeps the tag, and then gives the reference back to
  // the tagged interpreter, exactly once. By the time the interpreter hears of it the slot no
  // longer knows the object, so that `decref` may come back to this slot, put a new object there,
  // or throw.
  void maybe_destroy_pyobj();

 private:
  static constexpr std::uintptr_t kOwnerBit = 1;

  static std::uintptr_t word_of(PyObject* pyobj) { return reinterpret_cast<std::uintptr_t>(pyobj); }

  // Whatever throws is a function of its own, so that no call that succeeds sets up a frame for it.
  [[noreturn]] [[gnu::cold]] static void throw_untagged();
  [[noreturn]] [[gnu::cold]] static void throw_nothing_to_own();
  [[noreturn]] [[gnu::cold]] static void throw_odd_object(const PyObject* pyobj);
  [[noreturn]] [[gnu::cold]] static void throw_unknown_status(PyInterpreterStatus status);
  [[noreturn]] [[gnu::cold]] static void throw_allocated_by_another(const PyInterpreter* self,
                                                                    const PyInterpreter* tag);
  [[noreturn]] [[gnu::cold]] static void throw_accessed_by_another(const PyInterpreter* self,
                                                                   const PyInterpreter& tag);

  std::atomic<PyInterpreter*> pyobj_interpreter_;
  PyObject* pyobj_;
};

// Every C++ object that Python may see pays for a slot: two words, and no lock behind the atomic.
static_assert(sizeof(PyObjectSlot) == 2 * sizeof(void*));
static_assert(alignof(PyObjectSlot) == alignof(void*));
static_assert(std::is_standard_layout_v<PyObjectSlot>);
static_assert(std::atomic<PyInterpreter*>::is_always_lock_free);
static_assert(!std::is_copy_constructible_v<PyObjectSlot>);
static_assert(!std::is_copy_assignable_v<PyObjectSlot>);
static_assert(!std::is_move_constructible_v<PyObjectSlot>);
static_assert(!std::is_move_assignable_v<PyObjectSlot>);

}  // namespace c10::impl
