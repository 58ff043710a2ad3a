#include <c10/core/impl/PyInterpreter.h>

#include <c10/core/TensorImpl.h>

namespace c10::impl {
namespace {

[[noreturn]] void unloaded() {
  TORCH_INTERNAL_ASSERT(false, "the interpreter of this tensor is gone");
  __builtin_unreachable();
}

struct Unloaded final : PyInterpreterVTable {
  std::string name() const override { return "<unloaded interpreter>"; }
  void decref(PyObject*, bool) const override {}
  intrusive_ptr<TensorImpl> detach(const TensorImpl*) const override { unloaded(); }
  void dispatch(const OperatorHandle&, torch::jit::Stack*) const override { unloaded(); }
  void reportErrorCallback(PyObject*, DispatchKey) const override { unloaded(); }
  void python_op_registration_trampoline(const OperatorHandle&, DispatchKey, DispatchKeySet,
                                         torch::jit::Stack*, bool, bool) const override {
    unloaded();
  }
  bool is_contiguous(const TensorImpl*, at::MemoryFormat) const override { unloaded(); }
  Device device(const TensorImpl*) const override { unloaded(); }
  Layout layout(const TensorImpl*) const override { unloaded(); }
  SymIntArrayRef sym_sizes(const TensorImpl*) const override { unloaded(); }
  void trace_gpu_event_record(DeviceType, std::uintptr_t, std::uintptr_t) const override {}
  void trace_gpu_device_synchronization(DeviceType) const override {}
  void reset_backward_hooks(const TensorImpl*) const override { unloaded(); }
};

const Unloaded kUnloaded;

}  // namespace

void PyInterpreter::disarm() noexcept { vtable_ = &kUnloaded; }

}  // namespace c10::impl
