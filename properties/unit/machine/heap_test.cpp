// What goes back to the heap, seen by the machine.
#include <cstdlib>
#include <vector>

#include <gtest/gtest.h>

#include "choice/choice_sequence.h"
#include "machine/address_sanitizer.h"
#include "simulated.h"

namespace slotproof::machine {
namespace {

TEST(HeapHooks, SeeAFreeOfMemoryThatWasAccessed) {
  Machine machine;
  std::uint64_t where = 0;
  run(machine, [&] {
    void* const p = std::malloc(64);
    where = address_of(p);
    Machine::current()->write(p, 4);
    std::free(p);
  });
  ASSERT_EQ(count(machine, EventKind::kFree), 1);
  EXPECT_EQ(machine.events()[2].kind, EventKind::kFree);
  EXPECT_EQ(machine.events()[2].address, where);
}

// What the heap has for use may be more than was asked for, and depends on what was freed before.
TEST(HeapHooks, SeeHowLongAFreedBlockIs) {
  Machine machine;
  run(machine, [] {
    for (const std::size_t size : {24U, 40U}) {
      char* const p = static_cast<char*>(std::malloc(size));
      Machine::current()->write(p + 8, 1);
      std::free(p);
    }
  });
  ASSERT_EQ(count(machine, EventKind::kFree), 2);
  // AddressSanitizer's heap knows; of another's all that counts is what was accessed.
  EXPECT_EQ(machine.events()[2].size, has_address_sanitizer() ? 24 : 16);
  EXPECT_EQ(machine.events()[4].size, has_address_sanitizer() ? 40 : 16);
}

TEST(HeapHooks, FindARaceWithAFree) {
  Machine machine;
  void* const p = std::malloc(64);
  const std::uint64_t word = 0;
  Body child = [&] { Machine::current()->read(p, 4); };
  const choice::ChoiceSequence child_first{{{choice::Kind::kThread, 1, 0}}};
  choice::ReplaySource source(child_first);
  const Ending& ending = run(machine, source, [&] {
    fork(child);
    Machine::current()->load(address_of(&word), 8, MemoryOrder::kRelaxed, nullptr);
    std::free(p);
    Machine::current()->join_all();
  });
  EXPECT_EQ(ending.halt, Halt::kDataRace);
}

TEST(HeapHooks, DoNotSeeAFreeOfWhatNobodyAccessed) {
  Machine machine;
  run(machine, [] { std::free(std::malloc(64)); });
  EXPECT_EQ(count(machine, EventKind::kFree), 0);
}

// The machine's own containers may get memory that a simulated thread had used and freed.
TEST(HeapHooks, DoNotSeeASecondFreeOfMemoryThatOthersHadMeanwhile) {
  Machine machine;
  alignas(8) char memory[64] = {};
  run(machine, [&] {
    Machine::current()->write(memory, 64);
    Machine::current()->retire(address_of(memory), 64, true);
    Machine::current()->retire(address_of(memory), 64, true);
  });
  EXPECT_EQ(machine.ending().halt, Halt::kFinished);
  EXPECT_EQ(count(machine, EventKind::kFree), 1);
}

// More events, accesses and granules than any container of the machine begins with room for.
TEST(HeapHooks, DoNotSeeTheMachinesOwnContainersGrow) {
  Machine machine;
  std::vector<std::uint64_t> words(20'000);
  run(machine, [&] {
    for (const std::size_t size : {80'000u, 160'000u, 320'000u, 640'000u, 1'280'000u}) {
      void* const p = std::malloc(size);
      Machine::current()->write(p, 8);
      std::free(p);
    }
    for (std::uint64_t& word : words) Machine::current()->write(&word, 8);
  });
  EXPECT_EQ(machine.ending().halt, Halt::kFinished);
  EXPECT_EQ(count(machine, EventKind::kFree), 5);
  EXPECT_EQ(count(machine, EventKind::kWrite), 20'005);
}

}  // namespace
}  // namespace slotproof::machine
