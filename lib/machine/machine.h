// A simulated C++ computer: threads, memory and synchronisation, with every choice asked of one
// source.
//
// Code that is compiled with -fsanitize=thread runs on it unchanged: what it does to memory arrives
// here as callbacks (tsan_abi.cpp). The machine knows nothing of slots; it finds data races,
// accesses to dead memory, deadlocks, crashes and runs without end, and ends the run there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "choice/source.h"
#include "machine/clock.h"
#include "machine/event.h"
#include "machine/fiber.h"
#include "machine/memory_model.h"
#include "machine/observer.h"
#include "machine/order_policy.h"
#include "machine/race_detector.h"
#include "machine/shadow.h"

namespace slotproof::machine {

// Why a run ended.
enum class Halt : std::uint8_t {
  kFinished,   // all threads ended
  kDataRace,   // two conflicting accesses, one of them plain, unordered by happens-before
  kAddress,    // access to memory that was freed or never allocated
  kCrash,      // std::terminate, abort or a fatal signal
  kDeadlock,   // threads are left and none can go on
  kStepLimit,  // more scheduling points or events than allowed
  kStopped,    // a layer above ended it
  kShut,       // a thread waits for a latch that none opens
};

// "data race", "dead memory", "step limit"
std::string_view word_for(Halt halt);

// How a run ended. `text` is for people: AddressSanitizer's report, the signal, the threads that
// wait.
struct Ending {
  Halt halt = Halt::kFinished;
  EventIndex first = kNoEvent;   // kDataRace, kAddress: the earlier access, where known
  EventIndex second = kNoEvent;  // the access that ended the run
  std::string text;
};

// What the machine tells the layer above while threads run. Called outside of simulated threads'
// time: nothing that instrumented code does there is an event.
class Listener {
 public:
  Listener() = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  virtual ~Listener() = default;

  // The OS thread stops (starts) to execute `thread`: the place to save (restore) thread-locals.
  virtual void leave(ThreadId thread) = 0;
  virtual void enter(ThreadId thread) = 0;
};

struct Options {
  std::uint32_t steps = 20'000;    // scheduling points in a run; of each thread, if it is observed
  std::uint32_t events = 200'000;  // events in a run
  // Whether a thread's accesses to its own stack are looked at. They cost as much as all others
  // together, and matter only where threads show one another their locals.
  bool watch_own_stack = true;
};

class Latch;
class Mutex;

// One machine serves one OS thread. Not copyable: fibers and simulated memory point into it.
class Machine {
 public:
  using Body = void (*)(void* argument);

  explicit Machine(Options options = {});
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // Runs root(argument) as thread 0, and what it forks, to the end. `source` answers all choices;
  // `listener` may be null. A run that did not finish leaks what its threads had allocated. Not
  // re-entrant.
  const Ending& run(choice::Source& source, Body root, void* argument,
                    Listener* listener = nullptr);

  // Looks up where this OS thread's thread-local variables are. All simulated threads share them,
  // which real threads do not, so accesses to them, atomic ones too, are no events; a Listener
  // exchanges what they hold. Called by the constructor; to be called again after a library with
  // thread-locals was loaded and has touched them.
  void find_thread_locals();
  bool is_thread_local(std::uint64_t address) const {
    for (const Range& range : thread_locals_) {
      if (address - range.begin < range.size) return true;
    }
    return false;
  }

  // Has `observer`, which must outlive the machine or be taken away by null, told of the runs to
  // come. While there is one, the failure of a thread does not end a run: the thread stays where it
  // is and the others go on, because what they do may be what the thread should have read; and a
  // data race is noted and passed by. The run ends with the first failure that there was.
  void set_observer(Observer* observer) {
    observer_ = observer;
    memory_.set_observer(observer);
  }

  // The events of the last run, and the shadow call stack (innermost first) at each event that was
  // asked for.
  const std::vector<Event>& events() const { return events_; }

  const Ending& ending() const { return ending_; }

  // How many runs it has begun.
  std::uint64_t runs() const { return runs_; }

  // Asks for the call stacks at these events in the runs to come. They are null-terminated by their
  // length.
  void probe_stacks(std::vector<EventIndex> events) { probes_ = std::move(events); }
  const std::vector<std::vector<const void*>>& probed_stacks() const { return probed_; }

  // Has `policy`, which must outlive its use, revise the orders of the atomic operations that come
  // through the seam in the runs to come; null: they are what the code says. Without a policy it
  // costs each atomic operation one comparison.
  void set_order_policy(OrderPolicy* policy) { order_policy_ = policy; }

