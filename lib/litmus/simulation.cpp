#include "litmus/simulation.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "choice/odometer.h"
#include "graphs/explorer.h"
#include "graphs/smallest.h"

namespace slotproof::litmus {
namespace {

using machine::Bits;
using machine::Halt;

constexpr std::uint8_t kSize = sizeof(Value);

Bits bits(Value value) { return {static_cast<std::uint32_t>(value), 0}; }
Value value_of(Bits b) { return static_cast<Value>(static_cast<std::uint32_t>(b.low)); }

std::uint64_t address_of(const void* p) { return reinterpret_cast<std::uint64_t>(p); }

class TestNames final : public trace::Names {
 public:
  explicit TestNames(const Simulation& simulation) : simulation_(simulation) {}

  std::string place(std::uint64_t address) const override {
    return simulation_.location_at(address);
  }
  std::string value(const machine::Event& /*event*/, std::uint64_t v) const override {
    return std::to_string(value_of({v, 0}));
  }
  std::string thread(machine::ThreadId thread) const override {
    return simulation_.thread_named(thread);
  }

 private:
  const Simulation& simulation_;
};

}  // namespace

Simulation::Simulation(machine::Machine& machine, const Test& test)
    : machine_(machine),
      test_(test),
      cells_(test.locations.size()),
      mutexes_(test.locations.size()),
      observed_(test.observables.size()) {
  for (std::size_t t = 0; t < test.threads.size(); ++t) {
    const std::size_t registers = test.threads[t].registers.size();
    threads_.push_back({this, t, false, 0, std::vector<Value>(registers)});
  }
}

State Simulation::run(choice::Source& source) {
  for (std::size_t l = 0; l < cells_.size(); ++l) {
    cells_[l].value = test_.locations[l].initial;
    mutexes_[l].reset();
  }
  for (ThreadRun& thread : threads_) {
    thread.created = false;
    std::ranges::fill(thread.registers, 0);
  }
  const Halt halt = machine_.run(source, run_root, this).halt;
  return {halt, halt == Halt::kFinished ? observed_ : std::vector<Value>()};
}

std::string Simulation::location_at(std::uint64_t address) const {
  for (std::size_t l = 0; l < cells_.size(); ++l) {
    if (address == address_of(&cells_[l]) || address == address_of(&mutexes_[l])) {
      return test_.locations[l].name;
    }
  }
  return {};
}

std::string Simulation::thread_named(machine::ThreadId thread) const {
  for (const ThreadRun& t : threads_) {
    if (t.created && t.id == thread) return "P" + std::to_string(t.number);
  }
  return "root";
}

// Nothing below allocates: a run that is ended leaves its stacks as they are.

void Simulation::run_root(void* argument) {
  auto& self = *static_cast<Simulation*>(argument);
  for (std::size_t t = 0; t < self.threads_.size(); ++t) {
    if (!self.test_.threads[t].created) self.create(t);
  }
  self.machine_.join_all();
  self.observe();
}

void Simulation::run_thread(void* argument) {
  auto& thread = *static_cast<ThreadRun*>(argument);
  Simulation& self = *thread.simulation;
  self.execute(thread, self.test_.threads[thread.number].body);
}

void Simulation::create(std::size_t number) {
  threads_[number].created = true;
  threads_[number].id = machine_.fork(run_thread, &threads_[number]);
}

// The last value of each modification order, seen by the root as its program would.
void Simulation::observe() {
  for (std::size_t i = 0; i < observed_.size(); ++i) {
    const Observable& observed = test_.observables[i];
    if (observed.thread != Observable::kMemory) {
      observed_[i] = threads_[observed.thread].registers[observed.index];
    } else if (test_.locations[observed.index].kind == LocationKind::kAtomic) {
      observed_[i] = value_of(machine_.load(address_of(&cells_[observed.index]), kSize,
                                            machine::MemoryOrder::kRelaxed, nullptr));
    } else {
      observed_[i] = read(observed.index);
    }
  }
}

Value Simulation::read(int location) {
  machine_.read(&cells_[location], kSize);
  return cells_[location].value;
}

void Simulation::write(int location, Value written) {
  machine_.write(&cells_[location], kSize);
  cells_[location].value = written;
}

void Simulation::execute(ThreadRun& thread, const std::vector<Statement>& statements) {
  for (const Statement& statement : statements) execute(thread, statement);
}

void Simulation::execute(ThreadRun& thread, const Statement& s) {
  const std::uint64_t address = cells_.empty() ? 0 : address_of(&cells_[s.location]);
  machine::Mutex* const mutex = mutexes_.empty() ? nullptr : &mutexes_[s.location];
  const auto given = [&] { return evaluate(s.value, thread.registers); };
  const auto give = [&](Value v) {
    if (s.result != kNoRegister) thread.registers[s.result] = v;
  };
  switch (s.action) {
    case Action::kAssign: give(given()); break;
    case Action::kIf: execute(thread, given() != 0 ? s.then : s.otherwise); break;
    case Action::kRead: give(read(s.location)); break;
    case Action::kWrite: write(s.location, given()); break;
    case Action::kLoad: give(value_of(machine_.load(address, kSize, s.order, nullptr))); break;
    case Action::kStore: machine_.store(address, kSize, bits(given()), s.order, nullptr); break;
    case Action::kRmw:
      give(value_of(machine_.rmw(address, kSize, s.rmw, bits(given()), s.order, nullptr)));
      break;
    case Action::kCompareExchange: compare_exchange(thread, s); break;
    case Action::kFence: machine_.fence(s.order, nullptr); break;
    case Action::kLock: mutex->lock(); break;
    case Action::kUnlock:
      if (!mutex->held_by(machine_.self())) machine_.stop(Halt::kCrash, "unlocked by another");
      mutex->unlock();
      break;
    case Action::kLockShared: mutex->lock_shared(); break;
    case Action::kUnlockShared: mutex->unlock_shared(); break;
    case Action::kCreate: create(static_cast<std::size_t>(s.number)); break;
    case Action::kJoin: {
      const ThreadRun& other = threads_[s.number];
      if (!other.created) machine_.stop(Halt::kCrash, "joined before it was created");
      machine_.join(other.id);
      break;
    }
    case Action::kFree: machine_.retire(address, sizeof(Cell), false); break;
  }
}

void Simulation::compare_exchange(ThreadRun& thread, const Statement& s) {
  const bool in_register = s.expected_register != kNoRegister;
  const Value expected =
      in_register ? thread.registers[s.expected_register] : read(s.expected_location);
  Bits seen = bits(expected);
  const bool stored = machine_.compare_exchange(address_of(&cells_[s.location]), kSize, seen,
                                                bits(evaluate(s.value, thread.registers)), s.weak,
                                                s.order, s.failure, nullptr);
  if (!stored && in_register) thread.registers[s.expected_register] = value_of(seen);
  if (!stored && !in_register) write(s.expected_location, value_of(seen));
  if (s.result != kNoRegister) thread.registers[s.result] = stored ? 1 : 0;
}

Exploration explore(machine::Machine& machine, const Test& test, std::uint64_t most) {
  Simulation simulation(machine, test);
  Exploration exploration;
  {
    graphs::Explorer explorer(machine);
    do {
      if (exploration.executions == most) return exploration;
      State state = simulation.run(explorer);
      if (!explorer.complete()) continue;
      ++exploration.executions;
      if (holds(test.condition, state)) ++exploration.satisfying;
      exploration.states.insert(std::move(state));
    } while (explorer.next());
    exploration.complete = explorer.diverged() == 0;
  }
  choice::Odometer odometer;
  do {
    if (exploration.sequences == most) return exploration;
    State state = simulation.run(odometer);
    ++exploration.sequences;
    if (!exploration.states.contains(state)) exploration.unseen.insert(std::move(state));
  } while (odometer.next());
  exploration.plain_complete = true;

  // An access and a free that nothing orders are a data race or an access to dead memory, whichever
  // comes first; graphs do not tell which.
  const State race{Halt::kDataRace, {}};
  const State dead{Halt::kAddress, {}};
  for (const auto& [one, other] : {std::pair{race, dead}, std::pair{dead, race}}) {
    if (!exploration.states.contains(one) || !exploration.unseen.contains(other)) continue;
    exploration.states.insert(exploration.unseen.extract(other));
  }
  return exploration;
}

std::optional<Trace> trace_of(machine::Machine& machine, const Test& test,
                              const std::function<bool(const State&)>& wanted) {
  Simulation simulation(machine, test);
  Trace result;
  const bool found = graphs::run_smallest(machine, [&](choice::Source& source) {
    result.state = simulation.run(source);
    return wanted(result.state);
  });
  if (!found) return {};
  const TestNames names(simulation);
  result.lines = trace::lines_of(machine, names);
  for (const trace::Line& line : result.lines) {
    result.threads.push_back(simulation.thread_named(machine.events()[line.event].thread));
  }
  result.picture = trace::picture(machine, names);
  return result;
}

Judgement judge(const Test& test, const Exploration& exploration) {
  Judgement judgement;
  judgement.complete = exploration.complete;
  judgement.reduction_misses = !exploration.unseen.empty();
  if (test.quantifier == Quantifier::kNotExists) {
    judgement.condition_holds = exploration.satisfying == 0;
  } else if (test.quantifier == Quantifier::kForall) {
    judgement.condition_holds = exploration.satisfying == exploration.executions;
  }
  if (!test.states) return judgement;
  const auto difference = [](const States& a, const States& b) {
    States result;
    std::ranges::set_difference(a, b, std::inserter(result, result.end()));
    return result;
  };
  judgement.forbidden = difference(exploration.states, *test.states);
  judgement.missing = difference(*test.states, exploration.states);
  return judgement;
}

}  // namespace slotproof::litmus
