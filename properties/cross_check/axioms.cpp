#include "axioms.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "relation.h"

namespace slotproof::cross_check {
namespace {

using litmus::Action;
using litmus::Statement;
using litmus::Test;
using litmus::Value;
using machine::MemoryOrder;
using machine::RmwKind;

constexpr int kNowhere = -1;

bool is_acquire(MemoryOrder o) {
  return o == MemoryOrder::kConsume || o == MemoryOrder::kAcquire || o == MemoryOrder::kAcqRel ||
         o == MemoryOrder::kSeqCst;
}

bool is_release(MemoryOrder o) {
  return o == MemoryOrder::kRelease || o == MemoryOrder::kAcqRel || o == MemoryOrder::kSeqCst;
}

// A statement of a thread's path. `taken`: the branch, if it is one.
struct Step {
  const Statement* statement;
  bool taken = false;
};
using Path = std::vector<Step>;

// All ways through the statements, whatever their conditions are.
std::vector<Path> paths_through(const std::vector<Statement>& statements) {
  std::vector<Path> paths(1);
  for (const Statement& statement : statements) {
    std::vector<Path> longer;
    const auto extend = [&](const Path& path, bool taken, const std::vector<Path>& tails) {
      for (const Path& tail : tails) {
        longer.push_back(path);
        longer.back().push_back({&statement, taken});
        longer.back().insert(longer.back().end(), tail.begin(), tail.end());
      }
    };
    for (const Path& path : paths) {
      if (statement.action == Action::kIf) {
        extend(path, true, paths_through(statement.then));
        extend(path, false, paths_through(statement.otherwise));
      } else {
        extend(path, false, {Path()});
      }
    }
    paths = std::move(longer);
  }
  return paths;
}

enum class Kind : std::uint8_t { kMarker, kAccess, kFence };

struct Event {
  Kind kind = Kind::kMarker;  // a thread's start or end, a creation or a join
  int thread = kNowhere;      // none: an initial value
  const Statement* statement = nullptr;
  int location = kNowhere;
  bool atomic = false;
  bool may_read = false;
  bool may_write = false;
};

// Exactly one path of each thread, and what may become of it.
class Candidate {
 public:
  Candidate(const Test& test, const std::vector<Path>& paths, litmus::States& states)
      : test_(test), paths_(paths), states_(states), sequenced_(0), synchronized_(0) {
    make_events();
    const std::size_t n = events_.size();
    from_.assign(n, kNowhere);
    spurious_.assign(n, 0);
    for (std::size_t e = 0; e < n; ++e) {
      if (events_[e].may_read) reads_.push_back(e);
      if (events_[e].statement != nullptr && events_[e].statement->weak) weak_.push_back(e);
    }
    order_events();
    choose_spurious(0);
  }

 private:
  // ---- What is given with the paths ----

  std::size_t add_event(const Event& event) {
    events_.push_back(event);
    return events_.size() - 1;
  }

  void make_events() {
    for (std::size_t t = 0; t < paths_.size(); ++t) {
      const int thread = static_cast<int>(t);
      starts_.push_back(add_event({.thread = thread}));
      for (const Step& step : paths_[t]) {
        const Statement& s = *step.statement;
        Event event{.thread = thread, .statement = &s};
        switch (s.action) {
          case Action::kAssign:
          case Action::kIf: continue;
          case Action::kFence: event.kind = Kind::kFence; break;
          case Action::kCreate:
          case Action::kJoin: break;
          default:
            event.kind = Kind::kAccess;
            event.location = s.location;
            event.atomic = s.action != Action::kRead && s.action != Action::kWrite;
            event.may_read = s.action != Action::kWrite && s.action != Action::kStore;
            event.may_write = s.action != Action::kRead && s.action != Action::kLoad;
        }
        add_event(event);
      }
      ends_.push_back(add_event({.thread = thread}));
    }
    for (std::size_t l = 0; l < test_.locations.size(); ++l) {
      initials_.push_back(
          add_event({.kind = Kind::kAccess, .location = static_cast<int>(l), .may_write = true}));
    }
  }

  // Sequenced-before ([intro.execution]/8), and what creation and join synchronize
  // ([thread.thread.constr]/6, [thread.thread.member]/4). Initialization comes before all threads.
  void order_events() {
    const std::size_t n = events_.size();
    sequenced_ = Relation(n);
    synchronized_ = Relation(n);
    for (std::size_t a = 0; a < n; ++a) {
      for (std::size_t b = 0; b < n; ++b) {
        const bool initial = events_[a].thread == kNowhere && events_[b].thread != kNowhere;
        if (initial || (a < b && events_[a].thread == events_[b].thread && !is_initial(a))) {
          sequenced_.add(a, b);
        }
      }
      const Statement* const s = events_[a].statement;
      if (s == nullptr) continue;
      if (s->action == Action::kCreate) synchronized_.add(a, starts_[s->number]);
      if (s->action == Action::kJoin) synchronized_.add(ends_[s->number], a);
    }
  }

