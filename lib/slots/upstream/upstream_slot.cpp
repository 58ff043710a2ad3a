// Binds the slot of a PyTorch checkout, 2.0 to 2.7. What differs from release to release is asked
// of the slot with requires-expressions; README.md says what is compiled.
#include <cstdint>
#include <cstdlib>
#include <new>
#include <type_traits>

#include <c10/core/impl/HermeticPyObjectTLS.h>
#include <c10/core/impl/PyInterpreter.h>
#include <c10/core/impl/PyObjectSlot.h>
#include <c10/util/Exception.h>

// Behind the headers of its c10.
#include "slots/c10_binding.h"

namespace {

using c10::TensorImpl;
using c10::impl::HermeticPyObjectTLS;
using c10::impl::PyInterpreter;
using c10::impl::PyInterpreterVTable;
using c10::impl::PyObjectSlot;
using namespace slotproof::world;

// What a slot asks of an interpreter, and, for the rest of a tensor, what it never does.
//
// Nothing is marked `override`: each function overrides what the base has under its signature, and
// is one that nobody calls if the base has none. So this is the union of what all releases have.
class VTable final : public PyInterpreterVTable {
 public:
  explicit VTable(InterpreterCalls& calls) : calls_(calls) {}

  std::string name() const { return calls_.name(); }
  void incref(PyObject* object) const { calls_.incref(handle_of(object)); }
  void decref(PyObject* object, bool has_pyobj_slot) const {
    calls_.decref(handle_of(object), has_pyobj_slot);
  }

  using Operator = const c10::OperatorHandle&;
  using Self = const TensorImpl*;
  using Stack = torch::jit::Stack*;
  using Device = c10::DeviceType;
  using Word = std::uintptr_t;

  c10::intrusive_ptr<TensorImpl> detach(Self) const { never(); }
  void dispatch(Operator, Stack) const { never(); }
  void reportErrorCallback(PyObject*, c10::DispatchKey) const { never(); }
  void python_op_registration_trampoline(Operator, c10::DispatchKey, Stack) const { never(); }
  void python_op_registration_trampoline(Operator, c10::DispatchKey, c10::DispatchKeySet, Stack,
                                         bool) const {
    never();
  }
  void python_op_registration_trampoline(Operator, c10::DispatchKey, c10::DispatchKeySet, Stack,
                                         bool, bool) const {
    never();
  }
  void throw_abstract_impl_not_imported_error(std::string, const char*, const char*) const {
    never();
  }
  void python_dispatcher(Operator, c10::DispatchKeySet, Stack) const { never(); }
  bool is_contiguous(Self, at::MemoryFormat) const { never(); }
  c10::SymBool sym_is_contiguous(Self, at::MemoryFormat) const { never(); }
  bool is_strides_like(Self, at::MemoryFormat) const { never(); }
  bool is_non_overlapping_and_dense(Self) const { never(); }
  c10::Device device(Self) const { never(); }
  std::int64_t dim(Self) const { never(); }
  c10::IntArrayRef strides(Self) const { never(); }
  c10::IntArrayRef sizes(Self) const { never(); }
  c10::SymIntArrayRef sym_sizes(Self) const { never(); }
  c10::Layout layout(Self) const { never(); }
  std::int64_t numel(Self) const { never(); }
  c10::SymInt sym_numel(Self) const { never(); }
  c10::SymIntArrayRef sym_strides(Self) const { never(); }
  c10::SymInt sym_storage_offset(Self) const { never(); }
  void reset_backward_hooks(Self) const { never(); }

  void trace_gpu_event_creation(Word) const { never(); }
  void trace_gpu_event_creation(Device, Word) const { never(); }
  void trace_gpu_event_deletion(Word) const { never(); }
  void trace_gpu_event_deletion(Device, Word) const { never(); }
  void trace_gpu_event_record(Word, Word) const { never(); }
  void trace_gpu_event_record(Device, Word, Word) const { never(); }
  void trace_gpu_event_wait(Word, Word) const { never(); }
  void trace_gpu_event_wait(Device, Word, Word) const { never(); }
  void trace_gpu_memory_allocation(Word) const { never(); }
  void trace_gpu_memory_allocation(Device, Word) const { never(); }
  void trace_gpu_memory_deallocation(Word) const { never(); }
  void trace_gpu_memory_deallocation(Device, Word) const { never(); }
  void trace_gpu_stream_creation(Word) const { never(); }
  void trace_gpu_stream_creation(Device, Word) const { never(); }
  void trace_gpu_device_synchronization() const { never(); }
  void trace_gpu_device_synchronization(Device) const { never(); }
  void trace_gpu_stream_synchronization(Word) const { never(); }
  void trace_gpu_stream_synchronization(Device, Word) const { never(); }
  void trace_gpu_event_synchronization(Word) const { never(); }
  void trace_gpu_event_synchronization(Device, Word) const { never(); }

 private:
  [[noreturn]] static void never() { std::abort(); }
  InterpreterCalls& calls_;
};
static_assert(!std::is_abstract_v<VTable>,
              "the interpreters of this checkout have a call that VTable does not know");

// In 2.0 it is the tensor whose destructor destroys the object; later it is the slot's own.
template <class Slot>
constexpr bool kDestroysItself = requires(Slot& slot) { slot.maybe_destroy_pyobj(); };

template <class Slot>
void destroy_object_of(Slot& slot) {
  if constexpr (kDestroysItself<Slot>) {
    slot.maybe_destroy_pyobj();
  } else {
    slot.destroy_pyobj_if_needed();
  }
}

struct Tensor {
  Tensor() = default;
  Tensor(const Tensor&) = delete;
  Tensor& operator=(const Tensor&) = delete;
  ~Tensor() {
    if constexpr (!kDestroysItself<PyObjectSlot>) destroy_object_of(slot);
  }

