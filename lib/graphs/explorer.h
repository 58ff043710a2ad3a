// Every execution graph of a program, once.
//
// The algorithm is TruSt (Kokologiannakis, Marmanis, Gladstein, Vafeiadis: Truly Stateless, Optimal
// Dynamic Partial Order Reduction, POPL 2022). A run adds nodes in a fixed order of the threads,
// each in its plainest way; where a read has other stores to read from, or a store other places in
// modification order, the same nodes with that difference are put on a stack. A store that comes
// after a read which might have read it is put before it: the graph is cut down to what preceded
// the read or caused the store. That is done only if what is cut away had been added in the
// plainest way, so that each graph has one predecessor, and is visited once. A graph is revived by
// running the program again along it, so nothing is kept but the stack.
//
// Mutexes are beyond the paper. A thread that locks one, or waits for it to the end, may have come
// before any other that has locked it: the other then waits, until the mutex is free again. Of
// several that share it each may be before the one that excludes them, or behind.
//
// Between accesses, what threads do must follow from what they read, or be ordered by it: then
// all that differs between runs with equal graphs is what nobody in the program can see. That
// includes which number a thread has: no two threads may fork others at the same time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "choice/source.h"
#include "graphs/bounds.h"
#include "graphs/graph.h"
#include "machine/machine.h"

namespace slotproof::graphs {

// Both the source of a run's choices and the observer of its machine. Use: run, `next()`, and again
// until that gives false.
class Explorer final : public choice::Source, public machine::Observer {
 public:
  // Makes itself the machine's observer, until it is destroyed. Leaves out no graph within the
  // bounds, and runs few that are not.
  explicit Explorer(machine::Machine& machine, const Bounds& bounds = {});
  ~Explorer() override;

  // Turns to the next graph. Gives false if there is none.
  bool next();

  // Whether the last run was an execution, within the bounds. If not it led nowhere, which seq_cst
  // operations alone can cause, or is out of bounds, or did not follow its own beginning.
  bool complete() const { return end_ == End::kComplete; }
  // How many runs were none; the last kind says that the program is not for this explorer.
  std::uint64_t blocked() const { return blocked_; }
  std::uint64_t out_of_bounds() const { return out_of_bounds_; }
  std::uint64_t diverged() const { return diverged_; }

  // The last run's.
  const Graph& graph() const { return graph_; }

  std::uint32_t choose(std::uint32_t bound, choice::Kind kind) override;
  std::uint32_t choose_thread(std::span<const ThreadId> threads) override;

  void before_switch(machine::Threads threads) override;
  void before_read(const machine::ReadQuestion& question) override;
  void before_place(const machine::PlaceQuestion& question) override;
  void locked(ThreadId thread, const void* mutex, bool shared) override;
  void waits(ThreadId thread, const void* mutex, bool shared) override;
  void unlocked(ThreadId thread, const void* mutex, bool shared) override;
  void opened(ThreadId thread, const void* latch) override { graph_.opened(thread, latch); }
  void passed(ThreadId thread, const void* latch) override { graph_.passed(thread, latch); }
  void forked(ThreadId parent, ThreadId child) override { graph_.forked(parent, child); }
  void joined(ThreadId joiner, ThreadId ended) override { graph_.joined(joiner, ended); }

 private:
  enum class End : std::uint8_t { kComplete, kBlocked, kOutOfBounds, kDiverged };

  // A node to come, and how. `ref` is the node that it reads from, follows or waits for.
  struct Step {
    NodeKind kind{};
    ThreadId thread = 0;
    bool spurious = false;
    bool shared = false;
    bool fresh = false;      // what it stores is new to the graph
    bool revisited = false;  // it was made to read from a store that came later
    NodeIndex ref = kInitial;
    Stamp stamp = 0;
    Stamp write_stamp = 0;
  };
  using Script = std::vector<Step>;

  // A store to be: one that was just added, or that an update would make if it read `from`.
  struct Candidate {
    NodeIndex node = kInitial;  // kInitial: not in the graph
    ThreadId thread = 0;
    NodeKind kind{};  // kWrite, kUpdate or a locking
    std::uint32_t object = 0;
    NodeIndex from = kInitial;    // kUpdate
    NodeIndex oldest = kInitial;  // kWrite
    Causes causes;                // without itself
  };

  // A mutex that a thread waits for.
  struct Wish {
    ThreadId thread;
    std::uint32_t mutex;
    bool shared;
  };

  // A graph cut down for a candidate that is to come before `reader`.
  struct Cut {
    const Candidate& store;
    NodeIndex reader;
    Stamp stamp;  // the reader's
  };

  bool replays() const { return graph_.size() < static_cast<NodeIndex>(script_.size()); }
  const Step& step() const { return script_[static_cast<std::size_t>(graph_.size())]; }
  void note(End end);
  [[noreturn]] void abandon(End end);
  void keep_within(bool ends);
  void stamp(NodeIndex n, const Step* step);

  Script empty_script();
  // Pushes the graph as it is with one more node.
  void push_extended(const Step& step);
  void push_others(const machine::ReadQuestion& question, NodeIndex oldest);
  void push_revisits(const Candidate& store);
  void push_displaced(ThreadId thread, std::uint32_t mutex, bool shared);
  void push_before(NodeIndex displaced, const Candidate& locking, std::size_t decided);
  bool follow_lockings(Candidate& candidate, NodeIndex displaced, bool shared) const;
  void push_cut(const Cut& cut, std::span<const Step> further);

  bool kept(const Cut& cut, NodeIndex n) const;
  bool keeps_store(const Cut& cut, NodeIndex n) const;
  bool previous(const Cut& cut, NodeIndex n, Stamp stamp) const;
  bool previous_store(const Cut& cut, NodeIndex n, Stamp stamp) const;
  bool may_cut(const Cut& cut) const;
  bool plain_read(const Cut& cut, NodeIndex n) const;
  bool plain_store(const Cut& cut, NodeIndex n) const;
  bool plain_locking(const Cut& cut, NodeIndex n) const;

  Step step_of(const Node& node) const;

  machine::Machine& machine_;
  Bounds bounds_;
  Bounds slack_;  // with what is allowed to graphs that are not complete
  Graph graph_;
  Script script_;
  std::vector<Script> stack_;
  std::vector<Script> spare_;  // their memory
  std::vector<NodeIndex> renamed_;
  std::vector<NodeIndex> left_behind_;
  Stamp next_stamp_ = 1;
  std::vector<Wish> wishes_;
  machine::Threads begun_ = 1;  // have run; the root has
  ThreadId next_ = 0;
  std::uint32_t answer_ = 0;
  bool fails_spuriously_ = false;
  End end_ = End::kComplete;
  std::uint64_t blocked_ = 0;
  std::uint64_t out_of_bounds_ = 0;
  std::uint64_t diverged_ = 0;
};

}  // namespace slotproof::graphs