  bool is_initial(std::size_t e) const { return events_[e].thread == kNowhere; }

  // ---- What is free: spurious failures and reads-from ----

  void choose_spurious(std::size_t i) {
    if (i == weak_.size()) {
      choose_reads_from(0);
      return;
    }
    for (const char fails : {'\0', '\1'}) {
      spurious_[weak_[i]] = fails;
      choose_spurious(i + 1);
    }
  }

  void choose_reads_from(std::size_t i) {
    if (i == reads_.size()) {
      if (evaluate()) check();
      return;
    }
    const std::size_t read = reads_[i];
    for (std::size_t write = 0; write < events_.size(); ++write) {
      if (write == read || !events_[write].may_write ||
          events_[write].location != events_[read].location) {
        continue;
      }
      from_[read] = static_cast<int>(write);
      if (execution_order(i + 1).irreflexive()) choose_reads_from(i + 1);
    }
    from_[read] = kNowhere;
  }

  // Sequenced-before, creation and join, and the reads-from of the first `reads` reads, closed.
  // That it has no cycle is more than C++20 says: it excludes values out of thin air
  // ([atomics.order]/8 only asks implementations to) and with them load buffering.
  Relation execution_order(std::size_t reads) const {
    Relation order = sequenced_;
    order.add(synchronized_);
    for (std::size_t i = 0; i < reads; ++i) order.add(from_[reads_[i]], reads_[i]);
    return order.close();
  }

  // ---- Values ----

  // Computes all values; gives false if they contradict what was chosen.
  bool evaluate() {
    const std::size_t n = events_.size();
    read_.assign(n, 0);
    written_.assign(n, 0);
    writes_.assign(n, 0);
    registers_.clear();
    for (const litmus::Thread& thread : test_.threads) {
      registers_.emplace_back(thread.registers.size());
    }
    next_step_.assign(paths_.size(), 0);

    const Relation order = execution_order(reads_.size());
    std::vector<std::size_t> sorted(n);
    std::vector<std::size_t> before(n);
    for (std::size_t e = 0; e < n; ++e) {
      sorted[e] = e;
      for (std::size_t other = 0; other < n; ++other) before[e] += order.has(other, e) ? 1 : 0;
    }
    std::ranges::sort(sorted, {}, [&](std::size_t e) { return std::pair(before[e], e); });
    for (const std::size_t e : sorted) {
      if (!evaluate(e)) return false;
    }
    // Atomicity: an RMW reads the value just before its own ([atomics.order]/10), so no two read
    // one.
    std::vector<char> taken(n);
    for (const std::size_t r : reads_) {
      if (writes_[r] != 0 && std::exchange(taken[from_[r]], 1) != 0) return false;
    }
    return true;
  }

  bool evaluate(std::size_t e) {
    const Event& event = events_[e];
    if (is_initial(e)) {
      writes_[e] = 1;
      written_[e] = test_.locations[event.location].initial;
      return true;
    }
    if (event.statement == nullptr && e == starts_[event.thread]) return true;
    if (!evaluate_steps(event)) return false;
    if (event.kind != Kind::kAccess) return true;
    if (event.may_read) {
      if (writes_[from_[e]] == 0) return false;  // a compare-exchange that failed
      read_[e] = written_[from_[e]];
    }
    return evaluate_access(e);
  }

  // The thread's steps up to the event, which are no events themselves.
  bool evaluate_steps(const Event& event) {
    const Path& path = paths_[event.thread];
    std::vector<Value>& registers = registers_[event.thread];
    std::size_t& next = next_step_[event.thread];
    for (; next < path.size(); ++next) {
      const Statement& s = *path[next].statement;
      if (&s == event.statement) {
        ++next;
        return true;
      }
      const Value value = litmus::evaluate(s.value, registers);
      if (s.action == Action::kIf && (value != 0) != path[next].taken) return false;
      if (s.action == Action::kAssign) registers[s.result] = value;
    }
    return true;
  }