  // ---- For simulated threads ----

  // The machine whose simulated thread is executing on this OS thread, else null.
  static Machine* current() { return current_; }

  // Another simulated thread may go on here, and this one later. Only in simulated threads; every
  // atomic access is one by itself.
  void scheduling_point();

  ThreadId self() const { return self_; }
  // Starts a thread that calls body(argument). At most kMaxThreads, the root included, in a run.
  ThreadId fork(Body body, void* argument);
  // Waits for the end of `thread`, or of all others.
  void join(ThreadId thread);
  void join_all();
  // Ends the run here; the thread does not go on.
  [[noreturn]] void stop(Halt halt, std::string text, EventIndex first = kNoEvent,
                         EventIndex second = kNoEvent);
  // Ends the run at once, whoever observes it.
  [[noreturn]] void abandon(std::string text);
  // What happens before the calling thread's next event.
  const VectorClock& clock() const { return memory_.clock(self_); }

  // Plain access to `size` bytes; `pc` is where from.
  void read(std::uint64_t address, std::size_t size, const void* pc) {
    plain(address, size, EventKind::kRead, pc);
  }
  void write(std::uint64_t address, std::size_t size, const void* pc) {
    plain(address, size, EventKind::kWrite, pc);
  }
  void read(const void* p, std::size_t size) {
    read(reinterpret_cast<std::uint64_t>(p), size, nullptr);
  }
  void write(const void* p, std::size_t size) {
    write(reinterpret_cast<std::uint64_t>(p), size, nullptr);
  }
  // The memory is given back: an access to it by whoever is not ordered before is a race, a later
  // one is an access to dead memory. `forget`: it may be handed out again at once, so only the race
  // is looked for.
  void retire(std::uint64_t address, std::size_t size, bool forget);
  // How many of so many bytes there are up to the end of the last granule that this run accessed.
  std::size_t touched(std::uint64_t address, std::size_t size) const {
    return shadow_.touched(address, size);
  }
  // Something that is no memory of the heap's was to be given back.
  [[noreturn]] void refuse_free(std::uint64_t address);

  // Atomic accesses; `order` as the caller asked. Values are the low `size` bytes.
  Bits load(std::uint64_t address, std::uint8_t size, MemoryOrder order, const void* pc);
  void store(std::uint64_t address, std::uint8_t size, Bits value, MemoryOrder order,
             const void* pc);
  Bits rmw(std::uint64_t address, std::uint8_t size, RmwKind kind, Bits operand, MemoryOrder order,
           const void* pc);
  // Gives whether it stored; puts what it saw into `expected` if not.
  bool compare_exchange(std::uint64_t address, std::uint8_t size, Bits& expected, Bits desired,
                        bool weak, MemoryOrder success, MemoryOrder failure, const void* pc);
  void fence(MemoryOrder order, const void* pc);

  // The call stack that race reports show.
  void enter_function(const void* pc) {
    Thread& t = *threads_[self_];
    if (t.depth < kMaxDepth) t.stack[t.depth] = pc;
    ++t.depth;
  }
  void leave_function() {
    Thread& t = *threads_[self_];
    if (t.depth > 0) --t.depth;
  }

 private:
  friend class Latch;
  friend class Mutex;

  static constexpr std::uint32_t kMaxDepth = 64;
  static constexpr int kAll = -2;

  struct Thread {
    explicit Thread(Machine& machine, ThreadId id);
    Machine& machine;
    ThreadId id;
    bool begun = false;  // in this run
    Body body = nullptr;
    void* argument = nullptr;
    const Mutex* wants = nullptr;  // waits for it
    bool wants_shared = false;
    const Latch* before = nullptr;  // waits for it
    int joins = kNone;              // waits for the end of that thread, or of kAll others
    std::uint32_t steps = 0;
    std::uint32_t depth = 0;
    const void* stack[kMaxDepth];
    Fiber fiber;
  };

