// What the types of the layers forbid. README.md says how this file is read.
#include "choice/source.h"
#include "explore/runner.h"
#include "machine/machine.h"
#include "world/slot_library.h"
#include "world/world.h"

namespace slotproof {

void sources_are_not_copied(const choice::DullSource& source) {
#ifdef FORBIDDEN
  const choice::DullSource copy(source);  // error: deleted
#else
  const choice::DullSource copy;
#endif
  static_cast<void>(source);
  static_cast<void>(copy);
}

void sources_are_not_assigned(choice::Source& source, const choice::Source& other) {
#ifdef FORBIDDEN
  source = other;  // error: deleted
#else
  source.choose(2, choice::Kind::kThread);
#endif
  static_cast<void>(other);
}

void a_source_chooses() {
#ifdef FORBIDDEN
  const choice::Source source;  // error: abstract
#else
  const choice::DullSource source;
#endif
  static_cast<void>(source);
}

void machines_are_not_copied(const machine::Machine& machine) {
#ifdef FORBIDDEN
  const machine::Machine copy(machine);  // error: deleted
#else
  const machine::Machine& copy(machine);
#endif
  static_cast<void>(copy);
}

void mutexes_are_not_copied(const machine::Mutex& mutex) {
#ifdef FORBIDDEN
  const machine::Mutex copy(mutex);  // error: deleted
#else
  const machine::Mutex& copy(mutex);
#endif
  static_cast<void>(copy);
}

void worlds_are_not_copied(const world::World& world) {
#ifdef FORBIDDEN
  const world::World copy(world);  // error: deleted
#else
  const world::World& copy(world);
#endif
  static_cast<void>(copy);
}

void slot_libraries_are_not_assigned(world::SlotLibrary& library, world::SlotLibrary& other) {
#ifdef FORBIDDEN
  library = other;  // error: deleted
#else
  library.set_hermetic(other.hermetic());
#endif
}

class LibraryCopy : public world::SlotLibrary {
#ifdef FORBIDDEN
  explicit LibraryCopy(const SlotLibrary& other) : SlotLibrary(other) {}  // error: deleted
#else
  explicit LibraryCopy(const SlotLibrary& /*other*/) {}
#endif
};

void runners_are_not_copied(const explore::Runner& runner) {
#ifdef FORBIDDEN
  const explore::Runner copy(runner);  // error: deleted
#else
  const explore::Runner& copy(runner);
#endif
  static_cast<void>(copy);
}

void handles_are_not_mixed_up(world::SlotLibrary& library, void* slot,
                              world::InterpreterHandle* self, world::ObjectHandle* object) {
#ifdef FORBIDDEN
  library.init(slot, object, self, world::Status::kUs);  // error: InterpreterHandle
#else
  library.init(slot, self, object, world::Status::kUs);
#endif
}

void an_object_does_not_check(world::SlotLibrary& library, void* slot,
                              world::InterpreterHandle* self, world::ObjectHandle* object) {
#ifdef FORBIDDEN
  library.check(slot, object, false);  // error: InterpreterHandle
#else
  library.check(slot, self, false);
#endif
  static_cast<void>(self);
  static_cast<void>(object);
}

void a_number_is_no_status(world::SlotLibrary& library, void* slot, world::InterpreterHandle* self,
                           world::ObjectHandle* object) {
#ifdef FORBIDDEN
  library.init(slot, self, object, 1);  // error: Status
#else
  library.init(slot, self, object, world::Status::kMaybe);
#endif
}

}  // namespace slotproof
