#include "on_threads.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <deque>
#include <latch>
#include <shared_mutex>
#include <thread>
#include <vector>

#include "choice/random_source.h"

namespace slotproof::cross_check {
namespace {

using litmus::Action;
using litmus::Statement;
using litmus::Test;
using litmus::Value;
using machine::MemoryOrder;

constexpr std::size_t kCacheLine = 64;
constexpr int kPatience = 5'000;  // how often a thread asks where another is, about 10 us
constexpr std::uint32_t kMaxDelay = 128;

std::memory_order order_of(MemoryOrder order) {
  switch (order) {
    case MemoryOrder::kRelaxed: return std::memory_order_relaxed;
    case MemoryOrder::kConsume: return std::memory_order_consume;
    case MemoryOrder::kAcquire: return std::memory_order_acquire;
    case MemoryOrder::kRelease: return std::memory_order_release;
    case MemoryOrder::kAcqRel: return std::memory_order_acq_rel;
    case MemoryOrder::kSeqCst: return std::memory_order_seq_cst;
  }
  std::abort();
}

// In a line of its own, so that a store waits in the buffer of its processor.
struct alignas(kCacheLine) Cell {
  Value value = 0;
  std::shared_mutex lock;

  std::atomic_ref<Value> atomic() { return std::atomic_ref<Value>(value); }
};

bool gives_back(const std::vector<Statement>& statements) {
  return std::ranges::any_of(statements, [](const Statement& s) {
    return s.action == Action::kFree || gives_back(s.then) || gives_back(s.otherwise);
  });
}

// One run of the test.
class Run {
 public:
  explicit Run(const Test& test)
      : test_(test), cells_(test.locations.size()), created_(test.threads.size()) {
    for (std::size_t l = 0; l < cells_.size(); ++l) cells_[l].value = test.locations[l].initial;
    for (const litmus::Thread& thread : test.threads) {
      registers_.emplace_back(thread.registers.size());
    }
  }

  void run_thread(std::size_t thread) { execute(thread, test_.threads[thread].body); }

  // After all threads that no other creates: waits for the rest.
  litmus::State finish() {
    for (std::jthread& thread : created_) {
      if (thread.joinable()) thread.join();
    }
    litmus::State state;
    for (const litmus::Observable& o : test_.observables) {
      state.values.push_back(o.thread == litmus::Observable::kMemory
                                 ? cells_[o.index].value
                                 : registers_[o.thread][o.index]);
    }
    return state;
  }

 private:
  void execute(std::size_t thread, const std::vector<Statement>& statements) {
    for (const Statement& statement : statements) execute(thread, statement);
  }

  void execute(std::size_t thread, const Statement& s) {
    std::vector<Value>& registers = registers_[thread];
    Cell* const cell = cells_.empty() ? nullptr : &cells_[s.location];
    const auto given = [&] { return evaluate(s.value, registers); };
    const auto give = [&](Value v) {
      if (s.result != litmus::kNoRegister) registers[s.result] = v;
    };
    switch (s.action) {
      case Action::kAssign: give(given()); break;
      case Action::kIf: execute(thread, given() != 0 ? s.then : s.otherwise); break;
      case Action::kRead: give(cell->value); break;
      case Action::kWrite: cell->value = given(); break;
      case Action::kLoad: give(cell->atomic().load(order_of(s.order))); break;
      case Action::kStore: cell->atomic().store(given(), order_of(s.order)); break;
      case Action::kRmw: give(change(cell->atomic(), s.rmw, given(), order_of(s.order))); break;
      case Action::kCompareExchange: give(compare_exchange(thread, s) ? 1 : 0); break;
      case Action::kFence: std::atomic_thread_fence(order_of(s.order)); break;
      case Action::kLock: cell->lock.lock(); break;
      case Action::kUnlock: cell->lock.unlock(); break;
      case Action::kLockShared: cell->lock.lock_shared(); break;
      case Action::kUnlockShared: cell->lock.unlock_shared(); break;
      case Action::kCreate:
        created_[s.number] = std::jthread([this, &s] { run_thread(s.number); });
        break;
      case Action::kJoin: created_[s.number].join(); break;
      case Action::kFree: std::abort();  // not fit for threads
    }
  }

