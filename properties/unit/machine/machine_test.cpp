// Fibers, and how runs end.
#include "machine/machine.h"

#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "choice/random_source.h"
#include "simulated.h"

extern "C" {
std::uint64_t __tsan_atomic64_load(const volatile std::uint64_t* p, int order);
void __tsan_atomic64_store(volatile std::uint64_t* p, std::uint64_t value, int order);
}

namespace slotproof::machine {
namespace {

using ::testing::HasSubstr;

void load(const std::uint64_t& word) {
  Machine::current()->load(address_of(&word), 8, MemoryOrder::kRelaxed, nullptr);
}

void store(std::uint64_t& word, std::uint64_t value) {
  Machine::current()->store(address_of(&word), 8, {value, 0}, MemoryOrder::kRelaxed, nullptr);
}

TEST(Fibers, AreUsedAgainEvenAfterRunsThatWereCutOff) {
  Machine machine;
  std::set<void*> stacks;
  Body child = [&] { stacks.insert(__builtin_frame_address(0)); };
  for (int i = 0; i < 100; ++i) {
    const Ending& ending = run(machine, [&] {
      Machine::current()->join(fork(child));
      if (i % 2 == 0) Machine::current()->stop(Halt::kStopped, "enough");
    });
    EXPECT_EQ(ending.halt, i % 2 == 0 ? Halt::kStopped : Halt::kFinished);
  }
  EXPECT_EQ(stacks.size(), 1u);
}

TEST(Fibers, KeepExceptionsInFlightApart) {
  Machine machine;
  std::uint64_t word = 0;
  int caught = 0;
  Body child = [&] {
    try {
      throw std::runtime_error("one");
    } catch (const std::exception&) {
      load(word);  // others go on while this one is handled
      ++caught;
    }
  };
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    choice::RandomSource source(seed);
    const Ending& ending = run(machine, source, [&] {
      fork(child);
      fork(child);
      Machine::current()->join_all();
    });
    EXPECT_EQ(ending.halt, Halt::kFinished);
  }
  EXPECT_EQ(caught, 100);
}

TEST(ThreadLocals, AreNoEventsEvenIfTheyAreAtomic) {
  static thread_local std::uint64_t local = 0;
  std::uint64_t shared = 0;
  Machine machine;
  const Ending& ending = run(machine, [&] {
    __tsan_atomic64_store(&local, 1, __ATOMIC_SEQ_CST);
    EXPECT_EQ(__tsan_atomic64_load(&local, __ATOMIC_SEQ_CST), 1u);
    __tsan_atomic64_store(&shared, 1, __ATOMIC_SEQ_CST);
  });
  EXPECT_EQ(ending.halt, Halt::kFinished);
  EXPECT_EQ(local, 1u);
  EXPECT_EQ(count(machine, EventKind::kLoad), 0);
  EXPECT_EQ(count(machine, EventKind::kStore), 1);
}

TEST(Ending, OfADeadlockSaysWhoWaitsForWhom) {
  Machine machine;
  Mutex one;
  Mutex two;
  std::uint64_t word = 0;
  Body child = [&] {
    two.lock();
    one.lock();
  };
  const Ending& ending = run(machine, [&] {
    one.lock();
    const ThreadId id = fork(child);
    Machine::current()->join(id);
    load(word);
  });
  EXPECT_EQ(ending.halt, Halt::kDeadlock);
  EXPECT_EQ(ending.text,
            "thread 0 waits for the end of thread 1; "
            "thread 1 waits for a mutex that thread 0 holds");
}

TEST(Ending, ComesAtTheStepLimitAndNotBefore) {
  for (const int loads : {10, 11}) {
    Machine machine({.steps = 10});
    std::uint64_t word = 0;
    const Ending& ending = run(machine, [&] {
      for (int i = 0; i < loads; ++i) load(word);
    });
    EXPECT_EQ(ending.halt, loads == 10 ? Halt::kFinished : Halt::kStepLimit);
    EXPECT_EQ(ending.text, loads == 10 ? "" : "more than 10 scheduling points");
  }
}

// Plain accesses are no scheduling points: only the number of events ends such a loop.
TEST(Ending, ComesAtTheEventLimitAndNotBefore) {
  for (const int reads : {8, 9}) {  // and the thread's start and end
    Machine machine({.events = 10});
    std::uint64_t word = 0;
    const Ending& ending = run(machine, [&] {
      for (int i = 0; i < reads; ++i) Machine::current()->read(&word, 8);
    });
    EXPECT_EQ(ending.halt, reads == 8 ? Halt::kFinished : Halt::kStepLimit);
    EXPECT_EQ(machine.events().size(), 10u);
  }
}

TEST(Ending, IsACrashForAnExceptionThatLeavesAThread) {
  Machine machine;
  EXPECT_EQ(run(machine, [] { throw std::runtime_error("lost"); }).halt, Halt::kCrash);
  EXPECT_EQ(run(machine, [] { std::terminate(); }).text, "std::terminate");
  EXPECT_THAT(run(machine, [] { std::abort(); }).text, HasSubstr("signal 6"));
  EXPECT_EQ(run(machine, [] {}).halt, Halt::kFinished);
}

TEST(Ending, IsACrashForTooManyThreads) {
  Machine machine;
  Body child = [] {};
  const auto forks = [&](int threads) {
    return run(machine,
               [&] {
                 for (int t = 0; t < threads; ++t) fork(child);
                 Machine::current()->join_all();
               })
        .halt;
  };
  EXPECT_EQ(forks(kMaxThreads - 1), Halt::kFinished);
  EXPECT_EQ(forks(kMaxThreads), Halt::kCrash);
}

// All of an event but where in the code it came from.
std::string digest(const Machine& machine) {
  std::string text;
  for (const Event& e : machine.events()) {
    for (const std::uint64_t part :
         {std::uint64_t{static_cast<unsigned>(e.kind)}, std::uint64_t{e.thread},
          std::uint64_t{e.size}, std::uint64_t{static_cast<unsigned>(e.order)},
          std::uint64_t{e.time}, e.address, e.value, e.seen, std::uint64_t{e.reads_from},
          std::uint64_t{e.stale}}) {
      text += std::to_string(part) + ' ';
    }
    text += '\n';
  }
  return text + machine.ending().text;
}

TEST(Run, IsTheSameAThousandTimesOfAThousand) {
  Machine machine;
  Mutex mutex;
  std::uint64_t x = 0;
  std::uint64_t y = 0;
  Body child = [&] {
    store(x, 1);
    load(y);
    mutex.lock();
    store(y, 2);
    mutex.unlock();
    load(x);
  };
  const auto digest_of = [&](std::uint64_t seed) {
    x = 0;
    y = 0;
    mutex.reset();
    choice::RandomSource source(seed);
    run(machine, source, [&] {
      for (int t = 0; t < 3; ++t) fork(child);
      Machine::current()->join_all();
    });
    return digest(machine);
  };
  constexpr std::uint64_t kSeed = 7;
  const std::string first = digest_of(kSeed);
  for (int i = 0; i < 1'000; ++i) ASSERT_EQ(digest_of(kSeed), first) << i;
  std::set<std::string> digests;
  for (std::uint64_t seed = 0; seed < 20; ++seed) digests.insert(digest_of(seed));
  EXPECT_GT(digests.size(), 10u);
}

}  // namespace
}  // namespace slotproof::machine
