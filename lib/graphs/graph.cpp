#include "graphs/graph.h"

#include <algorithm>

namespace slotproof::graphs {
namespace {

std::uint64_t mix(std::uint64_t h) {
  h ^= h >> 31;
  h *= 0x7fb5d329728ea185u;
  h ^= h >> 27;
  h *= 0x81dadef4bc2dd44du;
  return h ^ (h >> 33);
}

std::uint64_t mix(std::uint64_t a, std::uint64_t b) { return mix(a * 0x9e3779b97f4a7c15u + b); }

}  // namespace

void Graph::reset() {
  nodes_.clear();
  for (std::size_t l = 0; l < used_locations_; ++l) {
    locations_[l].order.clear();
    locations_[l].accesses.clear();
  }
  for (std::size_t m = 0; m < used_mutexes_; ++m) {
    mutexes_[m].lockings.clear();
    mutexes_[m].waits.clear();
    mutexes_[m].exclusive = {};
    mutexes_[m].shared = {};
  }
  used_locations_ = 0;
  used_mutexes_ = 0;
  threads_ = {};
  joins_.clear();
  latches_.clear();
}

Graph::Location& Graph::location(std::uint32_t number) {
  if (number >= used_locations_) {
    used_locations_ = number + 1;
    if (locations_.size() < used_locations_) locations_.resize(used_locations_);
  }
  return locations_[number];
}

std::uint32_t Graph::mutex(const void* address) {
  for (std::size_t m = 0; m < used_mutexes_; ++m) {
    if (mutexes_[m].address == address) return static_cast<std::uint32_t>(m);
  }
  if (used_mutexes_ == mutexes_.size()) mutexes_.emplace_back();
  mutexes_[used_mutexes_].address = address;
  return static_cast<std::uint32_t>(used_mutexes_++);
}

NodeIndex Graph::taker(std::uint32_t location, NodeIndex store) const {
  const std::vector<NodeIndex>& order = locations_[location].order;
  const std::uint32_t next = place(store);  // places count from 1: the one behind it
  if (next >= order.size()) return kInitial;
  const Node& node = (*this)[order[next]];
  return node.kind == NodeKind::kUpdate && node.from == store ? order[next] : kInitial;
}

NodeIndex Graph::add(NodeKind kind, ThreadId thread, std::uint32_t object) {
  const NodeIndex n = size();
  Thread& t = threads_[thread];
  Node& node = nodes_.emplace_back();
  node.kind = kind;
  node.thread = thread;
  node.object = object;
  node.index = ++t.causes.of[thread];
  node.causes = t.causes;
  t.last = n;
  return n;
}

void Graph::cause(NodeIndex n, const Causes& causes) {
  at(n).causes.join(causes);
  threads_[at(n).thread].causes = at(n).causes;
}

void Graph::insert(NodeIndex n, NodeIndex behind, machine::EventIndex event) {
  std::vector<NodeIndex>& order = locations_[at(n).object].order;
  order.insert(order.begin() + place(behind), n);
  for (std::size_t p = place(behind); p < order.size(); ++p) {
    at(order[p]).place = static_cast<std::uint32_t>(p + 1);
  }
  if (event >= node_of_event_.size()) node_of_event_.resize(event + 256);
  node_of_event_[event] = n;
}

NodeIndex Graph::add_read(ThreadId thread, std::uint32_t where, NodeIndex from, NodeIndex oldest) {
  const NodeIndex n = add(NodeKind::kRead, thread, where);
  location(where).accesses.push_back(n);
  at(n).from = from;
  at(n).oldest = oldest;
  if (from != kInitial) cause(n, at(from).causes);
  return n;
}

NodeIndex Graph::add_write(ThreadId thread, std::uint32_t where, NodeIndex behind, NodeIndex oldest,
                           machine::EventIndex event) {
  const NodeIndex n = add(NodeKind::kWrite, thread, where);
  location(where).accesses.push_back(n);
  at(n).behind = behind;
  at(n).oldest = oldest;
  insert(n, behind, event);
  return n;
}

NodeIndex Graph::add_update(ThreadId thread, std::uint32_t where, NodeIndex from, NodeIndex oldest,
                            machine::EventIndex event) {
  const NodeIndex n = add(NodeKind::kUpdate, thread, where);
  location(where).accesses.push_back(n);
  at(n).from = from;
  at(n).oldest = oldest;
  if (from != kInitial) cause(n, at(from).causes);
  insert(n, from, event);
  return n;
}

NodeIndex Graph::add_lock(ThreadId thread, std::uint32_t mutex, bool shared) {
  const NodeIndex n = add(shared ? NodeKind::kLockShared : NodeKind::kLock, thread, mutex);
  at(n).shared = shared;
  Mutex& m = mutexes_[mutex];
  cause(n, m.exclusive);
  if (!shared) cause(n, m.shared);
  m.lockings.push_back({n, false, {}});
  return n;
}

NodeIndex Graph::add_wait(ThreadId thread, std::uint32_t mutex, bool shared, NodeIndex locking) {
  const NodeIndex n = add(NodeKind::kWait, thread, mutex);
  at(n).shared = shared;
  at(n).from = locking;
  cause(n, at(locking).causes);
  mutexes_[mutex].waits.push_back(n);
  return n;
}

void Graph::unlocked(ThreadId thread, std::uint32_t mutex, bool shared) {
  Mutex& m = mutexes_[mutex];
  for (auto locking = m.lockings.rbegin(); locking != m.lockings.rend(); ++locking) {
    const Node& node = at(locking->node);
    if (node.thread != thread || node.shared != shared || locking->released) continue;
    locking->released = true;
    locking->handed = threads_[thread].causes;
    (shared ? m.shared : m.exclusive).join(locking->handed);
    return;
  }
}

void Graph::forked(ThreadId parent, ThreadId child) {
  threads_[child].causes = threads_[parent].causes;
}

void Graph::join(ThreadId joiner, const Causes& needed) {
  Causes& causes = threads_[joiner].causes;
  joins_.push_back({joiner, causes.of[joiner] + 1U, needed});
  causes.join(needed);
}

void Graph::joined(ThreadId joiner, ThreadId ended) { join(joiner, threads_[ended].causes); }

void Graph::opened(ThreadId thread, const void* latch) {
  latches_.push_back({latch, threads_[thread].causes});
}

void Graph::passed(ThreadId thread, const void* latch) {
  join(thread, std::ranges::find(latches_, latch, &OpenLatch::address)->handed);
}

bool Graph::must_wait(NodeIndex n, const Causes& happened) const {
  const Node& node = (*this)[n];
  const auto holds = [&](const Locking& locking) {
    const Node& holder = (*this)[locking.node];
    if (holder.thread == node.thread || (node.shared && holder.shared)) return false;
    if (!happened.have(holder.thread, holder.index)) return false;
    return !locking.released || !happened.have(holder.thread, locking.handed.of[holder.thread]);
  };
  const bool locks_or_waits = locks(node.kind) || node.kind == NodeKind::kWait;
  if (locks_or_waits && std::ranges::any_of(mutexes_[node.object].lockings, holds)) return true;
  return std::ranges::any_of(joins_, [&](const Join& join) {
    return join.joiner == node.thread && join.index == node.index && !happened.have(join.needed);
  });
}

std::uint64_t Graph::fingerprint() const {
  // Names of nodes: the thread, and which of its events it is.
  std::array<std::uint32_t, machine::kMaxThreads> events{};
  std::vector<std::uint64_t> names;
  for (const Node& node : nodes_) {
    if (node.kind != NodeKind::kWait) ++events[node.thread];
    names.push_back(mix(node.thread, events[node.thread]));
  }
  const auto name = [&](NodeIndex n) {
    return n == kInitial ? std::uint64_t{1} : names[static_cast<std::size_t>(n)];
  };
  std::uint64_t sum = 0;
  for (NodeIndex n = 0; n < size(); ++n) {
    const Node& node = (*this)[n];
    std::uint64_t h = mix(name(n), static_cast<std::uint64_t>(node.kind));
    switch (node.kind) {
      case NodeKind::kRead: h = mix(h, mix(name(node.from), node.spurious ? 1 : 0)); break;
      case NodeKind::kWrite:
      case NodeKind::kUpdate: {
        const std::vector<NodeIndex>& order = locations_[node.object].order;
        h = mix(h, name(node.place == 1 ? kInitial : order[node.place - 2]));
        break;
      }
      case NodeKind::kLock:
      case NodeKind::kLockShared: {
        // The last exclusive locking before, and all that shared it since.
        std::uint64_t shares = 0;
        NodeIndex before = kInitial;
        for (const Locking& other : mutexes_[node.object].lockings) {
          if (other.node == n) break;
          if (!(*this)[other.node].shared) {
            before = other.node;
            shares = 0;
          } else if (!node.shared) {
            shares += mix(name(other.node));
          }
        }
        h = mix(mix(h, name(before)), shares);
        break;
      }
      case NodeKind::kWait: h = 0; break;
    }
    sum += h;
  }
  return sum;
}

}  // namespace slotproof::graphs
