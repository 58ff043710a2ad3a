// A slot written against the machine itself, with bugs to switch on.
//
// No compiler stands between it and its events, so the pictures of its runs are the same in every
// build, and can be compared with files.
#pragma once

#include <cstdint>

#include "machine/machine.h"
#include "world/slot_library.h"

namespace slotproof::unit {

enum class Bug : std::uint8_t {
  kNone,
  kClaimsInTwoSteps,  // init looks at the tag and then stores it
  kDecrefsTwice,      // destroying gives the object back twice
  kForgetsDecref,     // destroying never gives it back
  kLooksBack,         // destroying reads the object that it has given back
  kSpins,             // check waits for an object that may never come
  kLocks,             // check and destroying hold a mutex, and the latter takes a GIL meanwhile
  kTerminates,        // init refuses by std::terminate
  kAcceptsLoser,      // init does not refuse who comes second
  kShowsOwnerBit,     // check gives the object word as it is
  kChangesText,       // what check throws reads otherwise
  kWritesAndThrows,   // init refuses when it has written
  kWritesWhenAsked,   // the question whose slot it is writes the object word
  kCounts,            // each second check of the process loads the tag once more
};

class HandSlot : public world::SlotLibrary {
 public:
  explicit HandSlot(Bug bug) : bug_(bug) {}

  const char* name() const override { return "hand"; }
  std::size_t slot_size() const override { return 16; }
  world::Result construct(void* slot) override;
  world::Result destruct(void* slot) override { return destroy_object(slot); }
  world::Result init(void* slot, world::InterpreterHandle* self, world::ObjectHandle* object,
                     world::Status status) override;
  world::Result check(void* slot, world::InterpreterHandle* self, bool ignore_hermetic) override;
  world::Result interpreter(void* slot) override;
  world::Result load(void* slot) override;
  world::Result is_tagged_by(void* slot, world::InterpreterHandle* self) override;
  world::Result has_object(void* slot) override;
  world::Result object(void* slot) override;
  world::Result owns(void* slot) override;
  world::Result set_owns(void* slot, bool owns) override;
  world::Result clear(void* slot, world::InterpreterHandle* self) override;
  world::Result destroy_object(void* slot) override;

  std::size_t interpreter_size() const override { return 16; }
  std::size_t vtable_size() const override { return 16; }
  world::InterpreterHandle* create_interpreter(void* interpreter, void* vtable,
                                               world::InterpreterCalls& calls) override;
  void disarm(world::InterpreterHandle* /*interpreter*/) override {}
  bool hermetic() override { return hermetic_; }
  void set_hermetic(bool hermetic) override { hermetic_ = hermetic; }

 private:
  void lock();
  void unlock();

  Bug bug_;
  bool hermetic_ = false;
  machine::Mutex mutex_;  // of all slots
};

}  // namespace slotproof::unit
