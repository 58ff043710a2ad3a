// Tests of concurrent C++ over every execution: programs with the exact set of outcomes that C++20
// allows them, from litmus tests of five accesses to lock-free structures.
//
// Files with programs are compiled with the seam's flags (slotproof_add_machine_test), so that
// these, ordinary C++, run on the machine. They must not instantiate library templates that the
// machine uses as well (the linker keeps one copy of each), so there is nothing here but atomics
// and plain arrays. All that needs more is in machine_test.cpp, which is compiled as the machine
// is.
#pragma once

#include <atomic>
#include <cstddef>
#include <initializer_list>

namespace slotproof::machine_test {

inline constexpr std::memory_order relaxed = std::memory_order_relaxed;
inline constexpr std::memory_order acquire = std::memory_order_acquire;
inline constexpr std::memory_order release = std::memory_order_release;
inline constexpr std::memory_order acq_rel = std::memory_order_acq_rel;
inline constexpr std::memory_order seq_cst = std::memory_order_seq_cst;

inline void fence(std::memory_order order) { std::atomic_thread_fence(order); }

// Locations: 0 when a run starts, which happens before everything and is no event.
extern std::atomic<int> x, y, z;
extern int data;  // plain

// Registers: plain, each written by one thread, printed when all threads have ended. Not set when a
// run starts.
extern int r1, r2, r3, r4, r5, r6, r7, r8;

using Body = void (*)();

inline constexpr int kThreads = 4;

// What runs: the root thread calls `setup`, forks the threads, waits for the end of all, and calls
// `finally`, which sees the last value of every modification order.
struct Program {
  Body setup = nullptr;
  Body threads[kThreads] = {};
  Body finally = nullptr;
  unsigned steps = 200;                  // the step limit
  unsigned long executions = 0;          // how many not equivalent ones there must be; 0: any
  bool needs_address_sanitizer = false;  // then it is a test only where that is linked
};

// Ends the run, with `what` as its outcome, if `condition` is false.
void require(bool condition, const char* what);

// Ends the run, which then has no outcome, if `condition` is false: for loops that wait, or try
// again, of which only so many turns are of interest. Each turn fewer is an execution of its own.
void assume(bool condition);

// Declares the GoogleTest case <suite>.<name>: over all executions of the program, the outcomes are
// exactly these. They are enumerated twice: each execution graph once, and, where that is not too
// much, all choice sequences, each of which is run twice and must do the same.
//
// The outcome of a run is the values of r1, r2, ... up to the last one that any run sets, "-" for
// one that this run leaves unset: "1 0"; "" if no run sets any. That of a run which the machine
// ends is why: "data race", "dead memory", "crash", "deadlock" or "step limit".
//
// "All executions": those in which no cycle of sequenced-before and reads-from is needed
// (lib/machine/memory_model.h).
class Test {
 public:
  // The pointers must stay valid. File and line are those of the declaration.
  Test(const char* suite, const char* name, const Program& program,
       std::initializer_list<const char*> outcomes, const char* file = __builtin_FILE(),
       int line = __builtin_LINE());
};

// The machine's mutex, for programs: unlocked when a run starts.
class Mutex {
 public:
  constexpr explicit Mutex(int number) : number_(number) {}
  void lock() const;
  void unlock() const;
  void lock_shared() const;
  void unlock_shared() const;

 private:
  int number_;
};

inline constexpr Mutex m1{0};
inline constexpr Mutex m2{1};

// A thread that a program forks on its own.
class Thread {
 public:
  explicit Thread(Body body);
  void join() const;

 private:
  int number_;
};

// Gives memory back as an allocator of the world's own does: nobody may access it again in this
// run.
void retire(void* memory, std::size_t size);

}  // namespace slotproof::machine_test
