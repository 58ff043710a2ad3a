// Latches: what they order, and runs in which none opens them.
#include <gtest/gtest.h>

#include "choice/odometer.h"
#include "simulated.h"

namespace slotproof::machine {
namespace {

class Latches : public testing::Test {
 protected:
  // Ends all runs of a thread that writes and opens the latch, if `opens`, and one that `waits` and
  // reads.
  Halt halt(bool opens, bool waits) {
    Body writer = [&] {
      Machine::current()->write(&word_, sizeof word_);
      if (opens) latch_.open();
    };
    Body reader = [&] {
      if (waits) latch_.wait();
      Machine::current()->read(&word_, sizeof word_);
    };
    choice::Odometer odometer;
    Halt halt{};
    do {
      latch_.reset();
      halt = run(machine_, odometer, [&] {
               fork(reader);
               fork(writer);
               Machine::current()->join_all();
             }).halt;
    } while (halt == Halt::kFinished && odometer.next());
    return halt;
  }

  Machine machine_;
  Latch latch_;
  std::uint64_t word_ = 0;
};

TEST_F(Latches, OrderWhoWaitsBehindWhoOpened) {
  EXPECT_EQ(halt(true, true), Halt::kFinished);
  EXPECT_EQ(halt(true, false), Halt::kDataRace);
}

TEST_F(Latches, ThatNoneOpensEndTheRun) { EXPECT_EQ(halt(false, true), Halt::kShut); }

TEST_F(Latches, AreShutAgainInTheNextRun) {
  EXPECT_EQ(halt(true, true), Halt::kFinished);
  EXPECT_EQ(halt(false, true), Halt::kShut);
}

TEST_F(Latches, OrderNothingBetweenThoseWhoWait) {
  Body reader = [&] {
    latch_.wait();
    Machine::current()->write(&word_, sizeof word_);
  };
  const Ending& ending = run(machine_, [&] {
    fork(reader);
    fork(reader);
    latch_.open();
    Machine::current()->join_all();
  });
  EXPECT_EQ(ending.halt, Halt::kDataRace);
}

}  // namespace
}  // namespace slotproof::machine
