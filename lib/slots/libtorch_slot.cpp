// Binds the slot of PyTorch 1.13, which is a part of c10::TensorImpl: its header, compiled through
// the seam, and libc10 as the distribution has built it. README.md says what that hides.
#include <cstdlib>
#include <new>

#include <c10/core/TensorImpl.h>
#include <c10/core/impl/PyInterpreter.h>
#include <c10/util/Exception.h>
#include <c10/util/Logging.h>

// Behind the headers of its c10.
#include "slots/c10_binding.h"

namespace {

using c10::TensorImpl;
using c10::impl::PyInterpreter;
using c10::impl::PyInterpreterVTable;
using namespace slotproof::world;

// What a slot asks of an interpreter, and, for the rest of a tensor, what it never does.
class VTable final : public PyInterpreterVTable {
 public:
  explicit VTable(InterpreterCalls& calls) : calls_(calls) {}

  std::string name() const override { return calls_.name(); }
  void decref(PyObject* object, bool is_tensor) const override {
    calls_.decref(handle_of(object), is_tensor);
  }

  c10::intrusive_ptr<TensorImpl> detach(const TensorImpl* /*self*/) const override { never(); }
  void dispatch(const c10::OperatorHandle& /*op*/, torch::jit::Stack* /*stack*/) const override {
    never();
  }
  void python_dispatcher(const c10::OperatorHandle& /*op*/, c10::DispatchKeySet /*keys*/,
                         torch::jit::Stack* /*stack*/) const override {
    never();
  }
  bool is_contiguous(const TensorImpl* /*self*/, at::MemoryFormat /*format*/) const override {
    never();
  }
  bool is_strides_like(const TensorImpl* /*self*/, at::MemoryFormat /*format*/) const override {
    never();
  }
  bool is_non_overlapping_and_dense(const TensorImpl* /*self*/) const override { never(); }
  c10::Device device(const TensorImpl* /*self*/) const override { never(); }
  std::int64_t dim(const TensorImpl* /*self*/) const override { never(); }
  c10::IntArrayRef strides(const TensorImpl* /*self*/) const override { never(); }
  c10::IntArrayRef sizes(const TensorImpl* /*self*/) const override { never(); }
  c10::SymIntArrayRef sym_sizes(const TensorImpl* /*self*/) const override { never(); }
  c10::Layout layout(const TensorImpl* /*self*/) const override { never(); }
  c10::SymInt sym_numel(const TensorImpl* /*self*/) const override { never(); }
  c10::SymIntArrayRef sym_strides(const TensorImpl* /*self*/) const override { never(); }
  c10::SymInt sym_storage_offset(const TensorImpl* /*self*/) const override { never(); }
  void trace_gpu_event_creation(std::uintptr_t /*event*/) const override { never(); }
  void trace_gpu_event_deletion(std::uintptr_t /*event*/) const override { never(); }
  void trace_gpu_event_record(std::uintptr_t /*event*/, std::uintptr_t /*stream*/) const override {
    never();
  }
  void trace_gpu_event_wait(std::uintptr_t /*event*/, std::uintptr_t /*stream*/) const override {
    never();
  }
  void trace_gpu_memory_allocation(std::uintptr_t /*memory*/) const override { never(); }
  void trace_gpu_memory_deallocation(std::uintptr_t /*memory*/) const override { never(); }
  void trace_gpu_stream_creation(std::uintptr_t /*stream*/) const override { never(); }
  void trace_gpu_device_synchronization() const override { never(); }
  void trace_gpu_stream_synchronization(std::uintptr_t /*stream*/) const override { never(); }
  void trace_gpu_event_synchronization(std::uintptr_t /*event*/) const override { never(); }

 private:
  [[noreturn]] static void never() { std::abort(); }

  InterpreterCalls& calls_;
};

// The smallest tensor there is: no storage, no device, nothing dispatches to it.
class Tensor final : public TensorImpl {
 public:
  Tensor() : TensorImpl(c10::DispatchKeySet(), caffe2::TypeMeta(), c10::nullopt) {}
};

Tensor& tensor_at(void* slot) { return *static_cast<Tensor*>(slot); }

template <class Call>
Result said(Call&& call) {
  return guarded<c10::Error>(std::forward<Call>(call), [](const c10::Error& e) {
    return std::string(e.what_without_backtrace());
  });
}

class LibtorchSlot final : public C10SlotLibrary<VTable> {
 public:
  LibtorchSlot() {
    // Stacks of simulated threads are none that it could make sense of.
    c10::SetStackTraceFetcher([] { return std::string(); });
  }

  const char* name() const override { return SLOTPROOF_SLOT_NAME; }
  Features features() const override {
    return Features::all().without({Feature::kLoad, Feature::kIsTaggedBy, Feature::kHasObject,
                                    Feature::kHermetic, Feature::kRefusesUntaggedLoad,
                                    Feature::kRefusesNullInterpreter,
                                    Feature::kRefusesOwningNothing, Feature::kRefusesOddObject,
                                    Feature::kRefusesUnknownStatus});
  }

  std::size_t slot_size() const override { return sizeof(Tensor); }
  Result construct(void* slot) override {
    return said([&] { new (slot) Tensor; });
  }
  Result destruct(void* slot) override {
    return said([&] { tensor_at(slot).~Tensor(); });
  }
  Result init(void* slot, InterpreterHandle* self, ObjectHandle* object, Status status) override {
    return said([&] {
      tensor_at(slot).init_pyobj(interpreter_of(self), object_of(object), status_of(status));
    });
  }
  Result check(void* slot, InterpreterHandle* self, bool /*ignore_hermetic*/) override {
    return said([&] {
      const auto found = tensor_at(slot).check_pyobj(interpreter_of(self));
      return found.has_value() ? gives(word(*found)) : Result{};
    });
  }
  Result clear(void* slot, InterpreterHandle* self) override {
    return said([&] { tensor_at(slot).unchecked_clear_pyobj(interpreter_of(self)); });
  }
  Result interpreter(void* slot) override {
    return said([&] { return gives(word(tensor_at(slot).pyobj_interpreter())); });
  }
  Result object(void* slot) override {
    return said([&] { return gives(word(tensor_at(slot)._unchecked_untagged_pyobj())); });
  }
  Result owns(void* slot) override {
    return said([&] { return gives(tensor_at(slot).owns_pyobj() ? 1 : 0); });
  }
  Result set_owns(void* slot, bool owns) override {
    return said([&] { tensor_at(slot).set_owns_pyobj(owns); });
  }
  // The part of it that is public: what the last strong reference does while weak ones are left.
  Result destroy_object(void* slot) override {
    return said([&] { tensor_at(slot).release_resources(); });
  }
};

}  // namespace

extern "C" __attribute__((visibility("default"))) SlotLibrary* slotproof_slot_library() {
  static LibtorchSlot library;
  return &library;
}
