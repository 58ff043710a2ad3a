#include "program/operation.h"

#include <algorithm>

namespace slotproof::program {
namespace {

using enum ArgumentKind;

constexpr std::array<VerbInfo, kVerbs> kVerbTable = {{
    {Verb::kWrap, "wrap", kNone, true, true, "see the tensor from Python"},
    {Verb::kUnwrap, "unwrap", kNone, true, true, "drop the thread's Python reference"},
    {Verb::kDrop, "drop", kNone, true, false, "drop the thread's C++ reference"},
    {Verb::kTransfer, "transfer", kTensor, true, true, "give the owned object to another slot"},
    {Verb::kEscape, "escape", kNone, true, false, "show a private tensor to the other threads"},
    {Verb::kRevive, "revive", kNone, true, true, "take a reference as a weak reference does"},
    {Verb::kFinalizer, "finalizer", ArgumentKind::kFinalizer, true, true,
     "let the object's finalizer come back to the slot"},
    {Verb::kHermetic, "hermetic", kSwitch, false, false, "enter or leave a hermetic section"},
    {Verb::kFinalise, "finalise", kNone, false, true, "shut the interpreter down"},
    {Verb::kInit, "init", kStatus, true, true, "init_pyobj with a new object"},
    {Verb::kCheck, "check", kIgnore, true, true, "check_pyobj"},
    {Verb::kTag, "tag", kNone, true, false, "pyobj_interpreter"},
    {Verb::kLoad, "load", kNone, true, false, "load_pyobj_interpreter"},
    {Verb::kMine, "mine", kNone, true, true, "check_interpreter"},
    {Verb::kHas, "has", kNone, true, false, "has_pyobj_nonhermetic"},
    {Verb::kObject, "object", kNone, true, true, "_unchecked_untagged_pyobj"},
    {Verb::kOwns, "owns", kNone, true, true, "owns_pyobj"},
    {Verb::kOwn, "own", kNone, true, true, "set_owns_pyobj(true)"},
    {Verb::kDisown, "disown", kNone, true, true, "set_owns_pyobj(false)"},
    {Verb::kClear, "clear", kNone, true, true, "unchecked_clear_pyobj"},
    {Verb::kDestroy, "destroy", kNone, true, true, "maybe_destroy_pyobj"},
    {Verb::kMisuse, "misuse", ArgumentKind::kMisuse, true, true,
     "call with an argument that the contract refuses"},
}};

static_assert(std::ranges::all_of(kVerbTable, [](const VerbInfo& i) {
  return &i - kVerbTable.data() == static_cast<int>(i.verb);
}));

constexpr std::array<std::string_view, 4> kStatusWords = {"definitely", "maybe", "us", "other"};
constexpr std::array<std::string_view, 2> kIgnoreWords = {"", "ignore"};
constexpr std::array<std::string_view, kTensors> kTensorWords = {"x0", "x1", "x2", "x3"};
constexpr std::array<std::string_view, 3> kFinalizerWords = {"again", "rewrap", "throw"};
constexpr std::array<std::string_view, 3> kMisuseWords = {"null", "odd", "status"};
constexpr std::array<std::string_view, 2> kSwitchWords = {"off", "on"};

std::span<const std::string_view> words(ArgumentKind kind) {
  switch (kind) {
    case kNone: return {};
    case kStatus: return kStatusWords;
    case kIgnore: return kIgnoreWords;
    case kTensor: return kTensorWords;
    case ArgumentKind::kFinalizer: return kFinalizerWords;
    case kSwitch: return kSwitchWords;
    case ArgumentKind::kMisuse: return kMisuseWords;
  }
  return {};
}

}  // namespace

int argument_values(ArgumentKind kind) {
  return kind == kNone ? 1 : static_cast<int>(words(kind).size());
}

std::string_view argument_word(ArgumentKind kind, std::uint8_t value) {
  return kind == kNone ? std::string_view{} : words(kind)[value];
}

std::span<const VerbInfo, kVerbs> verbs() { return kVerbTable; }

bool available(const Operation& operation, const world::Features& features) {
  using world::Feature;
  switch (operation.verb) {
    case Verb::kTransfer:
    case Verb::kRevive:
    case Verb::kOwns:
    case Verb::kOwn:
    case Verb::kDisown: return features.has(Feature::kOwnership);
    case Verb::kFinalizer:
      return features.has(Feature::kOwnership) &&
             (static_cast<FinalizerKind>(operation.argument) != FinalizerKind::kAgain ||
              features.has(Feature::kDestroyObject));
    case Verb::kHermetic: return features.has(Feature::kHermetic);
    case Verb::kFinalise: return features.has(Feature::kDisarm);
    case Verb::kInit:
      return static_cast<world::Status>(operation.argument) == world::Status::kMaybe ||
             features.has(Feature::kStatus);
    case Verb::kCheck: return operation.argument == 0 || features.has(Feature::kHermetic);
    case Verb::kTag: return features.has(Feature::kInterpreter);
    case Verb::kLoad: return features.has(Feature::kLoad);
    case Verb::kMine: return features.has(Feature::kIsTaggedBy);
    case Verb::kHas: return features.has(Feature::kHasObject);
    case Verb::kObject: return features.has(Feature::kObject);
    case Verb::kDestroy: return features.has(Feature::kDestroyObject);
    case Verb::kMisuse:
      return static_cast<MisuseKind>(operation.argument) != MisuseKind::kStatus ||
             features.has(Feature::kStatus);
    default: return true;
  }
}

}  // namespace slotproof::program
