#include <c10/core/impl/PyInterpreter.h>

namespace c10::impl {
namespace {

class UnloadedVTable final : public PyInterpreterVTable {
 public:
  std::string name() const override { return "<unloaded interpreter>"; }
  void incref(PyObject* /*pyobj*/) const override {}
  void decref(PyObject* /*pyobj*/, bool /*has_pyobj_slot*/) const override {}
};

// C++ objects that outlive their interpreter are often globals, which die in an order that nobody
// controls. So the vtable they end up with is there before any constructor runs and is never
// destroyed: a union does not destroy its members.
union Everlasting {
  constexpr Everlasting() : vtable() {}  // LCOV_EXCL_LINE: run by the compiler
  // NOLINTNEXTLINE(modernize-use-equals-default): a defaulted one would be deleted.
  ~Everlasting() {}  // LCOV_EXCL_LINE: never run

  UnloadedVTable vtable;
};

constinit const Everlasting kUnloaded;

}  // namespace

PyInterpreterVTable::~PyInterpreterVTable() = default;

PyInterpreter::PyInterpreter(const PyInterpreterVTable* vtable) noexcept : vtable_(vtable) {}

void PyInterpreter::disarm() noexcept {
  vtable_.store(&kUnloaded.vtable, std::memory_order_release);
}

}  // namespace c10::impl
