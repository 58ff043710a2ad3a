#include "graphs/bounds.h"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <vector>

namespace slotproof::graphs {
namespace {

// How many nodes of each thread are done, and which thread ran last.
struct Progress {
  Causes done;
  ThreadId last = 0;

  friend auto operator<=>(const Progress&, const Progress&) = default;
};

enum class Cost : std::uint8_t { kPreemption, kStaleRead, kDisorder };

// Looks for an order of the nodes that costs at most `most`: along orders that cost the same first,
// so that each progress is reached at its lowest cost (0-1 breadth-first search).
class Search {
 public:
  Search(const Graph& graph, Cost cost) : graph_(graph), cost_(cost) {
    for (NodeIndex n = 0; n < graph.size(); ++n) nodes_[graph[n].thread].push_back(n);
  }

  bool within(std::uint32_t most) {
    std::deque<std::pair<Progress, std::uint32_t>> open = {{Progress{}, 0}};
    std::map<Progress, std::uint32_t> best = {{Progress{}, 0}};
    while (!open.empty()) {
      const auto [at, cost] = open.front();
      open.pop_front();
      if (best.at(at) < cost) continue;
      if (ended(at)) return true;
      for (int t = 0; t < machine::kMaxThreads; ++t) {
        const auto thread = static_cast<ThreadId>(t);
        if (!can_go_on(at, thread)) continue;
        const std::uint32_t next_cost = cost + (costs(at, thread) ? 1 : 0);
        if (next_cost > most) continue;
        Progress next = at;
        ++next.done.of[thread];
        next.last = thread;
        const auto [known, is_new] = best.try_emplace(next, next_cost);
        if (!is_new && known->second <= next_cost) continue;
        known->second = next_cost;
        if (next_cost == cost) {
          open.emplace_front(next, next_cost);
        } else {
          open.emplace_back(next, next_cost);
        }
      }
    }
    return false;
  }

 private:
  bool ended(const Progress& at, ThreadId thread) const {
    return at.done.of[thread] == nodes_[thread].size();
  }
  bool ended(const Progress& at) const {
    for (int t = 0; t < machine::kMaxThreads; ++t) {
      if (!ended(at, static_cast<ThreadId>(t))) return false;
    }
    return true;
  }
  NodeIndex next_of(const Progress& at, ThreadId thread) const {
    return nodes_[thread][at.done.of[thread]];
  }

  bool can_go_on(const Progress& at, ThreadId thread) const {
    if (ended(at, thread)) return false;
    const Causes& causes = graph_[next_of(at, thread)].causes;
    for (int t = 0; t < machine::kMaxThreads; ++t) {
      if (t != thread && causes.of[t] > at.done.of[t]) return false;
    }
    return true;
  }

  bool costs(const Progress& at, ThreadId thread) const {
    if (cost_ == Cost::kPreemption) {
      return thread != at.last && !ended(at, at.last) &&
             !graph_.must_wait(next_of(at, at.last), at.done);
    }
    const Node& node = graph_[next_of(at, thread)];
    if (reads(node.kind)) return overtaken(at, node.object, graph_.place(node.from));
    return cost_ == Cost::kDisorder && writes(node.kind) && overtaken(at, node.object, node.place);
  }

  // Whether a store behind that place in the modification order is done.
  bool overtaken(const Progress& at, std::uint32_t location, std::uint32_t place) const {
    const std::vector<NodeIndex>& order = graph_.order(location);
    return std::any_of(order.begin() + place, order.end(), [&](NodeIndex n) {
      return at.done.have(graph_[n].thread, graph_[n].index);
    });
  }

  const Graph& graph_;
  Cost cost_;
  std::array<std::vector<NodeIndex>, machine::kMaxThreads> nodes_;
};

}  // namespace

bool within(const Graph& graph, const Bounds& bounds) {
  return (bounds.preemptions == kUnbounded ||
          Search(graph, Cost::kPreemption).within(bounds.preemptions)) &&
         (bounds.stale_reads == kUnbounded ||
          Search(graph, Cost::kStaleRead).within(bounds.stale_reads)) &&
         (!bounds.sequentially_consistent || Search(graph, Cost::kDisorder).within(0));
}

}  // namespace slotproof::graphs
