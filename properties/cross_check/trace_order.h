// Happens-before of a run, computed from its trace alone.
#pragma once

#include <bitset>
#include <string>
#include <vector>

#include "machine/event.h"
#include "machine/machine.h"

namespace slotproof::cross_check {

// Knows nothing of clocks: it adds the edges of [intro.races] and [atomics.fences] one by one.
class TraceOrder {
 public:
  static constexpr std::size_t kMaxEvents = 512;

  // At most kMaxEvents.
  explicit TraceOrder(const std::vector<machine::Event>& events);

  bool happens_before(machine::EventIndex a, machine::EventIndex b) const { return before_[b][a]; }

 private:
  void add_edge(std::size_t from, std::size_t to);
  void add_heads(std::size_t read, std::size_t to);

  const std::vector<machine::Event>& events_;
  std::vector<std::bitset<kMaxEvents>> before_;  // of each event: what happens before it
};

// What is wrong with the verdict about data races of the machine's last run, or nothing. A race has
// to be one of two conflicting accesses that nothing orders, and a run that finished may have none.
std::string complaint_about_races(const machine::Machine& machine);

}  // namespace slotproof::cross_check
