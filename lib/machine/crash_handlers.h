// Turns a crash of the code under test into the end of a run.
#pragma once

namespace slotproof::machine {

// From the first call on, std::terminate and the fatal signals SIGSEGV, SIGBUS, SIGFPE, SIGILL and
// SIGABRT end the run with Halt::kCrash if a simulated thread causes them, and the process goes on.
// Anywhere else they do what they did before. Further calls do nothing.
void install_crash_handlers();

}  // namespace slotproof::machine
