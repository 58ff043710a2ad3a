// Fibers that are threads of the operating system, one of which runs at a time. Their turns are
// handed on by futexes, of which ThreadSanitizer does not know: it must not take the schedule for
// synchronisation of the program. The one edge that it sees is the creation of a thread, which is
// where the simulated thread is forked.
#include "machine/fiber.h"

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <pthread.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

#include <linux/futex.h>

extern "C" {
void __tsan_ignore_thread_begin();
void __tsan_ignore_thread_end();
}

namespace slotproof::machine {
namespace {

enum Turn : std::uint32_t { kWaits, kRuns, kLeaves };

struct Seat {
  std::atomic<std::uint32_t> turn{kWaits};
  pthread_t thread{};
  Fiber::Entry entry = nullptr;
  void* argument = nullptr;

  void give(Turn to) {
    turn.store(to, std::memory_order_release);
    syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
  }

  // Gives false if the fiber is to end.
  bool await() {
    std::uint32_t seen = kWaits;
    while ((seen = turn.load(std::memory_order_acquire)) == kWaits) {
      syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, kWaits, nullptr, nullptr, 0);
    }
    turn.store(kWaits, std::memory_order_relaxed);
    return seen == kRuns;
  }
};

void* thread_main(void* argument) {
  auto* seat = static_cast<Seat*>(argument);
  __tsan_ignore_thread_begin();  // until the slot is called
  if (seat->await()) seat->entry(seat->argument);
  __tsan_ignore_thread_end();
  return nullptr;
}

}  // namespace

Fiber::Fiber() : context_(new Seat) {}

Fiber::Fiber(Entry entry, void* argument) : entry_(entry), argument_(argument) {
  auto* seat = new Seat;
  seat->entry = entry;
  seat->argument = argument;
  const int error = pthread_create(&seat->thread, nullptr, &thread_main, seat);
  if (error != 0) throw std::system_error(error, std::generic_category(), "thread of a fiber");
  context_ = seat;
}

Fiber::~Fiber() {
  auto* seat = static_cast<Seat*>(context_);
  if (seat == nullptr) return;
  if (entry_ != nullptr) {
    seat->give(kLeaves);
    pthread_join(seat->thread, nullptr);
  }
  delete seat;
}

// What was in the middle of something waits for ever.
void Fiber::restart() { context_ = nullptr; }

void Fiber::switch_to(Fiber& to) {
  auto* seat = static_cast<Seat*>(context_);
  static_cast<Seat*>(to.context_)->give(kRuns);
  if (seat->await()) return;
  __tsan_ignore_thread_end();
  pthread_exit(nullptr);
}

}  // namespace slotproof::machine
