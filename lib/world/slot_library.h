// The thing under test, as the world sees it.
//
// A binding implements this interface for one slot library: lib/c10 (lib/slots/native_slot.cpp), a
// mutant of it, or a slot of somebody's own. It is compiled through the seam together with the
// slot, because templates and inline functions of the slot end up in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>

namespace slotproof::world {

// What the caller of `init` knows of the tag.
enum class Status : std::uint8_t { kDefinitely, kMaybe, kUs, kOther };
inline constexpr int kStatuses = 4;

// The calls that a slot has.
enum class SlotCall : std::uint8_t {
  kConstruct,
  kDestruct,
  kInit,           // init_pyobj
  kCheck,          // check_pyobj
  kInterpreter,    // pyobj_interpreter
  kLoad,           // load_pyobj_interpreter
  kIsTaggedBy,     // check_interpreter
  kHasObject,      // has_pyobj_nonhermetic
  kObject,         // _unchecked_untagged_pyobj
  kOwns,           // owns_pyobj
  kSetOwns,        // set_owns_pyobj
  kClear,          // unchecked_clear_pyobj
  kDestroyObject,  // maybe_destroy_pyobj
};
inline constexpr int kSlotCalls = 13;

// How a call ended.
enum class Raised : std::uint8_t {
  kNothing,
  kError,    // the library's own error type
  kForeign,  // anything else
};

// What a call gave. A pointer is an interpreter or an object, as the call says; a bool is 0 or 1.
struct Result {
  Raised raised = Raised::kNothing;
  bool has_value = false;  // kCheck: the optional is not empty; otherwise: the call gives something
  std::uint64_t value = 0;
  std::string text;  // of the exception
};

// A Python object and an interpreter, which slots only pass on. Distinct types so that they are not
// mixed up.
struct ObjectHandle;
struct InterpreterHandle;

// What an interpreter does when a slot asks it; implemented by the world.
class InterpreterCalls {
 public:
  InterpreterCalls() = default;
  InterpreterCalls(const InterpreterCalls&) = delete;
  InterpreterCalls& operator=(const InterpreterCalls&) = delete;
  virtual ~InterpreterCalls() = default;

  virtual std::string name() = 0;
  virtual void incref(ObjectHandle* object) = 0;
  // May throw (a finalizer that fails).
  virtual void decref(ObjectHandle* object, bool has_pyobj_slot) = 0;
};

// What not every slot has. All have construct, destruct, init, check and clear.
enum class Feature : std::uint8_t {
  // Calls, and what comes with them.
  kInterpreter,
  kLoad,
  kIsTaggedBy,
  kHasObject,
  kObject,
  kOwnership,  // owns and set_owns: without them a slot never keeps its object alive
  kDestroyObject,
  kStatus,    // init's statuses; a slot that has one way to be claimed is asked for kMaybe alone
  kHermetic,  // hermetic sections, and the argument of check that ignores them
  kDisarm,    // interpreters can be shut down
  kTexts,     // exceptions have the texts of c10
  // What a slot refuses with an error instead of going astray. A careful caller does it only to
  // slots that refuse it.
  kRefusesUntaggedLoad,     // load of an untagged slot
  kRefusesNullInterpreter,  // check by no interpreter
  kRefusesOwningNothing,    // set_owns(true) where there is no object
  kRefusesOddObject,        // init with an object whose bit 0 is set
  kRefusesUnknownStatus,    // init with a status that there is not
};
inline constexpr int kFeatures = 16;

// A set of features.
class Features {
 public:
  static constexpr Features none() { return Features(0); }
  static constexpr Features all() { return Features((std::uint32_t{1} << kFeatures) - 1); }
  constexpr Features without(std::initializer_list<Feature> lacking) const {
    std::uint32_t bits = bits_;
    for (const Feature f : lacking) bits &= ~bit(f);
    return Features(bits);
  }
  constexpr bool has(Feature f) const { return (bits_ & bit(f)) != 0; }

 private:
  explicit constexpr Features(std::uint32_t bits) : bits_(bits) {}
  static constexpr std::uint32_t bit(Feature f) {
    return std::uint32_t{1} << static_cast<unsigned>(f);
  }

  std::uint32_t bits_;
};

// One slot library. All calls but those that give sizes and names come from simulated threads. No
// call lets an exception out: what the slot throws is in the result.
class SlotLibrary {
 public:
  SlotLibrary() = default;
  SlotLibrary(const SlotLibrary&) = delete;
  SlotLibrary& operator=(const SlotLibrary&) = delete;
  virtual ~SlotLibrary() = default;

  // As in `--slot NAME`.
  virtual const char* name() const = 0;

  // What the slot has; what it lacks is never called.
  virtual Features features() const { return Features::all(); }

  // Bytes that a slot takes; it is aligned to 16.
  virtual std::size_t slot_size() const = 0;
  virtual Result construct(void* slot) = 0;
  virtual Result destruct(void* slot) = 0;
  // `self` may be null where a caller misuses the slot; so may `status` be none of its values, and
  // an object odd.
  virtual Result init(void* slot, InterpreterHandle* self, ObjectHandle* object, Status status) = 0;
  virtual Result check(void* slot, InterpreterHandle* self, bool ignore_hermetic) = 0;
  virtual Result clear(void* slot, InterpreterHandle* self) = 0;
  virtual Result interpreter(void* /*slot*/) { return {}; }
  virtual Result load(void* /*slot*/) { return {}; }
  virtual Result is_tagged_by(void* /*slot*/, InterpreterHandle* /*self*/) { return {}; }
  virtual Result has_object(void* /*slot*/) { return {}; }
  virtual Result object(void* /*slot*/) { return {}; }
  virtual Result owns(void* /*slot*/) { return {}; }
  virtual Result set_owns(void* /*slot*/, bool /*owns*/) { return {}; }
  virtual Result destroy_object(void* /*slot*/) { return {}; }

  // Bytes for an interpreter, and for the vtable that goes away when the interpreter is unloaded.
  virtual std::size_t interpreter_size() const = 0;
  virtual std::size_t vtable_size() const = 0;
  // Builds both in the memory given. `calls` outlives them.
  virtual InterpreterHandle* create_interpreter(void* interpreter, void* vtable,
                                                InterpreterCalls& calls) = 0;
  // The interpreter shuts down; after that the vtable's memory is gone.
  virtual void disarm(InterpreterHandle* /*interpreter*/) {}

  // The hermetic flag of the OS thread. Also called outside of simulated threads' time.
  virtual bool hermetic() { return false; }
  virtual void set_hermetic(bool /*hermetic*/) {}
};

// What a plug-in exports, with C linkage, under the name slotproof_slot_library: it gives the
// library, which lives as long as the process.
using SlotLibraryFunction = SlotLibrary* (*)();
inline constexpr const char* kSlotLibrarySymbol = "slotproof_slot_library";

}  // namespace slotproof::world
