// How far an execution is from the plainest: what a bounded exploration leaves out.
#pragma once

#include <cstdint>
#include <limits>

#include "graphs/graph.h"

namespace slotproof::graphs {

inline constexpr std::uint32_t kUnbounded = std::numeric_limits<std::uint32_t>::max();

// Of a graph, in the order of its nodes that needs the fewest. An order has
//   - a preemption where another thread goes on although the one that ran last could have
//     (Musuvathi and Qadeer, Iterative context bounding, PLDI 2007), and
//   - a stale read where a read is given another store than the newest in modification order so
//     far.
// A graph is sequentially consistent if an order has no stale read and no store that precedes, in
// modification order, one that came before it: then all threads take turns at one memory. To have
// no stale read is not enough: stores that nobody reads may be ordered as they like.
struct Bounds {
  std::uint32_t preemptions = kUnbounded;
  std::uint32_t stale_reads = kUnbounded;
  bool sequentially_consistent = false;

  bool any() const {
    return preemptions != kUnbounded || stale_reads != kUnbounded || sequentially_consistent;
  }
};

// Whether the graph has an order within each of the bounds (not necessarily the same order for
// all). Takes time and memory exponential in the number of threads, and none for no bound.
bool within(const Graph& graph, const Bounds& bounds);

}  // namespace slotproof::graphs