  PyObjectSlot slot;
};

// 2.0 has neither the argument of check_pyobj nor the calls that came with it.
template <class Slot>
auto check_in(const Slot& slot, PyInterpreter* self, bool ignore_hermetic) {
  if constexpr (requires { slot.check_pyobj(self, true); }) {
    // The default argument is part of the contract, so it is used where it says what is wanted.
    return ignore_hermetic ? slot.check_pyobj(self, true) : slot.check_pyobj(self);
  } else {
    return slot.check_pyobj(self);
  }
}

template <class Slot>
Features features_of() {
  // It does not undertake to refuse any misuse.
  Features features = Features::all().without(
      {Feature::kRefusesUntaggedLoad, Feature::kRefusesNullInterpreter,
       Feature::kRefusesOwningNothing, Feature::kRefusesOddObject, Feature::kRefusesUnknownStatus});
  if constexpr (!requires(Slot& slot) { slot.check_pyobj(nullptr, true); }) {
    features = features.without({Feature::kHermetic});
  }
  if constexpr (!requires(Slot& slot) { slot.check_interpreter(nullptr); }) {
    features = features.without({Feature::kIsTaggedBy});
  }
  if constexpr (!requires(Slot& slot) { slot.has_pyobj_nonhermetic(); }) {
    features = features.without({Feature::kHasObject});
  }
  return features;
}

template <class Slot>
Result is_tagged_by_in(Slot& slot, PyInterpreter* self) {
  if constexpr (requires { slot.check_interpreter(self); }) {
    return gives(slot.check_interpreter(self) ? 1 : 0);
  }
  return {};
}

template <class Slot>
Result has_object_in(Slot& slot) {
  if constexpr (requires { slot.has_pyobj_nonhermetic(); }) {
    return gives(slot.has_pyobj_nonhermetic() ? 1 : 0);
  }
  return {};
}

template <class Flag>
void enable() {
  if constexpr (requires { Flag::init_state(); }) Flag::init_state();
}

PyObjectSlot& slot_at(void* slot) { return static_cast<Tensor*>(slot)->slot; }

template <class Call>
Result said(Call&& call) {
  return guarded<c10::Error>(std::forward<Call>(call));
}

class UpstreamSlot final : public C10SlotLibrary<VTable> {
 public:
  UpstreamSlot() {
    enable<HermeticPyObjectTLS>();
    // What the first one makes for all is there before any run.
    PyInterpreter(nullptr).disarm();
  }

  const char* name() const override { return SLOTPROOF_SLOT_NAME; }
  Features features() const override { return features_of<PyObjectSlot>(); }

  std::size_t slot_size() const override { return sizeof(Tensor); }
  Result construct(void* slot) override {
    return said([&] { new (slot) Tensor; });
  }
  Result destruct(void* slot) override {
    return said([&] { static_cast<Tensor*>(slot)->~Tensor(); });
  }
  Result init(void* slot, InterpreterHandle* self, ObjectHandle* object, Status status) override {
    return said([&] {
      slot_at(slot).init_pyobj(interpreter_of(self), object_of(object), status_of(status));
    });
  }
  Result check(void* slot, InterpreterHandle* self, bool ignore_hermetic) override {
    return said([&] {
      const auto found = check_in(slot_at(slot), interpreter_of(self), ignore_hermetic);
      return found.has_value() ? gives(word(*found)) : Result{};
    });
  }
  Result clear(void* slot, InterpreterHandle* self) override {
    return said([&] { slot_at(slot).unchecked_clear_pyobj(interpreter_of(self)); });
  }
  Result interpreter(void* slot) override {
    return said([&] { return gives(word(slot_at(slot).pyobj_interpreter())); });
  }
  Result load(void* slot) override {
    return said([&] { return gives(word(&slot_at(slot).load_pyobj_interpreter())); });
  }
  Result is_tagged_by(void* slot, InterpreterHandle* self) override {
    return said([&] { return is_tagged_by_in(slot_at(slot), interpreter_of(self)); });
  }
  Result has_object(void* slot) override {
    return said([&] { return has_object_in(slot_at(slot)); });
  }
  Result object(void* slot) override {
    return said([&] { return gives(word(slot_at(slot)._unchecked_untagged_pyobj())); });
  }
  Result owns(void* slot) override {
    return said([&] { return gives(slot_at(slot).owns_pyobj() ? 1 : 0); });
  }
  Result set_owns(void* slot, bool owns) override {
    return said([&] { slot_at(slot).set_owns_pyobj(owns); });
  }
  Result destroy_object(void* slot) override {
    return said([&] { destroy_object_of(slot_at(slot)); });
  }

  bool hermetic() override { return HermeticPyObjectTLS::get_state(); }
  void set_hermetic(bool hermetic) override { HermeticPyObjectTLS::set_state(hermetic); }
};

}  // namespace

extern "C" __attribute__((visibility("default"))) SlotLibrary* slotproof_slot_library() {
  static UpstreamSlot library;
  return &library;
}
