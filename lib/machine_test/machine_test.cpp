#include "machine_test/machine_test.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "choice/odometer.h"
#include "graphs/explorer.h"
#include "graphs/smallest.h"
#include "machine/address_sanitizer.h"
#include "machine/machine.h"
#include "machine_test/explored.h"
#include "trace/events.h"

namespace slotproof::machine_test {

std::atomic<int> x, y, z;
int data;
int r1, r2, r3, r4, r5, r6, r7, r8;

namespace {

using machine::Halt;
using machine::Machine;

constexpr int kUnset = std::numeric_limits<int>::min();
constexpr std::array kRegisters = {&r1, &r2, &r3, &r4, &r5, &r6, &r7, &r8};
using Registers = std::array<int, kRegisters.size()>;

// A program that has more choice sequences is explored by its graphs alone.
constexpr std::uint64_t kMostSequences = 300'000;

// How a run is known that ended because an assumption did not hold.
constexpr const char* kAssumption = "assumption";

machine::Mutex g_mutexes[2];

using Outcomes = std::set<std::string>;

// What all choice sequences of a program came to.
struct Plain {
  std::uint64_t sequences = 0;
  bool complete = false;  // false: more than kMostSequences
  Outcomes outcomes;
  std::string unequal;  // what differed when one was run again
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

// The first `used` of them.
std::string print(const Registers& registers, std::size_t used) {
  std::string text;
  for (std::size_t i = 0; i < used; ++i) {
    if (i > 0) text += ' ';
    text += registers[i] == kUnset ? "-" : std::to_string(registers[i]);
  }
  return text;
}

Outcomes print(const std::set<Registers>& results) {
  std::size_t used = 0;
  for (const Registers& registers : results) {
    for (std::size_t i = used; i < registers.size(); ++i) {
      if (registers[i] != kUnset) used = i + 1;
    }
  }
  Outcomes outcomes;
  for (const Registers& registers : results) outcomes.insert(print(registers, used));
  return outcomes;
}

// Of `event`, what does not depend on where memory is.
auto essence(const machine::Event& event) {
  return std::tuple(event.kind, event.thread, event.size, event.order, event.time, event.reads_from,
                    event.stale, event.pc);
}

bool equal(const std::vector<machine::Event>& a, const std::vector<machine::Event>& b) {
  return std::ranges::equal(a, b, {}, essence, essence);
}

Registers registers() {
  Registers values;
  std::ranges::transform(kRegisters, values.begin(), [](const int* r) { return *r; });
  return values;
}

// The outcome of a run that did not finish; none if an assumption did not hold.
std::optional<std::string> failure(const machine::Ending& ending) {
  if (ending.halt != Halt::kStopped) return std::string(word_for(ending.halt));
  if (ending.text == kAssumption) return {};
  return ending.text;
}

// Adds up the outcomes of runs.
class Tally {
 public:
  void add(const machine::Ending& ending) {
    if (ending.halt == Halt::kFinished) {
      const Registers values = registers();
      if (values != last_) results_.insert(values);
      last_ = values;
    } else if (std::optional<std::string> outcome = failure(ending)) {
      outcomes_.insert(std::move(*outcome));
    }
  }

  Outcomes outcomes() const {
    Outcomes all = print(results_);
    all.insert(outcomes_.begin(), outcomes_.end());
    return all;
  }

