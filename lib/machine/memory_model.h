// The C++20 memory model for atomic objects, executed one operation at a time.
//
// Each location keeps all its stores in modification order. A load may read any store that
// coherence and the seq_cst order leave it; a store may enter the modification order at any place
// they leave it. Which, the choice source says. Threads run in an order that extends
// sequenced-before and reads-from, so what this cannot produce is exactly what needs a cycle of the
// two (load buffering, values out of thin air). Axiom by axiom: MEMORY_MODEL.md.
#pragma once

#include <cstdint>
#include <vector>

#include "choice/source.h"
#include "machine/clock.h"
#include "machine/event.h"
#include "machine/observer.h"
#include "machine/seq_cst_order.h"
#include "machine/shadow.h"

namespace slotproof::machine {

// Counts up with each change of what executions a program has. Certificates name it.
inline constexpr int kMemoryModelVersion = 1;

// A value of up to 16 bytes; unused bytes are 0.
struct Bits {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  friend bool operator==(const Bits&, const Bits&) = default;
};

enum class RmwKind : std::uint8_t { kExchange, kAdd, kSub, kAnd, kOr, kXor, kNand };

// What an operation read and from where.
struct ReadResult {
  Bits value;
  EventIndex from = kNoEvent;  // the event that stored it; kNoEvent: the initial value
  std::uint32_t stale = 0;     // how many stores are newer
  bool stored = false;         // false only for a compare-exchange that failed, and loads
  Bits written;                // if stored
};

// Not thread-safe. Real memory at a location always holds the newest store in modification order,
// for code that reads it plainly.
class MemoryModel {
 public:
  // Forgets all locations and threads; thread 0 exists.
  void reset();

  // Is told of all questions about stores; may be null.
  void set_observer(Observer* observer) { observer_ = observer; }

  // Starts the clock of `child`: all that its parent did so far happens before it.
  void fork(ThreadId parent, ThreadId child);
  // All that `ended` did happens before what `joiner` does next.
  void join(ThreadId joiner, ThreadId ended);

  const VectorClock& clock(ThreadId thread) const { return threads_[thread].known; }
  Time now(ThreadId thread) const { return threads_[thread].known.of[thread]; }

  // Synchronisation by other means than atomics (mutexes). `release` gives what is to be handed
  // over.
  void acquire(ThreadId thread, const VectorClock& from) { threads_[thread].known.join(from); }
  VectorClock release(ThreadId thread);

  ReadResult load(Granule& granule, const AtomicAccess& access, choice::Source& source);
  // Gives how many stores it was put before in modification order.
  std::uint32_t store(Granule& granule, const AtomicAccess& access, Bits value,
                      choice::Source& source);
  ReadResult rmw(Granule& granule, const AtomicAccess& access, RmwKind kind, Bits operand,
                 choice::Source& source);
  // `failure` is the order if the comparison fails; `weak` allows it to fail spuriously.
  ReadResult compare_exchange(Granule& granule, const AtomicAccess& access, MemoryOrder failure,
                              bool weak, Bits expected, Bits desired, choice::Source& source);
  void fence(ThreadId thread, MemoryOrder order);

  // The bytes of the granule (bits 0 to 7), or of the one behind it (8 to 15), were written
  // plainly: what atomics stored there before is gone.
  void written_plainly(const Granule& granule, unsigned bytes);

  // Whether a location of 16 bytes exists; it reaches into the granule behind the one that knows
  // it.
  bool has_wide_location() const { return has_wide_location_; }

 private:
  using StoreIndex = std::int32_t;

  struct Store {
    Bits value;
    VectorClock release;  // what an acquire load of it learns
    EventIndex event;     // kNoEvent: initial
    std::uint32_t place;  // in modification order
    bool taken = false;   // an RMW reads it: nothing may come between the two
  };

  struct Access {
    ThreadId thread;
    bool write;
    Time time;
    std::int32_t older;           // of the same thread
    StoreIndex store;             // written or read
    ScNode node = kNone;          // if seq_cst
    std::int32_t fences = kNone;  // index of the set of fences that happen before it
  };

  struct Location {
    LocationId id = 0;
    std::uint8_t size = 0;
    bool stale_memory = false;      // written plainly since: starts anew at the next access
    std::vector<StoreIndex> order;  // modification order
    std::vector<Access> accesses;
    std::int32_t newest[kMaxThreads];  // of each thread, in `accesses`
  };

  struct ThreadState {
    VectorClock known;     // happens before the next event; its own entry is its time
    VectorClock pending;   // becomes known at the next acquire fence
    VectorClock released;  // what relaxed stores hand over: known at the last release fence
  };

  // How an access would stand in coherence order: after every write up to `place`, before all
  // beyond it.
  struct Standing {
    std::uint32_t place;
    bool write;
  };

  Location& locate(Granule& granule, std::uint64_t address, std::uint8_t size);
  void start(Location& location, std::uint64_t address);
  std::uint32_t floor(const Location& location, ThreadId thread) const;
  VectorClock known_at(const AtomicAccess& access, StoreIndex read) const;
  bool seq_cst_allows(const Location& location, const AtomicAccess& access, Standing standing,
                      StoreIndex read);
  void note_access(Location& location, const AtomicAccess& access, StoreIndex store, bool write,
                   StoreIndex read);
  StoreIndex insert(Location& location, const AtomicAccess& access, std::uint32_t place, Bits value,
                    const VectorClock& release);
  void learn(const AtomicAccess& access, StoreIndex read);
  void add_fence_node(ThreadId thread, const VectorClock& before_fence);
  ReadResult finish_load(Location& location, const AtomicAccess& access, StoreIndex store);
  ReadResult finish_rmw(Location& location, const AtomicAccess& access, StoreIndex read,
                        Bits value);
  void tick(ThreadId thread) { ++threads_[thread].known.of[thread]; }
  std::uint32_t pick(std::size_t candidates, choice::Kind kind, choice::Source& source) {
    return candidates < 2 ? 0 : source.choose(static_cast<std::uint32_t>(candidates), kind);
  }

  // Asks which of `offers_` is read, and tells the observer before. `oldest` is a place; `wanted`
  // says of a store whether the operation would overwrite it.
  template <class Wanted>
  const Offer& ask_read(const Location& location, const AtomicAccess& access, std::uint32_t oldest,
                        Wanted&& wanted, choice::Source& source);
  void tell_place(const Location& location, const AtomicAccess& access, std::uint32_t oldest);

  std::vector<Location> locations_;  // the first `used_` are in use; the others keep their memory
  std::size_t used_ = 0;
  bool has_wide_location_ = false;
  std::vector<Store> stores_;
  std::vector<Offer> offers_;              // of the load or read-modify-write under way
  std::vector<std::uint32_t> candidates_;  // places for the store under way
  ThreadState threads_[kMaxThreads];
  int thread_count_ = 1;
  SeqCstOrder seq_cst_;
  std::vector<SeqCstOrder::Set> fence_sets_;
  SeqCstOrder::Set before_, own_fences_;  // of the operation under way
  Observer* observer_ = nullptr;
  LocationId next_location_ = 0;
  std::vector<EventIndex> events_;  // of the operation under way, for the observer
};

}  // namespace slotproof::machine
