#include "machine/crash_handlers.h"

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <exception>
#include <unistd.h>

#include <fmt/format.h>

#include "machine/machine.h"

namespace slotproof::machine {
namespace {

constexpr std::array kSignals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

struct sigaction g_previous[kSignals.size()];
std::terminate_handler g_previous_terminate = nullptr;

std::string describe_exception() {
  try {
    std::rethrow_exception(std::current_exception());
  } catch (const std::exception& e) {
    return fmt::format("std::terminate with an exception in flight: {}", e.what());
  } catch (...) {
    return "std::terminate with an exception in flight that is no std::exception";
  }
}

void on_terminate() {
  if (Machine* machine = Machine::current()) {
    machine->stop(Halt::kCrash,
                  std::current_exception() == nullptr ? "std::terminate" : describe_exception());
  }
  g_previous_terminate();
  std::abort();
}

void on_signal(int signal, siginfo_t* info, void* context) {
  if (Machine* machine = Machine::current()) {
    // SA_NODEFER: the handler may be left for good.
    machine->stop(Halt::kCrash, fmt::format("signal {} ({})", signal, strsignal(signal)));
  }
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    if (kSignals[i] != signal) continue;
    const struct sigaction& previous = g_previous[i];
    if ((previous.sa_flags & SA_SIGINFO) != 0) {
      previous.sa_sigaction(signal, info, context);
    } else if (previous.sa_handler == SIG_DFL) {
      sigaction(signal, &previous, nullptr);
      raise(signal);
    } else if (previous.sa_handler != SIG_IGN) {
      previous.sa_handler(signal);
    }
    return;
  }
}

bool install() {
  g_previous_terminate = std::set_terminate(on_terminate);
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    struct sigaction action = {};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    sigaction(kSignals[i], &action, &g_previous[i]);
  }
  return true;
}

// AddressSanitizer may have been quicker.
bool provide_stack() {
  constexpr std::size_t kSize = std::size_t{64} << 10;
  stack_t stack{};
  if (sigaltstack(nullptr, &stack) != 0 || (stack.ss_flags & SS_DISABLE) == 0) return true;
  stack = {.ss_sp = std::malloc(kSize), .ss_flags = 0, .ss_size = kSize};
  return stack.ss_sp != nullptr && sigaltstack(&stack, nullptr) == 0;
}

}  // namespace

void install_crash_handlers() {
  static const bool installed = install();
  static_cast<void>(installed);
  // Memory that is never given back: the OS thread may end by a signal.
  static thread_local const bool has_stack = provide_stack();
  static_cast<void>(has_stack);
}

}  // namespace slotproof::machine

// ---- Ways to end the process that are no signals ----

namespace {

// Does not return if a simulated thread asks for it; otherwise gives libc's function of this name.
auto leave_by(const char* name, int status) {
  using slotproof::machine::Halt;
  using slotproof::machine::Machine;
  if (Machine* const machine = Machine::current()) {
    machine->stop(Halt::kCrash, fmt::format("{}({})", name, status));
  }
  return reinterpret_cast<void (*)(int)>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

void exit(int status) noexcept {
  leave_by("exit", status)(status);
  __builtin_unreachable();
}
void _exit(int status) {
  leave_by("_exit", status)(status);
  __builtin_unreachable();
}
void _Exit(int status) noexcept {
  leave_by("_Exit", status)(status);
  __builtin_unreachable();
}
void quick_exit(int status) noexcept {
  leave_by("quick_exit", status)(status);
  __builtin_unreachable();
}

}  // extern "C"
