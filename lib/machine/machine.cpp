#include "machine/machine.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <link.h>

#include <fmt/format.h>

#include "machine/address_sanitizer.h"
#include "machine/crash_handlers.h"
#include "machine/handover.h"
#include "machine/hang_watch.h"
#include "machine/heap_hooks.h"

namespace slotproof::machine {
namespace {

std::uint64_t address_of(const void* p) { return reinterpret_cast<std::uint64_t>(p); }

// Less than this between two modules' thread-locals is what aligns the second.
constexpr std::uint64_t kPadding = 64;

}  // namespace

std::string_view word_for(Halt halt) {
  switch (halt) {
    case Halt::kFinished: return "finished";
    case Halt::kDataRace: return "data race";
    case Halt::kAddress: return "dead memory";
    case Halt::kCrash: return "crash";
    case Halt::kDeadlock: return "deadlock";
    case Halt::kStepLimit: return "step limit";
    case Halt::kStopped: return "stopped";
    case Halt::kShut: return "shut out";
  }
  return "?";
}

thread_local constinit Machine* Machine::current_ = nullptr;

Machine::Thread::Thread(Machine& m, ThreadId i) : machine(m), id(i), fiber(&thread_main, this) {}

Machine::Machine(Options options) : options_(options) {
  events_.reserve(4096);
  find_thread_locals();
}

Machine::~Machine() = default;

const Ending& Machine::run(choice::Source& source, Body root, void* argument, Listener* listener) {
  if (current_ != nullptr) std::abort();  // a run inside a run: the caller's mistake
  ++runs_;
  source_ = &source;
  listener_ = listener;
  events_.clear();
  steps_ = 0;
  memory_.reset();
  races_.reset();
  shadow_.reset();
  any_freed_ = false;
  ending_ = {};
  probed_.assign(probes_.size(), {});
  thread_count_ = 0;
  ready_ = 0;
  waiting_ = 0;
  ended_ = 0;
  self_ = 0;

  install_crash_handlers();
  install_heap_hooks();
  watch_for_hangs();
  fork(root, argument);
  if (listener_ != nullptr) listener_->enter(0);
  current_ = this;
  outside_.switch_to(threads_[0]->fiber);  // leave_run() comes back here
  current_ = nullptr;

  for (int t = 0; t < thread_count_; ++t) {
    Thread& thread = *threads_[t];
    if (thread.begun && !has_ended(thread.id)) thread.fiber.restart();
  }
  return ending_;
}

void Machine::find_thread_locals() {
  thread_locals_.clear();
  dl_iterate_phdr(
      [](dl_phdr_info* module, std::size_t, void* ranges) {
        if (module->dlpi_tls_data == nullptr) return 0;
        for (int i = 0; i < module->dlpi_phnum; ++i) {
          if (module->dlpi_phdr[i].p_type != PT_TLS) continue;
          static_cast<std::vector<Range>*>(ranges)->push_back(
              {address_of(module->dlpi_tls_data), module->dlpi_phdr[i].p_memsz});
        }
        return 0;
      },
      &thread_locals_);
  // Those of most modules lie side by side, with padding between them: one range is enough.
  std::ranges::sort(thread_locals_, {}, &Range::begin);
  std::size_t last = 0;
  for (std::size_t i = 1; i < thread_locals_.size(); ++i) {
    Range& before = thread_locals_[last];
    const Range& range = thread_locals_[i];
    if (range.begin < before.begin + before.size + kPadding) {
      before.size = std::max(before.size, range.begin + range.size - before.begin);
    } else {
      thread_locals_[++last] = range;
    }
  }
  if (!thread_locals_.empty()) thread_locals_.resize(last + 1);
}

// ---- Threads and scheduling ----

void Machine::thread_main(void* argument) {
  auto& thread = *static_cast<Thread*>(argument);
  for (;;) {  // once for each run
    Machine& machine = thread.machine;
    current_ = &machine;  // already so, unless each fiber is an OS thread
    thread.begun = true;
    machine.record(EventKind::kStart, 0, 0, MemoryOrder::kRelaxed, nullptr);
    try {
      thread.body(thread.argument);
    } catch (...) {
      machine.stop(Halt::kCrash, "an exception left a thread");
    }
    machine.record(EventKind::kEnd, 0, 0, MemoryOrder::kRelaxed, nullptr);
    tell_release(&thread);
    machine.ready_ &= ~only(thread.id);
    machine.ended_ |= only(thread.id);
    machine.reschedule();
  }
}

ThreadId Machine::fork(Body body, void* argument) {
  if (thread_count_ == kMaxThreads) stop(Halt::kCrash, "too many threads");
  const auto id = static_cast<ThreadId>(thread_count_++);
  if (threads_[id] == nullptr) threads_[id] = std::make_unique<Thread>(*this, id);
  Thread& thread = *threads_[id];
  ready_ |= only(id);
  thread.begun = false;
  thread.body = body;
  thread.argument = argument;
  thread.wants = nullptr;
  thread.before = nullptr;
  thread.joins = kNone;
  thread.steps = 0;
  thread.depth = 0;
  if (id != 0) {
    const EventIndex event = record(EventKind::kFork, 0, 0, MemoryOrder::kRelaxed, nullptr);
    events_[event].value = id;
    memory_.fork(self_, id);
    if (observer_ != nullptr) observer_->forked(self_, id);
  }
  return id;
}

void Machine::join(ThreadId id) {
  Thread& thread = *threads_[self_];
  thread.joins = id;
  wait();
  thread.joins = kNone;
  note_join(id);
}

void Machine::join_all() {
  Thread& thread = *threads_[self_];
  thread.joins = kAll;
  wait();
  thread.joins = kNone;
  for (int t = 0; t < thread_count_; ++t) {
    if (t != self_) note_join(static_cast<ThreadId>(t));
  }
}

void Machine::note_join(ThreadId ended) {
  const EventIndex event = record(EventKind::kJoin, 0, 0, MemoryOrder::kRelaxed, nullptr);
  events_[event].value = ended;
  memory_.join(self_, ended);
  if (observer_ != nullptr) observer_->joined(self_, ended);
  tell_acquire(threads_[ended].get());
}

bool Machine::any_shut_out() const {
  return std::any_of(threads_, threads_ + thread_count_, [&](const auto& thread) {
    return is_ready(thread->id) && thread->before != nullptr;
  });
}

bool Machine::runnable(const Thread& thread) const {
  if (thread.before != nullptr) return thread.before->open_;
  if (thread.joins == kAll) return others_ended(thread.id);
  if (thread.joins != kNone) return has_ended(static_cast<ThreadId>(thread.joins));
  if (thread.wants != nullptr) {
    return thread.wants->owner_ == kNone && (thread.wants_shared || thread.wants->readers_ == 0);
  }
  return true;
}

void Machine::scheduling_point() {
  // One that spins may wait for what another is still to do.
  std::uint32_t& steps = observer_ == nullptr ? steps_ : threads_[self_]->steps;
  if (++steps > options_.steps) {
    stop(Halt::kStepLimit, fmt::format("more than {} scheduling points", options_.steps));
  }
  reschedule();
}

void Machine::wait() {
  if (runnable(*threads_[self_])) return;
  waiting_ |= only(self_);
  reschedule();
  waiting_ &= ~only(self_);
}

void Machine::reschedule() {
  Threads threads = ready_ & ~waiting_;
  for (Threads others = ready_ & waiting_; others != 0; others &= others - 1) {
    const ThreadId other = lowest(others);
    if (runnable(*threads_[other])) threads |= only(other);
  }
  if (observer_ != nullptr) observer_->before_switch(threads);
  if (threads == 0) {
    if (any_shut_out()) {
      ending_ = {Halt::kShut, kNoEvent, kNoEvent, "a thread waits for a latch that none opens"};
    } else if (!has_ended(self_) || !others_ended(self_)) {
      note_failure({Halt::kDeadlock, kNoEvent, kNoEvent, waiting_threads()});
    }
    leave_run();
  } else {
    const ThreadId chosen = std::has_single_bit(threads) ? lowest(threads) : choose_thread(threads);
    if (chosen != self_) switch_to(chosen);
  }
}

ThreadId Machine::choose_thread(Threads threads) {
  ThreadId candidates[kMaxThreads];
  std::uint32_t count = 0;
  if (has(threads, self_)) {
    candidates[count++] = self_;
    threads &= ~only(self_);
  }
  for (; threads != 0; threads &= threads - 1) candidates[count++] = lowest(threads);
  return candidates[source_->choose_thread({candidates, count})];
}

void Machine::switch_to(ThreadId to) {
  const ThreadId from = self_;
  if (listener_ != nullptr) {
    current_ = nullptr;
    listener_->leave(from);
    listener_->enter(to);
    current_ = this;
  }
  self_ = to;
  threads_[from]->fiber.switch_to(threads_[to]->fiber);
}

// A thread that ended goes on from here in the next run; one that did not is given up.
void Machine::leave_run() {
  current_ = nullptr;
  if (listener_ != nullptr) listener_->leave(self_);
  threads_[self_]->fiber.switch_to(outside_);
}

void Machine::note_failure(Ending ending) {
  if (ending_.halt == Halt::kFinished) ending_ = std::move(ending);
}

void Machine::stop(Halt halt, std::string text, EventIndex first, EventIndex second) {
  note_failure({halt, first, second, std::move(text)});
  ready_ &= ~only(self_);
  if (observer_ != nullptr && events_.size() < options_.events) reschedule();
  leave_run();
  __builtin_unreachable();
}

void Machine::abandon(std::string text) {
  ending_ = {Halt::kStopped, kNoEvent, kNoEvent, std::move(text)};
  ready_ &= ~only(self_);
  ended_ &= ~only(self_);  // it will not come back here, not even if it had ended
  leave_run();
  __builtin_unreachable();
}

void Machine::race(EventIndex first, EventIndex second) {
  if (observer_ == nullptr) stop(Halt::kDataRace, {}, first, second);
  note_failure({Halt::kDataRace, first, second, {}});
}

std::string Machine::waiting_threads() const {
  std::string text;
  for (int t = 0; t < thread_count_; ++t) {
    const Thread& thread = *threads_[t];
    if (!is_ready(thread.id)) continue;
    if (!text.empty()) text += "; ";
    if (thread.joins == kAll) {
      text += fmt::format("thread {} waits for the end of all others", t);
    } else if (thread.joins != kNone) {
      text += fmt::format("thread {} waits for the end of thread {}", t, thread.joins);
    } else if (thread.wants->owner_ != kNone) {
      text +=
          fmt::format("thread {} waits for a mutex that thread {} holds", t, thread.wants->owner_);
    } else {
      text += fmt::format("thread {} waits for a mutex that {} share", t, thread.wants->readers_);
    }
  }
  return text;
}

// ---- Events ----

EventIndex Machine::record(EventKind kind, std::uint64_t address, std::size_t size,
                           MemoryOrder order, const void* pc) {
  if (events_.size() == events_.capacity() || events_.size() == options_.events) [[unlikely]] {
    return record_at_limit(kind, address, size, order, pc);
  }
  const auto index = static_cast<EventIndex>(events_.size());
  events_.push_back({.kind = kind,
                     .thread = self_,
                     .size = size < 256 ? static_cast<std::uint8_t>(size) : std::uint8_t{0},
                     .order = order,
                     .time = memory_.now(self_),
                     .address = address,
                     .pc = pc});
  if (!probes_.empty()) [[unlikely]]
    note_stack(index);
  return index;
}

// Apart, so that the other has no frame to set up.
EventIndex Machine::record_at_limit(EventKind kind, std::uint64_t address, std::size_t size,
                                    MemoryOrder order, const void* pc) {
  if (events_.size() == options_.events) {
    stop(Halt::kStepLimit, fmt::format("more than {} events", options_.events));
  }
  events_.reserve(2 * events_.capacity());
  return record(kind, address, size, order, pc);
}

// If somebody has asked for it.
void Machine::note_stack(EventIndex event) {
  for (std::size_t p = 0; p < probes_.size(); ++p) {
    if (probes_[p] != event) continue;
    const Thread& thread = *threads_[self_];
    probed_[p] = {events_[event].pc};
    for (std::uint32_t d = std::min(thread.depth, kMaxDepth); d-- > 0;) {
      probed_[p].push_back(thread.stack[d]);
    }
  }
}

// ---- Latches ----

void Latch::open() {
  Machine& machine = *Machine::current();
  open_ = true;
  handed_ = machine.memory_.release(machine.self_);
  tell_release(&handed_);
  if (machine.observer_ != nullptr) machine.observer_->opened(machine.self_, this);
}

void Latch::wait() {
  Machine& machine = *Machine::current();
  Machine::Thread& thread = *machine.threads_[machine.self_];
  thread.before = this;
  machine.wait();
  thread.before = nullptr;
  machine.memory_.acquire(machine.self_, handed_);
  tell_acquire(&handed_);
  if (machine.observer_ != nullptr) machine.observer_->passed(machine.self_, this);
}

// ---- Mutexes ----

void Mutex::take(bool shared) {
  Machine& machine = *Machine::current();
  Machine::Thread& thread = *machine.threads_[machine.self_];
  machine.scheduling_point();
  thread.wants = this;
  thread.wants_shared = shared;
  if (machine.observer_ != nullptr && !machine.runnable(thread)) {
    machine.observer_->waits(machine.self_, this, shared);
  }
  machine.wait();
  thread.wants = nullptr;
  if (machine.observer_ != nullptr) machine.observer_->locked(machine.self_, this, shared);
}

void Mutex::lock() {
  take(false);
  Machine& machine = *Machine::current();
  owner_ = machine.self_;
  machine.record(EventKind::kLock, address_of(this), 0, MemoryOrder::kAcquire, nullptr);
  machine.memory_.acquire(machine.self_, written_);
  machine.memory_.acquire(machine.self_, read_);
  tell_acquire(&written_);
  tell_acquire(&read_);
}

void Mutex::unlock() {
  Machine& machine = *Machine::current();
  machine.record(EventKind::kUnlock, address_of(this), 0, MemoryOrder::kRelease, nullptr);
  written_ = machine.memory_.release(machine.self_);
  tell_release(&written_);
  owner_ = kNone;
  if (machine.observer_ != nullptr) machine.observer_->unlocked(machine.self_, this, false);
}

void Mutex::lock_shared() {
  take(true);
  Machine& machine = *Machine::current();
  ++readers_;
  machine.record(EventKind::kLockShared, address_of(this), 0, MemoryOrder::kAcquire, nullptr);
  machine.memory_.acquire(machine.self_, written_);
  tell_acquire(&written_);
}

void Mutex::unlock_shared() {
  Machine& machine = *Machine::current();
  machine.record(EventKind::kUnlockShared, address_of(this), 0, MemoryOrder::kRelease, nullptr);
  read_.join(machine.memory_.release(machine.self_));
  tell_release(&read_);
  --readers_;
  if (machine.observer_ != nullptr) machine.observer_->unlocked(machine.self_, this, true);
}

}  // namespace slotproof::machine
