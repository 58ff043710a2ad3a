// The memory orders of the code under test, as somebody else would have them.
#pragma once

#include <cstdint>

#include "machine/event.h"

namespace slotproof::machine {

// An atomic operation as the code asks for it.
enum class AtomicKind : std::uint8_t { kLoad, kStore, kRmw, kCompareExchange, kFence };

struct AtomicRequest {
  AtomicKind kind{};
  const void* pc = nullptr;  // return address of the access; never null
  MemoryOrder order{};       // of a compare-exchange that succeeds
  MemoryOrder failure{};     // of one that fails; nothing for other kinds
};

// May change the orders of each atomic operation that comes through the seam, before it is done.
class OrderPolicy {
 public:
  OrderPolicy() = default;
  OrderPolicy(const OrderPolicy&) = delete;
  OrderPolicy& operator=(const OrderPolicy&) = delete;
  virtual ~OrderPolicy() = default;

  // Called in simulated threads: what it does is no event, and it must not throw. It must give the
  // same each time in a run.
  virtual void revise(AtomicRequest& request) = 0;
};

}  // namespace slotproof::machine