  bool evaluate_access(std::size_t e) {
    const Statement& s = *events_[e].statement;
    std::vector<Value>& registers = registers_[events_[e].thread];
    const Value operand = litmus::evaluate(s.value, registers);
    Value result = read_[e];
    if (s.action == Action::kCompareExchange) {
      const bool equal = read_[e] == registers[s.expected_register];
      if (spurious_[e] != 0 && !equal) return false;  // then it is no spurious failure
      const bool stores = equal && spurious_[e] == 0;
      writes_[e] = stores ? 1 : 0;
      written_[e] = operand;
      if (!stores) registers[s.expected_register] = read_[e];
      result = stores ? 1 : 0;
    } else if (events_[e].may_write) {
      writes_[e] = 1;
      written_[e] = s.action == Action::kRmw ? applied(s.rmw, read_[e], operand) : operand;
    }
    if (events_[e].may_read && s.result != litmus::kNoRegister) registers[s.result] = result;
    return true;
  }

  static Value applied(RmwKind kind, Value old, Value operand) {
    const auto a = static_cast<std::uint32_t>(old);
    const auto b = static_cast<std::uint32_t>(operand);
    switch (kind) {
      case RmwKind::kExchange: return operand;
      case RmwKind::kAdd: return static_cast<Value>(a + b);
      case RmwKind::kSub: return static_cast<Value>(a - b);
      case RmwKind::kAnd: return static_cast<Value>(a & b);
      case RmwKind::kOr: return static_cast<Value>(a | b);
      case RmwKind::kXor: return static_cast<Value>(a ^ b);
      case RmwKind::kNand: return static_cast<Value>(~(a & b));
    }
    return 0;
  }

  // ---- Consistency ----

  bool is_rmw(std::size_t e) const { return events_[e].may_read && writes_[e] != 0; }

  // The order of what took place: of a compare-exchange that failed, that for failure.
  MemoryOrder order_of(std::size_t e) const {
    const Statement& s = *events_[e].statement;
    return s.action == Action::kCompareExchange && writes_[e] == 0 ? s.failure : s.order;
  }

  bool is_fence(std::size_t e, bool (*has_order)(MemoryOrder)) const {
    return events_[e].kind == Kind::kFence && has_order(events_[e].statement->order);
  }

  bool is_atomic(std::size_t e, bool (*has_order)(MemoryOrder)) const {
    return events_[e].atomic && has_order(order_of(e));
  }

  // Synchronizes-with of atomics and fences ([atomics.order]/2, [atomics.fences]/2-4), along the
  // release sequences ([intro.races]/5) that each read reads from.
  Relation synchronizes() const {
    Relation result = synchronized_;
    for (const std::size_t read : reads_) {
      if (!events_[read].atomic) continue;
      auto write = static_cast<std::size_t>(from_[read]);
      while (!is_initial(write) && events_[write].atomic) {
        for (std::size_t from = 0; from < events_.size(); ++from) {
          const bool releases = from == write
                                    ? is_atomic(write, is_release)
                                    : is_fence(from, is_release) && sequenced_.has(from, write);
          if (!releases) continue;
          for (std::size_t to = 0; to < events_.size(); ++to) {
            const bool acquires = to == read ? is_atomic(read, is_acquire)
                                             : is_fence(to, is_acquire) && sequenced_.has(read, to);
            if (acquires && events_[from].thread != events_[to].thread) result.add(from, to);
          }
        }
        if (!is_rmw(write)) break;
        write = static_cast<std::size_t>(from_[write]);
      }
    }
    return result;
  }

  void check() {
    const Relation synchronizes_with = synchronizes();
    Relation happens_before = sequenced_;
    happens_before.add(synchronizes_with);
    happens_before.close();
    if (!happens_before.irreflexive()) return;  // [intro.races]/10
    // Modification orders, location by location; coherence concerns each alone.
    std::vector<std::vector<Modifications>> choices;
    for (std::size_t l = 0; l < test_.locations.size(); ++l) {
      choices.push_back(modification_orders(static_cast<int>(l), happens_before));
      if (choices.back().empty()) return;
    }
    const bool races = has_race(happens_before);
    std::vector<const Modifications*> chosen(choices.size());
    const std::function<void(std::size_t)> choose = [&](std::size_t l) {
      if (l < choices.size()) {
        for (const Modifications& order : choices[l]) {
          chosen[l] = &order;
          choose(l + 1);
        }
      } else if (has_seq_cst_order(chosen, happens_before, synchronizes_with)) {
        emit(chosen, races);
      }
    };
    choose(0);
  }

  struct Modifications {
    std::vector<std::size_t> writes;  // in modification order
    Relation coherence;               // coherence-ordered-before
  };