 private:
  std::set<Registers> results_;
  std::optional<Registers> last_;
  Outcomes outcomes_;
};

// What `outcome` has as many values as shows, and the others are unset.
bool shows(const Registers& values, const std::string& outcome) {
  const auto used = outcome.empty() ? 0 : 1 + std::ranges::count(outcome, ' ');
  if (used > std::ssize(values)) return false;
  return print(values, static_cast<std::size_t>(used)) == outcome &&
         std::all_of(values.begin() + used, values.end(), [](int v) { return v == kUnset; });
}

// Names for the events of a run that is over.
class ProgramNames final : public trace::Names {
 public:
  explicit ProgramNames(const std::vector<machine::Event>& events) {
    add(&x, "x");
    add(&y, "y");
    add(&z, "z");
    add(&data, "data");
    add(&g_mutexes[0], "m1");
    add(&g_mutexes[1], "m2");
    for (const int* r : kRegisters) add(r, "");
    for (const machine::Event& event : events) {
      const bool marks = is_shared(event, events) && !names_.contains(event.address);
      if (marks) names_[event.address] = "v" + std::to_string(++variables_);
    }
  }

  std::string place(std::uint64_t address) const override {
    const auto name = names_.find(address);
    return name == names_.end() ? std::string() : name->second;
  }

  std::string value(const machine::Event& event, std::uint64_t value) const override {
    const int unused = 64 - 8 * std::clamp<int>(event.size, 1, 8);
    const auto number = static_cast<std::int64_t>(value << unused) >> unused;
    if (event.size < sizeof(void*) || std::abs(number) <= kLargestNumber) {
      return std::to_string(number);
    }
    const std::string pointee = place(value);
    return pointee.empty() ? "?" : "&" + pointee;
  }

  std::string thread(machine::ThreadId thread) const override {
    return thread == 0 ? "root" : "thread " + std::to_string(thread - 1);
  }

 private:
  // Beyond it, what is as large as a pointer is one.
  static constexpr std::int64_t kLargestNumber = 0xffff;

  void add(const void* location, const char* name) {
    names_[reinterpret_cast<std::uint64_t>(location)] = name;
  }

  static bool is_atomic(machine::EventKind kind) {
    return kind >= machine::EventKind::kLoad && kind <= machine::EventKind::kCasFail;
  }

  // Whether it touches memory that is atomic, or that another thread touches too, or that something
  // points to.
  static bool is_shared(const machine::Event& event, const std::vector<machine::Event>& events) {
    if (event.address == 0) return false;
    return std::ranges::any_of(events, [&](const machine::Event& other) {
      if (other.size == sizeof(void*) && other.value == event.address) return true;
      return other.address == event.address &&
             (other.thread != event.thread || is_atomic(other.kind));
    });
  }