  static void thread_main(void* thread);
  void plain(std::uint64_t address, std::size_t size, EventKind kind, const void* pc);
  // Looks for races: with all granules of the range, with bytes of one.
  void check(std::uint64_t address, std::size_t size, AccessKind kind, EventIndex event);
  void check_granule(std::uint64_t address, std::uint8_t bytes, AccessKind kind, EventIndex event);
  void note_failure(Ending ending);
  void race(EventIndex first, EventIndex second);
  // Looks for dead memory.
  void check_alive(std::uint64_t address, std::size_t size, AccessKind kind, EventIndex event);
  // Whether somebody has a say in the orders of what was called from `pc`.
  bool revises(const void* pc) const { return order_policy_ != nullptr && pc != nullptr; }
  MemoryOrder revised(AtomicKind kind, MemoryOrder order, const void* pc) const {
    if (!revises(pc)) [[likely]]
      return order;
    AtomicRequest request{kind, pc, order, MemoryOrder::kRelaxed};
    order_policy_->revise(request);
    return request.order;
  }
  AtomicAccess begin_atomic(std::uint64_t address, std::uint8_t size, EventKind kind,
                            MemoryOrder order, const void* pc);
  void note_read(EventIndex event, const ReadResult& read);
  EventIndex record(EventKind kind, std::uint64_t address, std::size_t size, MemoryOrder order,
                    const void* pc);
  EventIndex record_at_limit(EventKind kind, std::uint64_t address, std::size_t size,
                             MemoryOrder order, const void* pc);
  void note_stack(EventIndex event);
  // Of one that is ready: whether nothing that it waits for is still to come.
  bool runnable(const Thread& thread) const;
  bool is_ready(ThreadId thread) const { return has(ready_, thread); }
  bool has_ended(ThreadId thread) const { return has(ended_, thread); }
  bool others_ended(ThreadId thread) const {
    return (ended_ | only(thread)) == (Threads{1} << thread_count_) - 1;
  }
  bool any_shut_out() const;
  void note_join(ThreadId ended);
  // Goes on in a thread that can. Returns when the calling one is chosen again.
  void reschedule();
  // Unless the calling thread is runnable, lets others go on until it is.
  void wait();
  ThreadId choose_thread(Threads threads);
  void switch_to(ThreadId thread);
  void leave_run();
  std::string waiting_threads() const;
  // Memory that no other thread looks at.
  bool own_memory(std::uint64_t address) const {
    if (!options_.watch_own_stack && threads_[self_]->fiber.on_stack(address)) return true;
    return is_thread_local(address);
  }

  struct Range {
    std::uint64_t begin;
    std::uint64_t size;
  };

  static thread_local constinit Machine* current_;

  Options options_;
  MemoryModel memory_;
  RaceDetector races_;
  Shadow shadow_;
  bool any_freed_ = false;  // a granule is marked so in this run
  std::vector<Event> events_;
  std::uint64_t runs_ = 0;
  std::uint32_t steps_ = 0;
  choice::Source* source_ = nullptr;
  Listener* listener_ = nullptr;
  OrderPolicy* order_policy_ = nullptr;
  Observer* observer_ = nullptr;
  Fiber outside_;
  std::unique_ptr<Thread> threads_[kMaxThreads];
  int thread_count_ = 0;  // of this run
  Threads ready_ = 0;     // have neither ended nor failed
  Threads waiting_ = 0;   // of these, those that may not be runnable
  Threads ended_ = 0;
  ThreadId self_ = 0;
  std::vector<Range> thread_locals_;
  Ending ending_;
  std::vector<EventIndex> probes_;
  std::vector<std::vector<const void*>> probed_;
};

// A mutex of simulated threads, with a shared mode. Readers are not ordered with one another: only
// what a real one orders is ordered.
class Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  // All of these are called by simulated threads only. Locking what one holds already is a
  // deadlock.
  void lock();
  void unlock();
  void lock_shared();
  void unlock_shared();

  // Who holds it exclusively; kNone: nobody.
  int owner() const { return owner_; }
  bool held_by(ThreadId thread) const { return owner_ == thread; }

  // Back to the initial state, for the next run.
  void reset() { *this = {}; }

 private:
  friend class Machine;

  Mutex& operator=(Mutex&&) = default;
  void take(bool shared);

  int owner_ = kNone;
  int readers_ = 0;
  VectorClock written_;  // what the last exclusive holders hand over
  VectorClock read_;     // what shared holders hand over, to exclusive ones only
};

// What one thread opens, once in a run, and others wait for: they are ordered behind. A run in
// which one waits for ever ends with Halt::kShut, whatever else came to pass.
class Latch {
 public:
  Latch() = default;
  Latch(const Latch&) = delete;
  Latch& operator=(const Latch&) = delete;

  // Both are called by simulated threads only.
  void open();
  void wait();

  // Back to the initial state, for the next run.
  void reset() { open_ = false; }

 private:
  friend class Machine;

  bool open_ = false;
  VectorClock handed_;
};

}  // namespace slotproof::machine
