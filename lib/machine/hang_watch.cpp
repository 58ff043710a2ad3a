#include "machine/hang_watch.h"

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <sys/resource.h>
#include <unistd.h>

#include "machine/machine.h"

namespace slotproof::machine {
namespace {

// Of the signals whose meaning is free, one that libFuzzer leaves alone.
constexpr int kSignal = SIGVTALRM;

// How far the machine has got.
struct Progress {
  std::uint64_t runs = 0;
  std::size_t events = 0;

  friend bool operator==(const Progress&, const Progress&) = default;
};

// What a timer found when it last rang.
struct Watch {
  Progress progress;
  long waits = 0;  // of the OS thread, ever
  int times = 0;   // it has rung since without progress
};

thread_local constinit Watch g_round;
thread_local constinit Watch g_wait;
thread_local constinit bool g_watching = false;
thread_local constinit int g_unwatched = 0;

long waits_of_this_thread() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nvcsw;
}

// Whether the thread has got nowhere since the watch last rang; notes how far it is.
bool stands_still(const Machine& machine, Watch& watch) {
  const Progress progress{machine.runs(), machine.events().size()};
  const bool still = progress == watch.progress;
  watch.progress = progress;
  return still;
}

// The handler may be left for good: it is entered from code that has no event, so the machine is
// not in the middle of anything.
void on_signal(int /*signal*/, siginfo_t* info, void* /*context*/) {
  Machine* const machine = Machine::current();
  if (machine == nullptr || info->si_code != SI_TIMER || g_unwatched > 0) return;
  const int before = errno;
  auto& watch = *static_cast<Watch*>(info->si_value.sival_ptr);
  const bool still = stands_still(*machine, watch);
  if (&watch == &g_round) {
    watch.times = still ? watch.times + 1 : 0;
    if (watch.times == kRounds) {
      machine->stop(Halt::kStepLimit, "a loop that accesses no memory of others");
    }
  } else {
    const long waits = waits_of_this_thread();
    watch.times = still && waits > watch.waits ? watch.times + 1 : 0;
    watch.waits = waits;
    if (watch.times == kWaits) machine->stop(Halt::kStepLimit, "waits for what does not come");
  }
  errno = before;
}

void ring(clockid_t clock, long milliseconds, Watch& watch) {
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = kSignal;
  event.sigev_value.sival_ptr = &watch;
  event._sigev_un._tid = gettid();
  timer_t timer{};
  if (timer_create(clock, &event, &timer) != 0) return;  // then hangs stay hangs
  itimerspec time{};
  time.it_interval.tv_nsec = milliseconds * 1'000'000;
  time.it_value = time.it_interval;
  timer_settime(timer, 0, &time, nullptr);
}

bool install() {
  struct sigaction action = {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK | SA_RESTART;
  sigemptyset(&action.sa_mask);
  return sigaction(kSignal, &action, nullptr) == 0;
}

}  // namespace

void watch_for_hangs() {
  if (g_watching) return;
  g_watching = true;
  static const bool installed = install();
  if (!installed) return;
  ring(CLOCK_THREAD_CPUTIME_ID, kRoundMilliseconds, g_round);
  ring(CLOCK_MONOTONIC, kWaitMilliseconds, g_wait);
}

Unwatched::Unwatched() { ++g_unwatched; }
Unwatched::~Unwatched() { --g_unwatched; }

}  // namespace slotproof::machine
