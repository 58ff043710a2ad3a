// The operations that programs are made of: the only list of them.
//
// An operation is one line of a program's text and one record of a fuzzer's bytes. Its kind says
// what it is called, what it takes and what it does; whoever prints, decodes, generates or runs
// operations looks here.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "world/slot_library.h"

namespace slotproof::program {

inline constexpr int kThreads = 4;
inline constexpr int kInterpreters = 4;  // A to D
inline constexpr int kTensors = 4;       // x0 to x3
inline constexpr int kMaxOperations = 64;

// The thread that an operation is done by is attached to no interpreter.
inline constexpr std::int8_t kDetached = -1;

enum class Verb : std::uint8_t {
  // The protocol of callers.
  kWrap,       // see the tensor from Python: find its object, or make one; holds a Python reference
  kUnwrap,     // let go of that reference; the last one frees the object, or gives it to the slot
  kDrop,       // let go of the thread's C++ reference; the last one destroys the tensor
  kTransfer,   // hand the object that a tensor's slot owns to another tensor's slot
  kEscape,     // show a private tensor to the other threads
  kRevive,     // take a Python reference to the object that the slot owns, as a weak reference does
  kFinalizer,  // give the object a finalizer that comes back to the slot
  kHermetic,   // enter or leave a hermetic section
  kFinalise,   // shut the interpreter down
  // The calls of a slot as they are.
  kInit,
  kCheck,
  kTag,      // pyobj_interpreter
  kLoad,     // load_pyobj_interpreter
  kMine,     // check_interpreter
  kHas,      // has_pyobj_nonhermetic
  kObject,   // _unchecked_untagged_pyobj
  kOwns,     // owns_pyobj
  kOwn,      // set_owns_pyobj(true), with the references it implies
  kDisown,   // set_owns_pyobj(false), likewise
  kClear,    // unchecked_clear_pyobj
  kDestroy,  // maybe_destroy_pyobj
  kMisuse,   // check_pyobj or init_pyobj with an argument that the contract refuses
};
inline constexpr int kVerbs = 22;

// What an operation's `argument` means.
enum class ArgumentKind : std::uint8_t {
  kNone,
  kStatus,     // world::Status: definitely, maybe, us, other
  kIgnore,     // 1: ignore_hermetic_tls
  kTensor,     // the other tensor
  kFinalizer,  // FinalizerKind
  kSwitch,     // 1: on
  kMisuse,     // MisuseKind
};

// What a finalizer does, once, when its object dies.
enum class FinalizerKind : std::uint8_t {
  kAgain,   // calls maybe_destroy_pyobj on the slot again
  kRewrap,  // puts a new object into the slot
  kThrow,   // fails; never while the tensor is being destroyed, for a destructor must not throw
};

// What `misuse` passes: check_pyobj without an interpreter; init_pyobj with an object whose bit 0
// is set, or with a status that there is not.
enum class MisuseKind : std::uint8_t { kNull, kOdd, kStatus };

struct VerbInfo {
  Verb verb;
  std::string_view name;  // in text
  ArgumentKind argument;
  bool on_tensor;            // names a tensor
  bool needs_interpreter;    // cannot be done by a detached thread
  std::string_view summary;  // one line for people
};

// How many values an argument of this kind has (1 for kNone).
int argument_values(ArgumentKind kind);

// The word for a value of an argument; empty where nothing is written (kNone, and kIgnore 0).
std::string_view argument_word(ArgumentKind kind, std::uint8_t value);

// All verbs, in the order of their numbers.
std::span<const VerbInfo, kVerbs> verbs();
inline const VerbInfo& info(Verb verb) { return verbs()[static_cast<std::size_t>(verb)]; }

struct Operation {
  Verb verb = Verb::kWrap;
  std::int8_t interpreter = 0;  // the one that the thread is attached to meanwhile, or kDetached
  std::uint8_t tensor = 0;      // 0 if the verb names none
  std::uint8_t argument = 0;    // 0 if the verb takes none

  friend bool operator==(const Operation&, const Operation&) = default;
};

// Whether it can be done with a slot that has these features.
bool available(const Operation& operation, const world::Features& features);

}  // namespace slotproof::program