  // All modification orders of the location that coherence and atomicity leave.
  std::vector<Modifications> modification_orders(int location, const Relation& happens_before) {
    std::vector<std::size_t> writes;
    for (std::size_t e = 0; e < events_.size(); ++e) {
      if (events_[e].location == location && writes_[e] != 0 && !is_initial(e)) writes.push_back(e);
    }
    std::vector<Modifications> result;
    do {
      std::vector<std::size_t> order = {initials_[location]};
      order.insert(order.end(), writes.begin(), writes.end());
      // An RMW follows what it read ([atomics.order]/10).
      bool atomic = true;
      for (std::size_t i = 1; i < order.size(); ++i) {
        atomic &= !is_rmw(order[i]) || static_cast<std::size_t>(from_[order[i]]) == order[i - 1];
      }
      if (!atomic) continue;
      Relation coherence = coherence_of(location, order);
      // Write-write, read-read, read-write and write-read coherence ([intro.races]/15-18): nothing
      // happens before what is coherence-ordered before it.
      bool coherent = coherence.irreflexive();
      for (std::size_t a = 0; a < events_.size(); ++a) {
        for (std::size_t b = 0; b < events_.size(); ++b) {
          coherent &= !(happens_before.has(a, b) && coherence.has(b, a));
        }
      }
      if (coherent) result.push_back({std::move(order), std::move(coherence)});
    } while (std::ranges::next_permutation(writes).found);
    return result;
  }

  // Coherence-ordered-before ([atomics.order]/3): reads-from, modification order, and a read before
  // the writes behind the one that it reads; closed.
  Relation coherence_of(int location, const std::vector<std::size_t>& order) const {
    Relation result(events_.size());
    std::vector<std::size_t> place(events_.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      place[order[i]] = i;
      for (std::size_t j = i + 1; j < order.size(); ++j) result.add(order[i], order[j]);
    }
    for (const std::size_t read : reads_) {
      if (events_[read].location != location) continue;
      const auto from = static_cast<std::size_t>(from_[read]);
      result.add(from, read);
      for (std::size_t i = place[from] + 1; i < order.size(); ++i) {
        if (order[i] != read) result.add(read, order[i]);
      }
    }
    return result.close();
  }

  bool is_seq_cst(std::size_t e) const {
    constexpr auto kSeqCst = [](MemoryOrder o) { return o == MemoryOrder::kSeqCst; };
    return is_fence(e, kSeqCst) || is_atomic(e, kSeqCst);
  }

  bool is_seq_cst_fence(std::size_t e) const {
    return events_[e].kind == Kind::kFence && is_seq_cst(e);
  }

  // Strongly-happens-before ([intro.races]/12).
  Relation strongly_happens_before(const Relation& happens_before,
                                   const Relation& synchronizes_with) const {
    Relation result = sequenced_;
    for (std::size_t a = 0; a < events_.size(); ++a) {
      for (std::size_t b = 0; b < events_.size(); ++b) {
        const bool both = events_[a].atomic && events_[b].atomic && is_seq_cst(a) && is_seq_cst(b);
        if (both && synchronizes_with.has(a, b)) result.add(a, b);
      }
    }
    result.add(sequenced_.then(happens_before).then(sequenced_));
    return result.close();
  }

  // Whether there is a total order S of the seq_cst operations ([atomics.order]/4): whether what it
  // has to contain has no cycle.
  bool has_seq_cst_order(const std::vector<const Modifications*>& chosen,
                         const Relation& happens_before, const Relation& synchronizes_with) const {
    const std::size_t n = events_.size();
    std::vector<std::size_t> nodes;
    for (std::size_t e = 0; e < n; ++e) {
      if (is_seq_cst(e)) nodes.push_back(e);
    }
    if (nodes.empty()) return true;
    const Relation strongly = strongly_happens_before(happens_before, synchronizes_with);
    Relation s(n);
    for (const std::size_t a : nodes) {
      for (const std::size_t b : nodes) {
        if (strongly.has(a, b)) s.add(a, b);
      }
    }
    // [atomics.order]/4.1 to 4.4: what is coherence-ordered is so in S, itself or by the fences
    // around it.
    const auto ends_of = [&](std::size_t e, bool before) {
      std::vector<std::size_t> ends;
      if (is_seq_cst(e)) ends.push_back(e);
      for (const std::size_t f : nodes) {
        if (!is_seq_cst_fence(f)) continue;
        if (before ? happens_before.has(f, e) : happens_before.has(e, f)) ends.push_back(f);
      }
      return ends;
    };
    for (std::size_t l = 0; l < chosen.size(); ++l) {
      if (test_.locations[l].kind != litmus::LocationKind::kAtomic) continue;
      for (std::size_t a = 0; a < n; ++a) {
        for (std::size_t b = 0; b < n; ++b) {
          if (!chosen[l]->coherence.has(a, b)) continue;
          for (const std::size_t from : ends_of(a, true)) {
            for (const std::size_t to : ends_of(b, false)) s.add(from, to);
          }
        }
      }
    }
    return s.close().irreflexive();
  }

