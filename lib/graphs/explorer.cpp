#include "graphs/explorer.h"

#include <algorithm>
#include <array>
#include <utility>

namespace slotproof::graphs {

// A graph on the way to another has besides what both have only nodes added in the plainest way.
// Run behind the others they read what is newest, and cost each thread one preemption at most: the
// slack of Marmanis, Kokologiannakis, Vafeiadis (Reconciling Preemption Bounding with DPOR, TACAS
// 2023), taken more widely.
Explorer::Explorer(machine::Machine& machine, const Bounds& bounds)
    : machine_(machine), bounds_(bounds), slack_(bounds) {
  if (slack_.preemptions < kUnbounded - machine::kMaxThreads) {
    slack_.preemptions += machine::kMaxThreads;
  }
  machine_.set_observer(this);
}

Explorer::~Explorer() { machine_.set_observer(nullptr); }

bool Explorer::next() {
  if (stack_.empty()) return false;
  spare_.push_back(std::move(script_));
  script_ = std::move(stack_.back());
  stack_.pop_back();
  graph_.reset();
  begun_ = 1;
  wishes_.clear();
  next_stamp_ = 1;
  for (const Step& s : script_) {
    next_stamp_ = std::max({next_stamp_, s.stamp + 1, s.write_stamp + 1});
  }
  end_ = End::kComplete;
  return true;
}

void Explorer::note(End end) {
  end_ = end;
  switch (end) {
    case End::kComplete: break;
    case End::kBlocked: ++blocked_; break;
    case End::kOutOfBounds: ++out_of_bounds_; break;
    case End::kDiverged: ++diverged_; break;
  }
}

void Explorer::abandon(End end) {
  note(end);
  machine_.abandon("no execution");
}

std::uint32_t Explorer::choose(std::uint32_t /*bound*/, choice::Kind kind) {
  return kind == choice::Kind::kSpurious ? (fails_spuriously_ ? 1 : 0) : answer_;
}

std::uint32_t Explorer::choose_thread(std::span<const ThreadId> threads) {
  return static_cast<std::uint32_t>(std::ranges::find(threads, next_) - threads.begin());
}

// ---- What happens next ----

// Along the script; then always the first thread that can go on, so that the order in which nodes
// are added is a function of the graph.
void Explorer::before_switch(machine::Threads threads) {
  while (replays() && step().kind == NodeKind::kWait) {
    const Step& s = step();
    stamp(graph_.add_wait(s.thread, graph_[s.ref].object, s.shared, s.ref), &s);
  }
  if (replays()) {
    next_ = step().thread;
    if (!machine::has(threads, next_)) {
      // Its parent may not have come to fork it: before a thread's first access there is no node.
      if ((threads & ~begun_) == 0) abandon(End::kDiverged);
      next_ = machine::lowest(threads & ~begun_);
    }
  } else {
    if (bounds_.any()) keep_within(threads == 0);
    if (threads == 0) {
      for (const Wish& wish : wishes_) push_displaced(wish.thread, wish.mutex, wish.shared);
      return;
    }
    next_ = machine::lowest(threads);
  }
  begun_ |= machine::only(next_);
}

// Leaves the run if what it repeats is too far from the plainest, or all of it is.
void Explorer::keep_within(bool ends) {
  const bool repeated = graph_.size() == static_cast<NodeIndex>(script_.size());
  if (repeated && !within(graph_, slack_)) abandon(End::kOutOfBounds);
  if (ends && !within(graph_, bounds_)) note(End::kOutOfBounds);
}

void Explorer::stamp(NodeIndex n, const Step* step) {
  if (step == nullptr) {
    graph_.set_stamps(n, next_stamp_, next_stamp_);
    ++next_stamp_;
  } else if (step->fresh) {
    graph_.set_stamps(n, step->stamp, next_stamp_++);
  } else {
    graph_.set_stamps(n, step->stamp, step->write_stamp);
  }
}

void Explorer::before_read(const machine::ReadQuestion& q) {
  const ThreadId thread = q.access.thread;
  const NodeIndex oldest = graph_.node_of(q.oldest);
  const Step* const s = replays() ? &step() : nullptr;
  answer_ = 0;
  fails_spuriously_ = false;
  if (s != nullptr) {
    if (s->thread != thread || !reads(s->kind)) abandon(End::kDiverged);
    while (answer_ < q.offers.size() && graph_.node_of(q.offers[answer_].store) != s->ref) {
      ++answer_;
    }
    if (answer_ == q.offers.size()) abandon(End::kBlocked);
    fails_spuriously_ = s->spurious;
    const machine::Offer& offer = q.offers[answer_];
    if (s->revisited && offer.writes && offer.spurious && !s->spurious) {
      push_extended({.kind = NodeKind::kRead,
                     .thread = thread,
                     .spurious = true,
                     .ref = s->ref,
                     .stamp = s->stamp});
    }
  } else {
    push_others(q, oldest);
  }
  const machine::Offer& offer = q.offers[answer_];
  const NodeIndex from = graph_.node_of(offer.store);
  if (offer.writes && !fails_spuriously_) {
    const NodeIndex n = graph_.add_update(thread, q.location, from, oldest, q.access.event);
    stamp(n, s);
    if (s == nullptr || s->fresh) {
      Candidate candidate{.node = n,
                          .thread = thread,
                          .kind = NodeKind::kUpdate,
                          .object = q.location,
                          .from = from,
                          .oldest = oldest,
                          .causes = graph_[n].causes};
      --candidate.causes.of[thread];
      push_revisits(candidate);
    }
  } else {
    const NodeIndex n = graph_.add_read(thread, q.location, from, oldest);
    if (fails_spuriously_ || (!offer.writes && offer.spurious)) graph_.set_spurious(n);
    if (s != nullptr) {
      graph_.set_stamps(n, s->stamp, s->stamp);
    } else {
      stamp(n, nullptr);
    }
  }
}

// All that a new read may do besides reading the newest store: read others, fail, take a store that
// was taken.
void Explorer::push_others(const machine::ReadQuestion& q, NodeIndex oldest) {
  const ThreadId thread = q.access.thread;
  for (std::size_t i = q.offers.size(); i-- > 0;) {
    const machine::Offer& offer = q.offers[i];
    Step other{.kind = NodeKind::kRead,
               .thread = thread,
               .ref = graph_.node_of(offer.store),
               .stamp = next_stamp_,
               .write_stamp = next_stamp_};
    if (offer.spurious && (i > 0 || offer.writes)) {
      other.spurious = true;
      push_extended(other);
    }
    if (i == 0 || (offer.spurious && !offer.writes)) continue;
    other.spurious = false;
    other.fresh = offer.writes;
    push_extended(other);
  }
  for (const machine::EventIndex store : q.taken) {
    const NodeIndex from = graph_.node_of(store);
    Candidate candidate{.thread = thread,
                        .kind = NodeKind::kUpdate,
                        .object = q.location,
                        .from = from,
                        .oldest = oldest,
                        .causes = graph_.causes(thread)};
    if (from != kInitial) candidate.causes.join(graph_[from].causes);
    push_revisits(candidate);
  }
}

void Explorer::before_place(const machine::PlaceQuestion& q) {
  const ThreadId thread = q.access.thread;
  const NodeIndex oldest = graph_.node_of(q.oldest);
  const Step* const s = replays() ? &step() : nullptr;
  answer_ = 0;
  if (s != nullptr) {
    if (s->thread != thread || s->kind != NodeKind::kWrite) abandon(End::kDiverged);
    while (answer_ < q.behind.size() && graph_.node_of(q.behind[answer_]) != s->ref) ++answer_;
    if (answer_ == q.behind.size()) abandon(End::kBlocked);
  } else {
    for (std::size_t i = q.behind.size(); i-- > 1;) {
      push_extended({.kind = NodeKind::kWrite,
                     .thread = thread,
                     .ref = graph_.node_of(q.behind[i]),
                     .stamp = next_stamp_,
                     .write_stamp = next_stamp_});
    }
  }
  const NodeIndex behind = graph_.node_of(q.behind[answer_]);
  const NodeIndex n = graph_.add_write(thread, q.location, behind, oldest, q.access.event);
  stamp(n, s);
  if (s == nullptr) {
    Candidate candidate{.node = n,
                        .thread = thread,
                        .kind = NodeKind::kWrite,
                        .object = q.location,
                        .oldest = oldest,
                        .causes = graph_[n].causes};
    --candidate.causes.of[thread];
    push_revisits(candidate);
  }
}

void Explorer::locked(ThreadId thread, const void* address, bool shared) {
  const std::uint32_t mutex = graph_.mutex(address);
  const Step* const s = replays() ? &step() : nullptr;
  if (s != nullptr && (s->thread != thread || !locks(s->kind))) abandon(End::kDiverged);
  std::erase_if(wishes_, [&](const Wish& wish) { return wish.thread == thread; });
  if (s == nullptr) push_displaced(thread, mutex, shared);
  stamp(graph_.add_lock(thread, mutex, shared), s);
}

void Explorer::waits(ThreadId thread, const void* address, bool shared) {
  if (replays()) abandon(End::kDiverged);
  wishes_.push_back({thread, graph_.mutex(address), shared});
}

void Explorer::unlocked(ThreadId thread, const void* address, bool shared) {
  graph_.unlocked(thread, graph_.mutex(address), shared);
}

// ---- Graphs to come ----

Explorer::Step Explorer::step_of(const Node& node) const {
  const NodeIndex ref = node.kind == NodeKind::kWrite ? node.behind : node.from;
  return {.kind = node.kind,
          .thread = node.thread,
          .spurious = node.spurious,
          .shared = node.shared,
          .ref = ref,
          .stamp = node.stamp,
          .write_stamp = node.write_stamp};
}

// With the memory of one that was run.
Explorer::Script Explorer::empty_script() {
  Script script;
  if (!spare_.empty()) {
    script = std::move(spare_.back());
    spare_.pop_back();
    script.clear();
  }
  return script;
}

void Explorer::push_extended(const Step& step) {
  Script script = empty_script();
  for (const Node& node : graph_.nodes()) script.push_back(step_of(node));
  script.push_back(step);
  stack_.push_back(std::move(script));
}

// For each read that the store might have been read by, had it come earlier.
void Explorer::push_revisits(const Candidate& store) {
  if (store.object >= graph_.locations()) return;
  const std::vector<NodeIndex>& order = graph_.order(store.object);
  for (const NodeIndex r : graph_.accesses(store.object)) {
    const Node& reader = graph_[r];
    if (r == store.node || !reads(reader.kind) || store.causes.have(reader.thread, reader.index)) {
      continue;
    }
    const Cut cut{store, r, reader.stamp};
    if (!may_cut(cut)) continue;
    std::array further = {Step{.kind = store.kind,
                               .thread = store.thread,
                               .stamp = next_stamp_,
                               .write_stamp = next_stamp_},
                          Step{.kind = NodeKind::kRead,
                               .thread = reader.thread,
                               .fresh = true,
                               .revisited = true,
                               .ref = kInitial,
                               .stamp = reader.stamp}};
    if (store.node != kInitial) {
      further[0].stamp = graph_[store.node].stamp;
      further[0].write_stamp = graph_[store.node].write_stamp;
    }
    const auto push_behind = [&](NodeIndex before) {
      if (graph_.place(before) < graph_.place(reader.oldest)) return;
      const NodeIndex taker = graph_.taker(store.object, before);
      if (taker != kInitial && taker != store.node && taker != r &&
          (store.kind == NodeKind::kUpdate ? kept(cut, taker) : keeps_store(cut, taker))) {
        return;
      }
      further[0].ref = before;
      push_cut(cut, further);
    };
    if (store.kind == NodeKind::kUpdate) {
      push_behind(store.from);
      continue;
    }
    for (std::size_t place = graph_.place(store.oldest); place <= order.size(); ++place) {
      const NodeIndex before = place == 0 ? kInitial : order[place - 1];
      if (before == store.node || (before != kInitial && !keeps_store(cut, before))) continue;
      if (before == r) continue;
      push_behind(before);
    }
  }
}

// For each other that locked the mutex, before it did. Two that share it have no order.
void Explorer::push_displaced(ThreadId thread, std::uint32_t mutex, bool shared) {
  for (const Locking& locking : graph_.lockings(mutex)) {
    const Node& other = graph_[locking.node];
    if (other.thread == thread || (shared && other.shared)) continue;
    left_behind_.clear();
    push_before(locking.node,
                {.thread = thread,
                 .kind = shared ? NodeKind::kLockShared : NodeKind::kLock,
                 .object = mutex,
                 .causes = graph_.causes(thread)},
                0);
  }
}

// Before `displaced`, and behind each subset of those that shared the mutex with it: they were
// added later and need not have been. `decided`: of so many lockings it is known whether they come
// before; those which do not are left behind.
void Explorer::push_before(NodeIndex displaced, const Candidate& locking, std::size_t decided) {
  const Node& after = graph_[displaced];
  const bool shared = locking.kind == NodeKind::kLockShared;
  Candidate candidate = locking;
  if (!follow_lockings(candidate, displaced, shared)) return;
  const auto comes_before = [&](NodeIndex n) {
    return candidate.causes.have(graph_[n].thread, graph_[n].index);
  };
  if (std::ranges::any_of(left_behind_, comes_before)) return;
  const std::vector<Locking>& lockings = graph_.lockings(candidate.object);
  const std::size_t left_behind = left_behind_.size();
  for (; decided < lockings.size(); ++decided) {
    const Locking& other = lockings[decided];
    const Node& node = graph_[other.node];
    if (shared || !after.shared || !node.shared || node.stamp <= after.stamp) continue;
    if (comes_before(other.node) || node.causes.have(after.thread, after.index)) continue;
    if (other.released) {
      Candidate behind = candidate;
      behind.causes.join(other.handed);
      push_before(displaced, behind, decided + 1);
    }
    left_behind_.push_back(other.node);
  }
  left_behind_.resize(left_behind);
  const Cut cut{candidate, displaced, after.stamp};
  if (!may_cut(cut)) return;
  const std::array further = {Step{.kind = candidate.kind,
                                   .thread = candidate.thread,
                                   .shared = shared,
                                   .stamp = next_stamp_,
                                   .write_stamp = next_stamp_},
                              Step{.kind = NodeKind::kWait,
                                   .thread = after.thread,
                                   .shared = after.shared,
                                   .stamp = after.stamp,
                                   .write_stamp = after.stamp}};
  push_cut(cut, further);
}

// Adds to the causes of a locking that is to come before `displaced` the lockings before it that
// keep it out, and that they were over. Gives false if it cannot come before.
bool Explorer::follow_lockings(Candidate& candidate, NodeIndex displaced, bool shared) const {
  const Node& after = graph_[displaced];
  for (bool more = true; more;) {
    more = false;
    if (candidate.causes.have(after.thread, after.index)) return false;
    for (const Locking& locking : graph_.lockings(candidate.object)) {
      const Node& node = graph_[locking.node];
      if (locking.node == displaced) continue;
      if (shared && node.shared) continue;
      if (node.stamp >= after.stamp && !candidate.causes.have(node.thread, node.index)) continue;
      if (!locking.released) return false;
      if (candidate.causes.have(node.thread, locking.handed.of[node.thread])) continue;
      candidate.causes.join(locking.handed);
      more = true;
    }
  }
  return true;
}

// Pushes what the cut leaves, and behind it the store, and the reader that reads it.
void Explorer::push_cut(const Cut& cut, std::span<const Step> further) {
  Script script = empty_script();
  const auto renamed = [&](NodeIndex n) {
    return n == kInitial ? kInitial : renamed_[static_cast<std::size_t>(n)];
  };
  renamed_.assign(static_cast<std::size_t>(graph_.size()), kInitial);
  const auto keep = [&](NodeIndex n) {
    renamed_[static_cast<std::size_t>(n)] = static_cast<NodeIndex>(script.size());
    Step step = step_of(graph_[n]);
    step.ref = renamed(step.ref);
    script.push_back(step);
  };
  for (NodeIndex n = 0; n < graph_.size(); ++n) {
    if (n == cut.reader || n == cut.store.node || !kept(cut, n)) continue;
    if (graph_[n].kind != NodeKind::kUpdate || keeps_store(cut, n)) keep(n);
  }
  script.push_back(further[0]);
  if (!locks(further[0].kind)) script.back().ref = renamed(further[0].ref);
  script.push_back(further[1]);
  script.back().ref = static_cast<NodeIndex>(script.size()) - 2;
  for (NodeIndex n = 0; n < graph_.size(); ++n) {
    if (n == cut.reader || n == cut.store.node || !kept(cut, n)) continue;
    if (graph_[n].kind != NodeKind::kUpdate || keeps_store(cut, n)) continue;
    keep(n);
    script.back().fresh = true;
  }
  stack_.push_back(std::move(script));
}

// ---- What a cut leaves ----

bool Explorer::kept(const Cut& cut, NodeIndex n) const {
  const Node& node = graph_[n];
  return node.stamp < cut.stamp || cut.store.causes.have(node.thread, node.index);
}

// Of an update that is kept the store may be cut off, to be added anew.
bool Explorer::keeps_store(const Cut& cut, NodeIndex n) const {
  const Node& node = graph_[n];
  return node.write_stamp < cut.stamp || cut.store.causes.have(node.thread, node.index);
}

// Whether the node had been added before `stamp`, or would have been for the sake of the store.
bool Explorer::previous(const Cut& cut, NodeIndex n, Stamp stamp) const {
  const Node& node = graph_[n];
  return node.stamp <= stamp || cut.store.causes.have(node.thread, node.index);
}

bool Explorer::previous_store(const Cut& cut, NodeIndex n, Stamp stamp) const {
  const Node& node = graph_[n];
  return node.write_stamp <= stamp || cut.store.causes.have(node.thread, node.index);
}

// Whether all that is cut away was added in the plainest way: then, and only then, the graph that
// is left has this predecessor.
bool Explorer::may_cut(const Cut& cut) const {
  for (NodeIndex n = 0; n < graph_.size(); ++n) {
    if (n == cut.store.node) continue;
    const Node& node = graph_[n];
    if (n != cut.reader && kept(cut, n)) {
      if (node.kind == NodeKind::kUpdate && !keeps_store(cut, n) && !plain_store(cut, n)) {
        return false;
      }
      continue;
    }
    if (reads(node.kind) && !plain_read(cut, n)) return false;
    if (writes(node.kind) && !plain_store(cut, n)) return false;
    if (!reads(node.kind) && !writes(node.kind) && !plain_locking(cut, n)) return false;
  }
  return true;
}

// It read the newest store of those there were.
bool Explorer::plain_read(const Cut& cut, NodeIndex n) const {
  const Node& node = graph_[n];
  if (node.spurious) return false;
  const std::vector<NodeIndex>& order = graph_.order(node.object);
  for (std::size_t place = graph_.place(node.from); place < order.size(); ++place) {
    if (order[place] != n && order[place] != cut.store.node &&
        previous_store(cut, order[place], node.stamp)) {
      return false;
    }
  }
  return true;
}

// It was the newest store, and nobody had been made to read it.
bool Explorer::plain_store(const Cut& cut, NodeIndex n) const {
  const Node& node = graph_[n];
  for (const NodeIndex reader : graph_.accesses(node.object)) {
    if (reader == n || reader == cut.store.node || !reads(graph_[reader].kind)) continue;
    if (graph_[reader].from == n && previous(cut, reader, node.write_stamp)) return false;
  }
  const std::vector<NodeIndex>& order = graph_.order(node.object);
  for (std::size_t place = node.place; place < order.size(); ++place) {
    if (order[place] != cut.store.node && previous_store(cut, order[place], node.write_stamp)) {
      return false;
    }
  }
  return true;
}

// It was the newest of the lockings that it has an order with, and nobody had been made to wait for
// it. A wait only says that it comes later than another, as it does in all that precedes.
bool Explorer::plain_locking(const Cut& cut, NodeIndex n) const {
  const Node& node = graph_[n];
  if (node.kind == NodeKind::kWait) return true;
  for (const Locking& locking : graph_.lockings(node.object)) {
    if (node.shared && graph_[locking.node].shared) continue;
    if (locking.node > n && previous(cut, locking.node, node.stamp)) return false;
  }
  return std::ranges::none_of(graph_.waits(node.object), [&](NodeIndex wait) {
    return graph_[wait].from == n && previous(cut, wait, node.stamp);
  });
}

}  // namespace slotproof::graphs
