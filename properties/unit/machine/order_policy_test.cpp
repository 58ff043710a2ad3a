// Who revises memory orders is asked of each atomic operation that comes through the seam.
#include "machine/order_policy.h"

#include <cstdint>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "choice/source.h"
#include "machine/machine.h"

namespace slotproof::unit {
namespace {

using machine::AtomicKind;
using machine::AtomicRequest;
using machine::Bits;
using machine::Machine;
using machine::MemoryOrder;
using ::testing::ElementsAre;

constexpr char kPlaces[2] = {};
std::uint64_t g_word = 0;

class AllRelaxed final : public machine::OrderPolicy {
 public:
  void revise(AtomicRequest& request) override {
    asked.push_back(request.kind);
    EXPECT_EQ(request.pc, &kPlaces[1]);
    if (request.kind == AtomicKind::kCompareExchange) {
      EXPECT_EQ(request.failure, MemoryOrder::kAcquire);
      request.failure = MemoryOrder::kRelaxed;
    }
    request.order = MemoryOrder::kRelaxed;
  }

  std::vector<AtomicKind> asked;
};

// All kinds of operations, from `pc`.
void operate(void* pc) {
  Machine& m = *Machine::current();
  const auto address = reinterpret_cast<std::uint64_t>(&g_word);
  m.store(address, 8, {0, 0}, MemoryOrder::kRelease, pc);
  m.load(address, 8, MemoryOrder::kAcquire, pc);
  m.rmw(address, 8, machine::RmwKind::kAdd, {1, 0}, MemoryOrder::kAcqRel, pc);
  Bits expected{7, 0};
  m.compare_exchange(address, 8, expected, {2, 0}, false, MemoryOrder::kAcqRel,
                     MemoryOrder::kAcquire, pc);
  m.compare_exchange(address, 8, expected, {2, 0}, false, MemoryOrder::kAcqRel,
                     MemoryOrder::kAcquire, pc);
  m.fence(MemoryOrder::kSeqCst, pc);
}

std::vector<MemoryOrder> orders_of_run(Machine& machine, const char* pc) {
  choice::DullSource source;
  machine.run(source, &operate, const_cast<char*>(pc));
  std::vector<MemoryOrder> orders;
  for (const machine::Event& event : machine.events()) {
    const bool thread_event =
        event.kind == machine::EventKind::kStart || event.kind == machine::EventKind::kEnd;
    if (!thread_event) orders.push_back(event.order);
  }
  return orders;
}

const auto kAsWritten =
    ElementsAre(MemoryOrder::kRelease, MemoryOrder::kAcquire, MemoryOrder::kAcqRel,
                MemoryOrder::kAcquire, MemoryOrder::kAcqRel, MemoryOrder::kSeqCst);

TEST(OrderPolicy, RevisesEachKindOfOperation) {
  Machine machine;
  AllRelaxed policy;
  machine.set_order_policy(&policy);
  EXPECT_THAT(orders_of_run(machine, &kPlaces[1]), ::testing::Each(MemoryOrder::kRelaxed));
  EXPECT_THAT(policy.asked, ElementsAre(AtomicKind::kStore, AtomicKind::kLoad, AtomicKind::kRmw,
                                        AtomicKind::kCompareExchange, AtomicKind::kCompareExchange,
                                        AtomicKind::kFence));
  machine.set_order_policy(nullptr);
  EXPECT_THAT(orders_of_run(machine, &kPlaces[1]), kAsWritten);
}

// The layers above have no place in the code under test.
TEST(OrderPolicy, IsNotAskedOfOthers) {
  Machine machine;
  AllRelaxed policy;
  machine.set_order_policy(&policy);
  EXPECT_THAT(orders_of_run(machine, nullptr), kAsWritten);
  EXPECT_TRUE(policy.asked.empty());
}

}  // namespace
}  // namespace slotproof::unit
