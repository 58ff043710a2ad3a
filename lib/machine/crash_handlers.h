// Turns a crash of the code under test into the end of a run.
#pragma once

namespace slotproof::machine {

// From the first call on, std::terminate and the fatal signals SIGSEGV, SIGBUS, SIGFPE, SIGILL and
// SIGABRT end the run with Halt::kCrash if a simulated thread causes them, and the process goes on.
// Anywhere else they do what they did before. Further calls do nothing; the first one of an OS
// thread gives it a stack for them, so that they are noticed when its own overflows.
//
// The same holds of exit, _exit, _Exit and quick_exit, always: programs that link the machine have
// functions of these names, and export them, so that plug-ins call them too.
void install_crash_handlers();

}  // namespace slotproof::machine