  std::map<std::uint64_t, std::string> names_;
  int variables_ = 0;
};

Machine machine_for(const Program& program) {
  return Machine({.steps = program.steps, .events = 2'000});
}

const machine::Ending& run(Machine& machine, const Program& program, choice::Source& source) {
  reset();
  return machine.run(source, run_root, const_cast<Program*>(&program));
}

Plain explore_plainly(const Program& program) {
  Machine machine = machine_for(program);
  choice::Odometer odometer;
  Plain plain;
  Tally tally;
  do {
    if (plain.sequences == kMostSequences) return plain;
    const machine::Ending ending = run(machine, program, odometer);
    ++plain.sequences;
    tally.add(ending);
    const std::vector<machine::Event> events = machine.events();
    odometer.again();
    if (run(machine, program, odometer).halt != ending.halt || !equal(machine.events(), events)) {
      plain.unequal = "choice sequence " + std::to_string(plain.sequences);
      return plain;
    }
  } while (odometer.next());
  plain.complete = true;
  plain.outcomes = tally.outcomes();
  return plain;
}

// What is in `a` and not in `b`.
std::string difference(const Outcomes& a, const Outcomes& b) {
  std::vector<std::string> words;
  std::ranges::set_difference(a, b, std::back_inserter(words));
  std::string text;
  for (const std::string& word : words) text += " {" + word + "}";
  return text.empty() ? " none" : text;
}

class MachineTest : public testing::Test {
 public:
  MachineTest(const Program& program, Outcomes outcomes)
      : program_(program), outcomes_(std::move(outcomes)) {}

  void TestBody() override {
    Machine machine = machine_for(program_);
    const Explored explored = explore(machine, program_);
    RecordProperty("executions", std::to_string(explored.executions));
    EXPECT_EQ(explored.diverged, 0U) << "runs that did not do again what they had done";
    Outcomes outcomes = explored.outcomes;
    // An access and a free that nothing orders are one of the two, whichever comes first; graphs do
    // not tell which.
    const bool unordered_free =
        outcomes_.contains("data race") && outcomes_.contains("dead memory");
    if (unordered_free && (outcomes.contains("data race") || outcomes.contains("dead memory"))) {
      outcomes.insert({"data race", "dead memory"});
    }
    std::string traces;
    for (const std::string& outcome : explored.outcomes) {
      if (outcomes_.contains(outcome)) continue;
      traces += "\n{" + outcome + "}:\n" + trace_of(machine, program_, outcome);
    }
    expect_outcomes(outcomes, explored.executions, traces);
    if (program_.executions != 0) {
      EXPECT_EQ(explored.executions, program_.executions);
    }

    const Plain plain = explore_plainly(program_);
    RecordProperty("sequences", plain.complete ? std::to_string(plain.sequences) : "many");
    ASSERT_EQ(plain.unequal, "") << "did not do the same when it was run again";
    if (plain.complete) expect_outcomes(plain.outcomes, plain.sequences, {});
  }

 private:
  void expect_outcomes(const Outcomes& found, std::uint64_t runs, const std::string& traces) const {
    EXPECT_TRUE(found == outcomes_) << "found and not allowed:" << difference(found, outcomes_)
                                    << "\nallowed and not found:" << difference(outcomes_, found)
                                    << "\nin " << runs << " runs" << traces;
  }

  Program program_;
  Outcomes outcomes_;
};

}  // namespace

Explored explore(Machine& machine, const Program& program) {
  graphs::Explorer explorer(machine);
  Explored explored;
  Tally tally;
  do {
    const machine::Ending& ending = run(machine, program, explorer);
    if (!explorer.complete()) continue;
    ++explored.executions;
    tally.add(ending);
  } while (explorer.next());
  explored.blocked = explorer.blocked();
  explored.diverged = explorer.diverged();
  explored.outcomes = tally.outcomes();
  return explored;
}

std::string trace_of(Machine& machine, const Program& program, const std::string& outcome) {
  const bool found = graphs::run_smallest(machine, [&](choice::Source& source) {
    const machine::Ending& ending = run(machine, program, source);
    return ending.halt == Halt::kFinished ? shows(registers(), outcome)
                                          : failure(ending) == outcome;
  });
  if (!found) return {};
  return trace::picture(machine, ProgramNames(machine.events()));
}

Test::Test(const char* suite, const char* name, const Program& program,
           std::initializer_list<const char*> outcomes, const char* file, int line) {
  if (program.needs_address_sanitizer && !machine::has_address_sanitizer()) return;
  Outcomes expected(outcomes.begin(), outcomes.end());
  testing::RegisterTest(suite, name, nullptr, nullptr, file, line,
                        [=]() -> testing::Test* { return new MachineTest(program, expected); });
}

void require(bool condition, const char* what) {
  if (!condition) Machine::current()->stop(Halt::kStopped, what);
}

void assume(bool condition) { require(condition, kAssumption); }

void Mutex::lock() const { g_mutexes[number_].lock(); }
void Mutex::unlock() const { g_mutexes[number_].unlock(); }
void Mutex::lock_shared() const { g_mutexes[number_].lock_shared(); }
void Mutex::unlock_shared() const { g_mutexes[number_].unlock_shared(); }

Thread::Thread(Body body) : number_(fork(body)) {}
void Thread::join() const { Machine::current()->join(static_cast<machine::ThreadId>(number_)); }

void retire(void* memory, std::size_t size) {
  Machine::current()->retire(reinterpret_cast<std::uint64_t>(memory), size, false);
}

}  // namespace slotproof::machine_test
