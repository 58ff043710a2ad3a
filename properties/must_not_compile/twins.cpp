// What the types forbid, each beside what they allow. One twin is compiled at a time: -DNAME gives
// the one that must compile, with -DWRONG the one that must not.
#include "c10/core/impl/HermeticPyObjectTLS.h"
#include "c10/core/impl/PyInterpreter.h"
#include "c10/core/impl/PyObjectSlot.h"
#include "choice/source.h"
#include "world/slot_library.h"

using c10::impl::PyInterpreter;
using c10::impl::PyInterpreterStatus;
using c10::impl::PyInterpreterVTable;
using c10::impl::PyObjectSlot;
using slotproof::choice::DullSource;
using slotproof::world::InterpreterHandle;
using slotproof::world::ObjectHandle;
using slotproof::world::SlotLibrary;

#ifdef WRONG
#define TWIN(right, wrong) wrong
#else
#define TWIN(right, wrong) right
#endif

#if defined(SLOT_IS_NOT_COPIED)
void twin(PyObjectSlot& slot) { PyObjectSlot TWIN(&, ) other(slot); }

#elif defined(SLOT_IS_NOT_MOVED)
void twin(PyObjectSlot& slot) { PyObjectSlot TWIN(&&, ) other(static_cast<PyObjectSlot&&>(slot)); }

#elif defined(SLOT_IS_NOT_ASSIGNED)
void twin(PyObjectSlot& slot, PyObjectSlot& other) { TWIN((void)slot; (void)other, slot = other); }

#elif defined(SLOT_IS_NOT_MOVE_ASSIGNED)
void twin(PyObjectSlot& slot, PyObjectSlot& other) {
  TWIN((void)slot; (void)other, slot = static_cast<PyObjectSlot&&>(other));
}

#elif defined(STATUS_IS_NO_NUMBER)
void twin(PyObjectSlot& slot, PyInterpreter& self, PyObject* object) {
  slot.init_pyobj(&self, object, TWIN(PyInterpreterStatus::MAYBE_UNINITIALIZED, 1));
}

#elif defined(INTERPRETER_IS_NO_OBJECT)
void twin(PyObjectSlot& slot, PyInterpreter& self, PyObject* object) {
  TWIN((void)object, );
  (void)slot.check_pyobj(TWIN(&self, object));
}

#elif defined(VTABLE_HAS_NO_DEFAULTS)
struct Calls TWIN(, final) : PyInterpreterVTable {};
void twin() { TWIN(Calls* calls = nullptr, Calls calls); }

#elif defined(SOURCE_IS_NOT_COPIED)
void twin(DullSource& source) { DullSource TWIN(&, ) other(source); }

#elif defined(LIBRARY_IS_NOT_COPIED)
void twin(SlotLibrary& library, SlotLibrary& other) {
  TWIN((void)library; (void)other, library = other);
}

#elif defined(HANDLES_ARE_NOT_MIXED_UP)
void twin(SlotLibrary& library, void* slot, InterpreterHandle* self, ObjectHandle* object) {
  TWIN((void)object, (void)self);
  library.check(slot, TWIN(self, object), false);
}

#else
#error "no twin is named"
#endif
