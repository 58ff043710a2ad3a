// The execution graph of a run: its atomic accesses and lockings, and the relations between them.
//
// Two runs are equivalent if their graphs are equal: if the same accesses of the same threads read
// from the same stores, each location has the same modification order, and each mutex was taken in
// the same order. Then they differ in nothing that a thread could see. Plain accesses need no
// nodes: without a data race what they read follows, and with one the program is wrong.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "machine/clock.h"
#include "machine/event.h"
#include "machine/observer.h"

namespace slotproof::graphs {

using machine::ThreadId;

using NodeIndex = std::int32_t;
inline constexpr NodeIndex kInitial = -1;  // the initial store of a location; no locking before

enum class NodeKind : std::uint8_t {
  kRead,    // load, or compare-exchange that does not store
  kWrite,   // store
  kUpdate,  // read-modify-write that stores
  kLock,
  kLockShared,
  kWait,  // a thread is made to lock a mutex behind another: no event
};

constexpr bool reads(NodeKind k) { return k == NodeKind::kRead || k == NodeKind::kUpdate; }
constexpr bool writes(NodeKind k) { return k == NodeKind::kWrite || k == NodeKind::kUpdate; }
constexpr bool locks(NodeKind k) { return k == NodeKind::kLock || k == NodeKind::kLockShared; }

// How many nodes of each thread precede a node by sequenced-before and reads-from (the order of a
// mutex included): its causes. They must have happened for it to happen as it did.
struct Causes {
  std::array<std::uint16_t, machine::kMaxThreads> of{};

  friend auto operator<=>(const Causes&, const Causes&) = default;

  bool have(ThreadId thread, std::uint32_t index) const { return of[thread] >= index; }
  bool have(const Causes& other) const {
    return std::ranges::equal(of, other.of, std::ranges::greater_equal());
  }
  void join(const Causes& other) { machine::join_into(of, other.of); }
};

// Which node was added when: a node that reads from one added later was made to do so since.
using Stamp = std::uint32_t;

struct Node {
  NodeKind kind{};
  ThreadId thread = 0;
  bool spurious = false;        // a compare-exchange that failed although it could have succeeded
  bool shared = false;          // kLockShared, and a kWait for that
  std::uint16_t index = 0;      // of its thread's nodes, counted from 1
  std::uint32_t object = 0;     // its location or mutex
  NodeIndex from = kInitial;    // the store that it reads; kWait: the locking that comes before
  NodeIndex behind = kInitial;  // kWrite: the store that it followed when it was added
  NodeIndex oldest = kInitial;  // atomics: coherence leaves it nothing older
  std::uint32_t place = 0;      // stores: in modification order, from 1
  Stamp stamp = 0;
  Stamp write_stamp = 0;  // of the store: kUpdate may have been made to read another since
  Causes causes;          // itself included
};

// A locking of a mutex, and what its holder handed over when it gave the mutex back.
struct Locking {
  NodeIndex node = kInitial;
  bool released = false;
  Causes handed;
};

// The graph of a run that goes on. Keeps its memory from run to run.
class Graph {
 public:
  void reset();

  const std::vector<Node>& nodes() const { return nodes_; }
  const Node& operator[](NodeIndex n) const { return nodes_[static_cast<std::size_t>(n)]; }
  NodeIndex size() const { return static_cast<NodeIndex>(nodes_.size()); }

  // Locations are numbered below this.
  std::uint32_t locations() const { return static_cast<std::uint32_t>(used_locations_); }
  // Modification order of a location, without the initial store.
  const std::vector<NodeIndex>& order(std::uint32_t location) const {
    return locations_[location].order;
  }
  // What read or stored there, in the order in which it was added.
  const std::vector<NodeIndex>& accesses(std::uint32_t location) const {
    return locations_[location].accesses;
  }
  // Lockings of a mutex, in order, and waits for it.
  const std::vector<Locking>& lockings(std::uint32_t mutex) const {
    return mutexes_[mutex].lockings;
  }
  const std::vector<NodeIndex>& waits(std::uint32_t mutex) const { return mutexes_[mutex].waits; }

