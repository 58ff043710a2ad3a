// The shape of an interpreter around PyTorch 2.0: tensors pass through its vtable, and tracers get
// bare words.
#pragma once

#include <string>
#include <vector>

#include <c10/core/Device.h>
#include <c10/core/DispatchKeySet.h>
#include <c10/core/Layout.h>
#include <c10/core/MemoryFormat.h>
#include <c10/core/SymIntArrayRef.h>
#include <c10/macros/Macros.h>
#include <c10/util/intrusive_ptr.h>
#include <c10/util/python_stub.h>

namespace c10 {
struct IValue;
class OperatorHandle;
struct TensorImpl;
}  // namespace c10

namespace torch::jit {
using Stack = std::vector<c10::IValue>;
}

namespace c10::impl {

struct PyInterpreterVTable {
  virtual ~PyInterpreterVTable() = default;
  virtual std::string name() const = 0;
  virtual void decref(PyObject* object, bool has_pyobj_slot) const = 0;
  virtual intrusive_ptr<TensorImpl> detach(const TensorImpl* self) const = 0;
  virtual void dispatch(const OperatorHandle& op, torch::jit::Stack* stack) const = 0;
  virtual void python_op_registration_trampoline(const OperatorHandle& op, DispatchKey key,
                                                 torch::jit::Stack* stack) const = 0;
  virtual bool is_contiguous(const TensorImpl* self, at::MemoryFormat format) const = 0;
  virtual Device device(const TensorImpl* self) const = 0;
  virtual Layout layout(const TensorImpl* self) const = 0;
  virtual SymIntArrayRef sym_sizes(const TensorImpl* self) const = 0;
  virtual void trace_gpu_event_record(std::uintptr_t event, std::uintptr_t stream) const = 0;
  virtual void trace_gpu_device_synchronization() const = 0;
};

struct PyInterpreter {
  explicit PyInterpreter(const PyInterpreterVTable* vtable) : vtable_(vtable) {}
  const PyInterpreterVTable* operator->() const noexcept { return vtable_; }
  void disarm() noexcept;

  const PyInterpreterVTable* vtable_;
};

enum class PyInterpreterStatus {
  DEFINITELY_UNINITIALIZED,
  MAYBE_UNINITIALIZED,
  TAGGED_BY_US,
  TAGGED_BY_OTHER,
};

}  // namespace c10::impl
