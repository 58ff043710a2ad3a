#include "litmus.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "choice/odometer.h"
#include "machine/address_sanitizer.h"
#include "machine/machine.h"

namespace slotproof::litmus {

std::atomic<int> x, y, z;
int data;
int r1, r2, r3, r4, r5, r6, r7, r8;

namespace {

using machine::Halt;
using machine::Machine;

constexpr int kUnset = std::numeric_limits<int>::min();
constexpr std::array kRegisters = {&r1, &r2, &r3, &r4, &r5, &r6, &r7, &r8};
using Registers = std::array<int, kRegisters.size()>;

// A program that has more is too large for a test.
constexpr std::uint64_t kMaxExecutions = 20'000'000;

machine::Mutex g_mutexes[2];

const char* name_of(Halt halt) {
  switch (halt) {
    case Halt::kFinished: return "finished";
    case Halt::kDataRace: return "data race";
    case Halt::kAddress: return "dead memory";
    case Halt::kCrash: return "crash";
    case Halt::kDeadlock: return "deadlock";
    case Halt::kStepLimit: return "step limit";
    case Halt::kStopped: return "stopped";
  }
  return "?";
}

using Outcomes = std::set<std::string>;

// What all executions of a program came to.
struct Exploration {
  std::uint64_t executions = 0;
  bool complete = false;                // false: more than kMaxExecutions
  Outcomes outcomes;                    // of the runs that finished
  std::map<Halt, std::uint64_t> halts;  // how many runs ended how

  // With the words for the runs that did not finish.
  Outcomes all() const {
    Outcomes result = outcomes;
    for (const auto& [halt, count] : halts) {
      if (halt != Halt::kFinished) result.insert(name_of(halt));
    }
    return result;
  }
};

// Outside of simulated time: the values are simply there when the run starts.
void reset() {
  for (std::atomic<int>* location : {&x, &y, &z}) *location = 0;
  data = 0;
  for (int* r : kRegisters) *r = kUnset;
  for (machine::Mutex& mutex : g_mutexes) mutex.reset();
}

void call(void* body) { reinterpret_cast<Body>(body)(); }

machine::ThreadId fork(Body body) {
  return Machine::current()->fork(call, reinterpret_cast<void*>(body));
}

// Allocates nothing: a run that is ended leaves its stacks as they are.
void run_root(void* argument) {
  const Program& program = *static_cast<const Program*>(argument);
  if (program.setup != nullptr) program.setup();
  for (const Body body : program.threads) {
    if (body != nullptr) fork(body);
  }
  Machine::current()->join_all();
  if (program.finally != nullptr) program.finally();
}

Outcomes print(const std::set<Registers>& results) {
  std::size_t used = 0;
  for (const Registers& registers : results) {
    for (std::size_t i = used; i < registers.size(); ++i) {
      if (registers[i] != kUnset) used = i + 1;
    }
  }
  Outcomes outcomes;
  for (const Registers& registers : results) {
    std::string text;
    for (std::size_t i = 0; i < used; ++i) {
      if (i > 0) text += ' ';
      text += registers[i] == kUnset ? "-" : std::to_string(registers[i]);
    }
    outcomes.insert(text);
  }
  return outcomes;
}

Exploration explore(const Program& program) {
  Machine machine({.steps = program.steps, .events = 2'000});
  choice::Odometer odometer;
  Exploration exploration;
  std::set<Registers> results;
  do {
    if (exploration.executions == kMaxExecutions) {
      exploration.outcomes = print(results);
      return exploration;
    }
    reset();
    const Halt halt = machine.run(odometer, run_root, const_cast<Program*>(&program)).halt;
    ++exploration.executions;
    ++exploration.halts[halt];
    if (halt != Halt::kFinished) continue;
    Registers registers;
    std::ranges::transform(kRegisters, registers.begin(), [](const int* r) { return *r; });
    results.insert(registers);
  } while (odometer.next());
  exploration.complete = true;
  exploration.outcomes = print(results);
  return exploration;
}

// What is in `a` and not in `b`.
std::string difference(const Outcomes& a, const Outcomes& b) {
  std::vector<std::string> words;
  std::ranges::set_difference(a, b, std::back_inserter(words));
  std::string text;
  for (const std::string& word : words) text += " {" + word + "}";
  return text.empty() ? " none" : text;
}

class LitmusTest : public testing::Test {
 public:
  LitmusTest(const Program& program, Outcomes outcomes)
      : program_(program), outcomes_(std::move(outcomes)) {}

  void TestBody() override {
    const Exploration exploration = explore(program_);
    RecordProperty("executions", std::to_string(exploration.executions));
    EXPECT_TRUE(exploration.complete) << "more than " << kMaxExecutions << " executions";
    const Outcomes found = exploration.all();
    EXPECT_TRUE(found == outcomes_) << "found and not allowed:" << difference(found, outcomes_)
                                    << "\nallowed and not found:" << difference(outcomes_, found)
                                    << "\nin " << exploration.executions << " executions";
  }

 private:
  Program program_;
  Outcomes outcomes_;
};

}  // namespace

Test::Test(const char* shape, const char* name, const Program& program,
           std::initializer_list<const char*> outcomes, const char* file, int line) {
  if (program.needs_address_sanitizer && !machine::has_address_sanitizer()) return;
  Outcomes expected(outcomes.begin(), outcomes.end());
  testing::RegisterTest(shape, name, nullptr, nullptr, file, line,
                        [=]() -> testing::Test* { return new LitmusTest(program, expected); });
}

void Mutex::lock() const { g_mutexes[number_].lock(); }
void Mutex::unlock() const { g_mutexes[number_].unlock(); }
void Mutex::lock_shared() const { g_mutexes[number_].lock_shared(); }
void Mutex::unlock_shared() const { g_mutexes[number_].unlock_shared(); }

Thread::Thread(Body body) : number_(fork(body)) {}
void Thread::join() const { Machine::current()->join(static_cast<machine::ThreadId>(number_)); }

void retire(void* memory, std::size_t size) {
  Machine::current()->retire(reinterpret_cast<std::uint64_t>(memory), size, false);
}

}  // namespace slotproof::litmus