  std::uint32_t place(NodeIndex store) const {
    return store == kInitial ? 0 : (*this)[store].place;
  }
  // Which read-modify-write reads `store` of the location, or kInitial.
  NodeIndex taker(std::uint32_t location, NodeIndex store) const;

  // What precedes the next node of the thread.
  const Causes& causes(ThreadId thread) const { return threads_[thread].causes; }
  // The newest node of the thread, or kInitial.
  NodeIndex last(ThreadId thread) const { return threads_[thread].last; }

  // The node of a store by its event.
  NodeIndex node_of(machine::EventIndex store) const {
    return store == machine::kNoEvent ? kInitial : node_of_event_[store];
  }
  // The number of a mutex in this run.
  std::uint32_t mutex(const void* address);

  // Each adds a node; `event` is the access's.
  NodeIndex add_read(ThreadId thread, std::uint32_t location, NodeIndex from, NodeIndex oldest);
  NodeIndex add_write(ThreadId thread, std::uint32_t location, NodeIndex behind, NodeIndex oldest,
                      machine::EventIndex event);
  NodeIndex add_update(ThreadId thread, std::uint32_t location, NodeIndex from, NodeIndex oldest,
                       machine::EventIndex event);
  NodeIndex add_lock(ThreadId thread, std::uint32_t mutex, bool shared);
  // The thread is to lock the mutex behind `locking`.
  NodeIndex add_wait(ThreadId thread, std::uint32_t mutex, bool shared, NodeIndex locking);

  void set_stamps(NodeIndex n, Stamp stamp, Stamp write_stamp) {
    nodes_[static_cast<std::size_t>(n)].stamp = stamp;
    nodes_[static_cast<std::size_t>(n)].write_stamp = write_stamp;
  }
  void set_spurious(NodeIndex n) { nodes_[static_cast<std::size_t>(n)].spurious = true; }

  void unlocked(ThreadId thread, std::uint32_t mutex, bool shared);
  void forked(ThreadId parent, ThreadId child);
  void joined(ThreadId joiner, ThreadId ended);
  void opened(ThreadId thread, const void* latch);
  void passed(ThreadId thread, const void* latch);

  // Whether a thread whose next node is `n` has to wait, when so many nodes of each thread have
  // happened: others hold the mutex that it wants, or it waits for a latch or the end of a thread.
  bool must_wait(NodeIndex n, const Causes& happened) const;

  // A number that equal graphs share, whatever the order in which their nodes were added. Waits,
  // which are no events, do not count.
  std::uint64_t fingerprint() const;

 private:
  struct Location {
    std::vector<NodeIndex> order;
    std::vector<NodeIndex> accesses;
  };
  struct Mutex {
    const void* address = nullptr;
    std::vector<Locking> lockings;
    std::vector<NodeIndex> waits;
    Causes exclusive;  // what the last exclusive holder hands over
    Causes shared;     // what those that shared it hand over to exclusive ones
  };
  struct Thread {
    Causes causes;
    NodeIndex last = kInitial;
  };
  // A thread that waits for more than a mutex.
  struct Join {
    ThreadId joiner;
    std::uint32_t index;  // of its next node
    Causes needed;
  };
  struct OpenLatch {
    const void* address;
    Causes handed;
  };

  void join(ThreadId joiner, const Causes& needed);
  NodeIndex add(NodeKind kind, ThreadId thread, std::uint32_t object);
  void cause(NodeIndex n, const Causes& causes);
  void insert(NodeIndex n, NodeIndex behind, machine::EventIndex event);
  Location& location(std::uint32_t number);
  Node& at(NodeIndex n) { return nodes_[static_cast<std::size_t>(n)]; }

  std::vector<Node> nodes_;
  std::vector<Location> locations_;  // the first used_locations_ are in use
  std::size_t used_locations_ = 0;
  std::vector<Mutex> mutexes_;
  std::size_t used_mutexes_ = 0;
  std::array<Thread, machine::kMaxThreads> threads_;
  std::vector<Join> joins_;
  std::vector<OpenLatch> latches_;
  std::vector<NodeIndex> node_of_event_;
};

}  // namespace slotproof::graphs
