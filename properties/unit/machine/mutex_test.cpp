// The shared mode of the machine's mutex; what a mutex orders is in properties/litmus.
#include <gtest/gtest.h>

#include "choice/odometer.h"
#include "simulated.h"

namespace slotproof::machine {
namespace {

TEST(Mutex, LetsReadersInTogetherAndWritersAlone) {
  Machine machine;
  Mutex mutex;
  std::uint64_t word = 0;
  int readers = 0;
  int writers = 0;
  int most_readers = 0;
  const auto pause = [&] {
    Machine::current()->load(address_of(&word), 8, MemoryOrder::kRelaxed, nullptr);
  };
  Body reader = [&] {
    mutex.lock_shared();
    most_readers = std::max(most_readers, ++readers);
    EXPECT_EQ(writers, 0);
    pause();
    --readers;
    mutex.unlock_shared();
  };
  Body writer = [&] {
    mutex.lock();
    EXPECT_EQ(++writers, 1);
    EXPECT_EQ(readers, 0);
    EXPECT_TRUE(mutex.held_by(Machine::current()->self()));
    pause();
    --writers;
    mutex.unlock();
  };
  choice::Odometer odometer;
  int runs = 0;
  do {
    const Ending& ending = run(machine, odometer, [&] {
      fork(reader);
      fork(reader);
      fork(writer);
      Machine::current()->join_all();
    });
    ASSERT_EQ(ending.halt, Halt::kFinished);
    ++runs;
  } while (odometer.next());
  EXPECT_EQ(most_readers, 2);
  EXPECT_GT(runs, 20);
}

TEST(Mutex, ThatReadersNeverLeaveIsADeadlock) {
  Machine machine;
  Mutex mutex;
  const Ending& ending = run(machine, [&] {
    mutex.lock_shared();
    mutex.lock();
  });
  EXPECT_EQ(ending.halt, Halt::kDeadlock);
  EXPECT_EQ(ending.text, "thread 0 waits for a mutex that 1 share");
}

}  // namespace
}  // namespace slotproof::machine
