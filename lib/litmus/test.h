// A litmus test as a value: a tiny concurrent program, a question about its final states, and the
// states that C++20 allows it.
//
// It holds what a .litmus file says and nothing of how it is run, so that others than the machine
// can give it a meaning too (properties/cross_check does). Text form: README.md.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "machine/event.h"
#include "machine/machine.h"
#include "machine/memory_model.h"

namespace slotproof::litmus {

using Value = std::int32_t;

// At most this many threads: one is left for the root, which forks them.
inline constexpr int kMaxThreads = machine::kMaxThreads - 1;

enum class LocationKind : std::uint8_t { kPlain, kAtomic, kSpinLock, kRwLock };

struct Location {
  std::string name;
  LocationKind kind = LocationKind::kPlain;
  Value initial = 0;  // not of locks
};

enum class Operator : std::uint8_t {
  kNumber,    // `number`
  kRegister,  // register `number` of the thread
  kNot,       // the first operand only, as the next two
  kNegate,
  kComplement,
  kMultiply,  // both operands, from here on
  kAdd,
  kSubtract,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kEqual,
  kUnequal,
  kBitAnd,
  kBitXor,
  kBitOr,
  kAnd,
  kOr,
};

// Of registers and numbers only: an access to memory is a statement. Arithmetic wraps.
struct Expression {
  Operator op = Operator::kNumber;
  Value number = 0;
  std::vector<Expression> operands = {};
};

enum class Action : std::uint8_t {
  kAssign,  // result = value
  kIf,      // value ? then : otherwise
  kRead,    // plain: result = location
  kWrite,   // plain: location = value
  kLoad,    // atomic, as the next three
  kStore,
  kRmw,
  kCompareExchange,
  kFence,
  kLock,  // exclusively
  kUnlock,
  kLockShared,
  kUnlockShared,
  kCreate,  // thread `number`
  kJoin,
  kFree,  // the memory of location
};

inline constexpr int kNoRegister = -1;

struct Statement {
  Action action = Action::kAssign;
  int location = 0;          // index
  int result = kNoRegister;  // of a compare-exchange: 1 if it stored, else 0
  Expression value = {};     // of a compare-exchange: what is stored
  machine::MemoryOrder order = machine::MemoryOrder::kSeqCst;
  // Of a read-modify-write.
  machine::RmwKind rmw = machine::RmwKind::kAdd;
  // Of a compare-exchange. What is expected is in a register of the thread, or else in a plain
  // location; if the comparison fails, what was seen is put there.
  machine::MemoryOrder failure = machine::MemoryOrder::kSeqCst;
  bool weak = false;
  int expected_register = kNoRegister;
  int expected_location = 0;
  int number = 0;
  std::vector<Statement> then = {};
  std::vector<Statement> otherwise = {};
};

struct Thread {
  std::vector<std::string> registers;  // names; each is 0 until it is set
  std::vector<Statement> body;
  bool created = false;  // by another thread; else it is there from the beginning
};

// A register or location whose final value is part of a state.
struct Observable {
  static constexpr int kMemory = -1;
  int thread = kMemory;  // of the register
  int index = 0;         // of the register in its thread, or of the location

  friend bool operator==(const Observable&, const Observable&) = default;
};

enum class Connective : std::uint8_t { kTrue, kEquals, kNot, kAnd, kOr };

// A proposition about a state.
struct Proposition {
  Connective connective = Connective::kTrue;
  std::size_t observable = 0;  // kEquals: which of the test's has `value`
  Value value = 0;
  std::vector<Proposition> operands;
};

// How a run ended: with the values of the test's observables if it finished, else with none.
struct State {
  machine::Halt halt = machine::Halt::kFinished;
  std::vector<Value> values;

  friend auto operator<=>(const State&, const State&) = default;
};

using States = std::set<State>;

enum class Quantifier : std::uint8_t {
  kExists,     // a question: sometimes, always or never
  kNotExists,  // a claim
  kForall,     // a claim
};

struct Test {
  std::string name;
  std::vector<Location> locations;
  std::vector<Thread> threads;
  std::vector<Observable> observables;
  Quantifier quantifier = Quantifier::kExists;
  Proposition condition;
  std::string condition_text;    // as it was written, on one line
  std::optional<States> states;  // exactly those that are allowed; if it says nothing: unknown
};

// What `expression` is, with these registers of the thread.
Value evaluate(const Expression& expression, const std::vector<Value>& registers);

// Whether the proposition is true of a state. It is true of none that did not finish.
bool holds(const Proposition& proposition, const State& state);

// "1:r0=1; x=2;", "data race"
std::string print(const Test& test, const State& state);

// The test as a file, with its states. parse(print()) is the same test, but for line breaks.
std::string print(const Test& test);

}  // namespace slotproof::litmus
