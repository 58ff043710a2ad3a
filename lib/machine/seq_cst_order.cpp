#include "machine/seq_cst_order.h"

namespace slotproof::machine {

ScNode SeqCstOrder::add(ThreadId thread, const VectorClock& clock, bool fence, const Set& before) {
  const auto node = static_cast<ScNode>(nodes_.size());
  nodes_.push_back({thread, fence, clock.of[thread], clock, before});
  nodes_.back().up_to.add(node);
  return node;
}

void SeqCstOrder::order(const Set& before, ScNode after) {
  for (Node& node : nodes_) {
    if (node.up_to.has(after)) node.up_to.add(before);
  }
}

void SeqCstOrder::add_again(const Set& nodes, Set& into) const {
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    if (nodes.has(static_cast<ScNode>(n))) into.add(nodes_[n].up_to);
  }
}

void SeqCstOrder::add_strongly_before(ThreadId thread, const VectorClock& clock, Set& into) const {
  for (const Node& node : nodes_) {
    // Sequenced before, or: sequenced before something that happens before something sequenced
    // before
    // ([intro.races]/12). A node's synchronisation itself counts only between two seq_cst
    // operations, and those are coherence-ordered anyway; hence `<` and not `<=`.
    if (node.thread == thread || node.time < clock.of[node.thread]) into.add(node.up_to);
  }
}

void SeqCstOrder::add_fences_before(const VectorClock& clock, Set& into) const {
  for (const Node& node : nodes_) {
    if (node.fence && clock.knows(node.thread, node.time)) into.add(node.up_to);
  }
}

}  // namespace slotproof::machine
