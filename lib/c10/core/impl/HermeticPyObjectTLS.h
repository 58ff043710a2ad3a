#pragma once

#include <c10/macros/Export.h>

namespace c10::impl {

// Whether the current thread is hermetic. While it is, Python objects that live outside must not be
// seen, so a slot shows none (`PyObjectSlot::check_pyobj`). Every thread starts as not hermetic;
// who sets the flag puts back what was there before.
//
// Every successful look into a slot reads this flag, so reading it is inline, and `constinit` tells
// the compiler that no thread has to initialise it first. In a program the read is two loads. In
// position-independent code the platform's thread-local access comes on top of it (a call, unless
// the plug-in is built with -ftls-model=initial-exec or -mtls-dialect=gnu2); that choice belongs to
// the plug-in, because not every loader accepts the cheaper models.
//
// The flag is defined in the .cpp rather than `inline`: an inline one would be a symbol unique in
// the process, and two slot libraries loaded as plug-ins would share it.
struct C10_API HermeticPyObjectTLS {
  static bool get_state() noexcept { return state_; }
  static void set_state(bool state) noexcept { state_ = state; }

 private:
  static constinit thread_local bool state_;
};

}  // namespace c10::impl
