// Runs litmus tests on the machine.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "choice/source.h"
#include "litmus/test.h"
#include "machine/machine.h"
#include "trace/events.h"

namespace slotproof::litmus {

// One test on one machine. Locations are real memory, accessed through the machine's own functions:
// what is tested is its memory model, not what a compiler makes of a program.
class Simulation {
 public:
  // Both must outlive it.
  Simulation(machine::Machine& machine, const Test& test);
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  // Runs it once and gives how that ended.
  State run(choice::Source& source);

  // For traces of the last run: the location that has the address, or empty; "P0", "root".
  std::string location_at(std::uint64_t address) const;
  std::string thread_named(machine::ThreadId thread) const;

 private:
  // A location fills a granule of its own, so that giving it back gives back nothing else.
  struct alignas(8) Cell {
    Value value;
  };

  struct ThreadRun {
    Simulation* simulation;
    std::size_t number;
    bool created;
    machine::ThreadId id;
    std::vector<Value> registers;
  };

  static void run_root(void* simulation);
  static void run_thread(void* thread);
  void create(std::size_t number);
  void observe();
  void execute(ThreadRun& thread, const std::vector<Statement>& statements);
  void execute(ThreadRun& thread, const Statement& statement);
  void compare_exchange(ThreadRun& thread, const Statement& statement);
  Value read(int location);
  void write(int location, Value value);

  machine::Machine& machine_;
  const Test& test_;
  std::vector<Cell> cells_;
  std::vector<machine::Mutex> mutexes_;  // of each location, used if it is a lock
  std::vector<ThreadRun> threads_;
  std::vector<Value> observed_;
};

// What all executions of a test came to: each execution graph once, and, as the reference, all
// choice sequences, where there are not more than were allowed.
struct Exploration {
  std::uint64_t executions = 0;  // not equivalent ones
  std::uint64_t sequences = 0;
  bool complete = false;         // false: there are more executions than were allowed
  bool plain_complete = false;   // false: there are more sequences
  std::uint64_t satisfying = 0;  // how many executions satisfy the condition
  States states;
  States unseen;  // by the reduced search, though the plain one met them: a fault of the suite
};

// Every execution, at most `most` of them.
Exploration explore(machine::Machine& machine, const Test& test, std::uint64_t most);

// One execution, as people read it.
struct Trace {
  State state;
  std::vector<std::string> threads;  // of each line
  std::vector<trace::Line> lines;
  std::string picture;
};

// The smallest execution (graphs/smallest.h) with a state that is wanted, if there is one.
std::optional<Trace> trace_of(machine::Machine& machine, const Test& test,
                              const std::function<bool(const State&)>& wanted);

// What a test claims and an exploration shows to be otherwise.
struct Judgement {
  States forbidden;  // observed and not allowed
  States missing;    // allowed and not observed
  bool condition_holds = true;
  bool complete = true;
  bool reduction_misses = false;

  bool good() const {
    return forbidden.empty() && missing.empty() && condition_holds && complete && !reduction_misses;
  }
};

Judgement judge(const Test& test, const Exploration& exploration);

}  // namespace slotproof::litmus