  // [intro.races]/21
  bool has_race(const Relation& happens_before) const {
    for (std::size_t a = 0; a < events_.size(); ++a) {
      for (std::size_t b = 0; b < a; ++b) {
        const Event& x = events_[a];
        const Event& y = events_[b];
        const bool conflict = x.kind == Kind::kAccess && y.kind == Kind::kAccess &&
                              x.location == y.location && (writes_[a] != 0 || writes_[b] != 0) &&
                              !(x.atomic && y.atomic);
        if (conflict && x.thread != y.thread && !happens_before.has(a, b) &&
            !happens_before.has(b, a)) {
          return true;
        }
      }
    }
    return false;
  }

  void emit(const std::vector<const Modifications*>& chosen, bool races) {
    if (races) {
      states_.insert({machine::Halt::kDataRace, {}});
      return;
    }
    litmus::State state;
    for (const litmus::Observable& observed : test_.observables) {
      state.values.push_back(observed.thread == litmus::Observable::kMemory
                                 ? written_[chosen[observed.index]->writes.back()]
                                 : registers_[observed.thread][observed.index]);
    }
    states_.insert(std::move(state));
  }

  const Test& test_;
  const std::vector<Path>& paths_;  // of each thread
  litmus::States& states_;
  std::vector<Event> events_;
  std::vector<std::size_t> starts_, ends_;  // of each thread
  std::vector<std::size_t> initials_;       // of each location
  std::vector<std::size_t> reads_, weak_;
  Relation sequenced_;
  Relation synchronized_;  // by creation and join
  std::vector<int> from_;  // reads-from, of each read
  std::vector<char> spurious_;
  std::vector<Value> read_, written_;
  std::vector<char> writes_;
  std::vector<std::vector<Value>> registers_;
  std::vector<std::size_t> next_step_;
};

bool creates(const Path& path, std::size_t thread) {
  return std::ranges::any_of(path, [&](const Step& step) {
    return step.statement->action == Action::kCreate &&
           static_cast<std::size_t>(step.statement->number) == thread;
  });
}

bool has_axioms(const std::vector<Statement>& statements) {
  return std::ranges::all_of(statements, [](const Statement& s) {
    const bool locks = s.action >= Action::kLock && s.action <= Action::kUnlockShared;
    const bool expects_in_memory =
        s.action == Action::kCompareExchange && s.expected_register == litmus::kNoRegister;
    return !locks && s.action != Action::kFree && !expects_in_memory && has_axioms(s.then) &&
           has_axioms(s.otherwise);
  });
}

// The statements, those of both branches counted.
std::size_t size_of(const std::vector<Statement>& statements) {
  std::size_t size = statements.size();
  for (const Statement& s : statements) size += size_of(s.then) + size_of(s.otherwise);
  return size;
}

}  // namespace

bool has_axioms(const Test& test) {
  std::size_t events = test.locations.size();
  for (const litmus::Thread& thread : test.threads) events += size_of(thread.body) + 2;
  return events <= Relation::kMaxSize &&
         std::ranges::all_of(test.threads,
                             [](const litmus::Thread& t) { return has_axioms(t.body); });
}

litmus::States allowed_states(const Test& test) {
  litmus::States states;
  std::vector<Path> chosen(test.threads.size());
  const std::function<void(std::size_t)> choose = [&](std::size_t t) {
    if (t < chosen.size()) {
      for (Path& path : paths_through(test.threads[t].body)) {
        chosen[t] = std::move(path);
        choose(t + 1);
      }
      return;
    }
    // A thread that nobody creates does nothing.
    std::vector<Path> paths = chosen;
    for (std::size_t i = 0; i < paths.size(); ++i) {
      const bool runs = !test.threads[i].created ||
                        std::ranges::any_of(chosen, [&](const Path& p) { return creates(p, i); });
      if (!runs) paths[i].clear();
    }
    Candidate(test, paths, states);
  };
  choose(0);
  return states;
}

}  // namespace slotproof::cross_check
