// Real threads on real hardware. The simulated machine is what explores schedules; these tests are
// here so that what it assumes of std::atomic is seen to hold outside it, and for ThreadSanitizer.

#include <atomic>
#include <barrier>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "recording_interpreter.h"

namespace slotproof::unit {
namespace {

using c10::impl::PyInterpreterStatus;
using c10::impl::PyObjectSlot;

constexpr std::size_t kThreads = 4;
constexpr std::size_t kRounds = 300;

// One interpreter and one object for each thread.
struct Claimer {
  explicit Claimer(const std::string& name) : interpreter(name) {}

  RecordingInterpreter interpreter;
  PyObject object;
  std::string error;  // empty: won
};

std::deque<Claimer> make_claimers() {
  std::deque<Claimer> claimers;
  for (std::size_t i = 0; i < kThreads; ++i) {
    claimers.emplace_back("interpreter " + std::to_string(i));
  }
  return claimers;
}

void expect_one_winner(PyObjectSlot& slot, std::deque<Claimer>& claimers) {
  std::size_t winners = 0;
  for (Claimer& claimer : claimers) {
    if (claimer.error.empty()) {
      ++winners;
      EXPECT_EQ(state_of(slot), (SlotState{claimer.interpreter.get(), &claimer.object, false}));
    }
  }
  EXPECT_EQ(winners, 1U);
  for (Claimer& claimer : claimers) {
    if (!claimer.error.empty()) {
      EXPECT_EQ(claimer.error,
                cannot_allocate(claimer.interpreter.get(), slot.pyobj_interpreter()));
    }
  }
}

TEST(Race, ForTheTagHasExactlyOneWinner) {
  std::deque<PyObjectSlot> slots(kRounds);
  std::deque<std::deque<Claimer>> claimers;
  for (std::size_t round = 0; round < kRounds; ++round) {
    claimers.push_back(make_claimers());
  }
  std::barrier start(static_cast<std::ptrdiff_t>(kThreads));
  std::vector<std::jthread> threads;
  threads.reserve(kThreads);
  for (std::size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      for (std::size_t round = 0; round < kRounds; ++round) {
        Claimer& claimer = claimers[round][i];
        start.arrive_and_wait();
        try {
          slots[round].init_pyobj(claimer.interpreter.get(), &claimer.object,
                                  PyInterpreterStatus::MAYBE_UNINITIALIZED);
        } catch (const c10::Error& error) {
          claimer.error = error.what();
        }
      }
    });
  }
  threads.clear();  // joins
  for (std::size_t round = 0; round < kRounds; ++round) {
    expect_one_winner(slots[round], claimers[round]);
  }
}

// The reader learns of the other interpreter through the tag and nothing else.
TEST(Race, WithAClaimShowsNoTagOrAWholeInterpreter) {
  RecordingInterpreter reader("reader");
  for (std::size_t round = 0; round < kRounds; ++round) {
    PyObjectSlot slot;
    PyObject object;
    std::unique_ptr<RecordingInterpreter> claimer;
    std::jthread claiming([&] {
      claimer = std::make_unique<RecordingInterpreter>("made by another thread");
      slot.init_pyobj(claimer->get(), &object, PyInterpreterStatus::MAYBE_UNINITIALIZED);
    });
    std::string error;
    while (error.empty()) {
      try {
        EXPECT_EQ(slot.check_pyobj(reader.get()), std::nullopt);
        (void)slot.has_pyobj_nonhermetic();  // must not throw, whatever it sees
        std::this_thread::yield();
      } catch (const c10::Error& thrown) {
        error = thrown.what();
      }
    }
    EXPECT_EQ(error, cannot_access("reader", "made by another thread"));
  }
}

TEST(Race, OfADestructorWithDisarmIsDefined) {
  for (std::size_t round = 0; round < kRounds; ++round) {
    RecordingInterpreter self("self");
    PyObject object;
    auto slot = std::make_unique<PyObjectSlot>();
    slot->init_pyobj(self.get(), &object, PyInterpreterStatus::DEFINITELY_UNINITIALIZED);
    slot->set_owns_pyobj(true);
    std::jthread destroying([&] { slot.reset(); });
    self.get()->disarm();
    destroying.join();
    EXPECT_LE(self.decrefs().size(), 1U);
  }
}

}  // namespace
}  // namespace slotproof::unit
