// The single total order S of all sequentially consistent operations ([atomics.order]/4).
//
// S is not the order of execution: it is kept as a partial order that grows by what each operation
// implies, and a choice that would close a cycle is never offered. Any total order that extends it
// is then a witness.
#pragma once

#include <cstdint>
#include <vector>

#include "machine/clock.h"
#include "machine/shadow.h"

namespace slotproof::machine {

using ScNode = std::int32_t;

class SeqCstOrder {
 public:
  // A set of nodes.
  class Set {
   public:
    bool has(ScNode n) const {
      const auto word = static_cast<std::size_t>(n) / 64;
      return word < words_.size() && ((words_[word] >> (n % 64)) & 1) != 0;
    }
    void add(ScNode n) {
      const auto word = static_cast<std::size_t>(n) / 64;
      if (word >= words_.size()) words_.resize(word + 1);
      words_[word] |= std::uint64_t{1} << (n % 64);
    }
    void add(const Set& other) {
      if (words_.size() < other.words_.size()) words_.resize(other.words_.size());
      for (std::size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
    }
    void clear() { words_.clear(); }

   private:
    std::vector<std::uint64_t> words_;
  };

  void reset() { nodes_.clear(); }

  // Whether any sequentially consistent operation was executed.
  bool active() const { return !nodes_.empty(); }

  // Adds an operation of `thread` at `clock` (what it knows), after all of `before` and their
  // predecessors.
  ScNode add(ThreadId thread, const VectorClock& clock, bool fence, const Set& before);

  // `node` and all that precede it in S.
  const Set& up_to(ScNode node) const { return nodes_[node].up_to; }

  // Orders all of `before` (which contains its own predecessors) before `after`. The caller has
  // made sure that this closes no cycle.
  void order(const Set& before, ScNode after);

  // Adds to `into` the nodes of a set made earlier, with all that precedes them by now.
  void add_again(const Set& nodes, Set& into) const;

  // Adds to `into`, with their predecessors, the nodes that strongly happen before the next event
  // of `thread`, which knows `clock`.
  void add_strongly_before(ThreadId thread, const VectorClock& clock, Set& into) const;

  // Adds to `into`, with their predecessors, the fences that happen before an event that knows
  // `clock`.
  void add_fences_before(const VectorClock& clock, Set& into) const;

  // Calls f(node) for each fence that the event of `thread` at `time` happens before.
  template <class F>
  void for_fences_after(ThreadId thread, Time time, F&& f) const {
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      if (nodes_[n].fence && nodes_[n].clock.knows(thread, time)) f(static_cast<ScNode>(n));
    }
  }

 private:
  struct Node {
    ThreadId thread;
    bool fence;
    Time time;
    VectorClock clock;
    Set up_to;
  };

  std::vector<Node> nodes_;
};

}  // namespace slotproof::machine