  static Value change(std::atomic_ref<Value> atomic, machine::RmwKind kind, Value operand,
                      std::memory_order order) {
    switch (kind) {
      case machine::RmwKind::kExchange: return atomic.exchange(operand, order);
      case machine::RmwKind::kAdd: return atomic.fetch_add(operand, order);
      case machine::RmwKind::kSub: return atomic.fetch_sub(operand, order);
      case machine::RmwKind::kAnd: return atomic.fetch_and(operand, order);
      case machine::RmwKind::kOr: return atomic.fetch_or(operand, order);
      case machine::RmwKind::kXor: return atomic.fetch_xor(operand, order);
      case machine::RmwKind::kNand: break;  // no .litmus file can say it
    }
    std::abort();
  }

  bool compare_exchange(std::size_t thread, const Statement& s) {
    Value& expected = s.expected_register != litmus::kNoRegister
                          ? registers_[thread][s.expected_register]
                          : cells_[s.expected_location].value;
    const Value desired = evaluate(s.value, registers_[thread]);
    const std::atomic_ref<Value> atomic = cells_[s.location].atomic();
    const std::memory_order success = order_of(s.order);
    const std::memory_order failure = order_of(s.failure);
    return s.weak ? atomic.compare_exchange_weak(expected, desired, success, failure)
                  : atomic.compare_exchange_strong(expected, desired, success, failure);
  }

  const Test& test_;
  std::deque<Cell> cells_;
  std::vector<std::vector<Value>> registers_;  // of each thread
  std::vector<std::jthread> created_;
};

// How far each thread is. All wait for the others a little, so that they come to the same run at
// the same time, and then a random moment, so that each is the first now and then. Relaxed: this
// orders nothing that the test does.
class Pace {
 public:
  explicit Pace(std::size_t threads) {
    for (std::size_t t = 0; t < threads; ++t) at_.emplace_back(t);
  }

  // `place`: which of the threads this is.
  void wait(std::size_t place, int run) {
    at_[place].run.store(run, std::memory_order_relaxed);
    for (const Place& other : at_) {
      for (int i = 0; i < kPatience && is_before(other, run); ++i) {
      }
    }
    const std::uint32_t delay = at_[place].random.below(kMaxDelay);
    for (std::uint32_t i = 0; i < delay; ++i) is_before(at_[place], run);
  }

 private:
  struct alignas(kCacheLine) Place {
    explicit Place(std::uint64_t seed) : random(seed) {}
    std::atomic<int> run = 0;
    choice::SplitMix64 random;
  };

  static bool is_before(const Place& place, int run) {
    return place.run.load(std::memory_order_relaxed) < run;
  }

  std::deque<Place> at_;
};

}  // namespace

bool fit_for_threads(const Test& test) {
  const bool halts = std::ranges::any_of(*test.states, [](const litmus::State& state) {
    return state.halt != machine::Halt::kFinished && state.halt != machine::Halt::kDataRace;
  });
  return !halts && std::ranges::none_of(test.threads, [](const litmus::Thread& thread) {
    return gives_back(thread.body);
  });
}

litmus::States run_on_threads(const Test& test, int runs) {
  std::deque<Run> all;
  for (int i = 0; i < runs; ++i) all.emplace_back(test);
  std::vector<std::size_t> first;  // the threads that nobody creates
  for (std::size_t t = 0; t < test.threads.size(); ++t) {
    if (!test.threads[t].created) first.push_back(t);
  }
  Pace pace(first.size());
  std::latch start(static_cast<std::ptrdiff_t>(first.size()));
  std::vector<std::jthread> threads;
  for (std::size_t place = 0; place < first.size(); ++place) {
    threads.emplace_back([&, place] {
      start.arrive_and_wait();
      for (int i = 0; i < runs; ++i) {
        pace.wait(place, i);
        all[i].run_thread(first[place]);
      }
    });
  }
  for (std::jthread& thread : threads) thread.join();
  litmus::States states;
  for (Run& run : all) states.insert(run.finish());
  return states;
}

}  // namespace slotproof::cross_check
