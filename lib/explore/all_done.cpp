#include "explore/all_done.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "explore/precondition.h"

namespace slotproof::explore {
namespace {

using program::FinalizerKind;
using program::kDetached;
using program::kInterpreters;
using program::kTensors;
using program::kThreads;
using program::Operation;
using program::OperationId;
using program::Program;
using program::Verb;
using world::Feature;
using world::Status;

// No larger program is looked at, and no more steps of the orders of one are tried.
constexpr int kMostOperations = 12;
constexpr int kMostSteps = 20'000;

using Number = std::int8_t;
constexpr Number kNone = -1;

// The world between two operations.
struct State {
  struct Tensor {
    Number tag = kNone;
    Number object = kNone;
    bool owns = false;
    bool escaped = false;
  };
  struct Object {
    Number tensor = kNone;
    Number interpreter = kNone;
    Number references = 0;  // Python's
    Number finalizer = kNone;
    bool holds_tensor = false;
  };
  struct Thread {
    std::array<bool, kTensors> dropped{};
    std::array<Number, kTensors> knows_tag;
    std::array<std::array<Number, kInterpreters>, kTensors> held;
    bool hermetic = false;
  };

  State() {
    for (Thread& t : threads) {
      t.knows_tag.fill(kNone);
      for (auto& held : t.held) held.fill(kNone);
    }
  }

  std::array<Tensor, kTensors> tensors{};
  std::array<Thread, kThreads> threads{};
  // Each operation makes one at most, and a finalizer one more.
  std::array<Object, 2 * kMostOperations> objects{};
  Number made = 0;
  std::uint8_t created = 0;  // bit i: interpreter i
  std::uint8_t finalised = 0;
};

// What an operation does, one at a time; as in world/protocol.cpp, where the reasons are.
class Model {
 public:
  Model(const Program& program, world::Features features) : program_(program), features_(features) {
    for (int t = 0; t < kThreads; ++t) {
      for (const Operation& o : program.threads[t]) {
        if (program::info(o.verb).on_tensor) users_[o.tensor] |= 1u << t;
        if (o.verb == Verb::kTransfer) users_[o.argument] |= 1u << t;
      }
    }
  }

  // Whether `o` is done next by `thread`; then it is.
  bool step(State& state, int thread, const Operation& o) const {
    return Step{*this, state, thread, o.interpreter, o.tensor}.perform(o);
  }

 private:
  static std::uint8_t bit(int interpreter) { return static_cast<std::uint8_t>(1u << interpreter); }

  struct Step {
    const Model& model;
    State& s;
    int t;
    int i;
    int x;

    State::Thread& me() { return s.threads[t]; }
    State::Tensor& tensor() { return s.tensors[x]; }
    bool has(Feature f) const { return model.features_.has(f); }
    bool knows() { return me().knows_tag[x] == i; }
    Number& held() { return me().held[x][i]; }

    bool may_have(int thread, int which) const {
      const int owner = model.program_.private_to[which];
      return (model.users_[which] >> thread & 1) != 0 && !s.threads[thread].dropped[which] &&
             (owner == Program::kShared || owner == thread || s.tensors[which].escaped);
    }
    int tensor_references(int which) const {
      int references = 0;
      for (int thread = 0; thread < kThreads; ++thread) references += may_have(thread, which);
      for (const State::Object& o : s.objects) references += o.holds_tensor && o.tensor == which;
      return references;
    }

    bool perform(const Operation& o) {
      if (i != kDetached) {
        if ((s.finalised & bit(i)) != 0) return false;
        if (o.verb != Verb::kFinalise) s.created |= bit(i);
      }
      const bool needs_tensor = program::info(o.verb).on_tensor && o.verb != Verb::kUnwrap;
      if (needs_tensor && !may_have(t, x)) return false;
      switch (o.verb) {
        case Verb::kWrap: return wrap();
        case Verb::kUnwrap: return unwrap();
        case Verb::kDrop: return drop();
        case Verb::kTransfer: return transfer(o.argument);
        case Verb::kEscape:
          return model.program_.private_to[x] == t && !std::exchange(tensor().escaped, true);
        case Verb::kRevive: return revive();
        case Verb::kFinalizer: return set_finalizer(o.argument);
        case Verb::kHermetic: me().hermetic = o.argument != 0; return true;
        case Verb::kFinalise: return finalise();
        case Verb::kInit: return init(static_cast<Status>(o.argument));
        case Verb::kCheck:
          if (tensor().tag == i && (!me().hermetic || o.argument != 0)) learn();
          return true;
        case Verb::kLoad: return has(Feature::kRefusesUntaggedLoad) || me().knows_tag[x] != kNone;
        case Verb::kTag:
        case Verb::kMine:
        case Verb::kHas: return true;
        case Verb::kObject:
        case Verb::kOwns: return knows();
        case Verb::kOwn: return own();
        case Verb::kDisown: return disown();
        case Verb::kClear:
          if (!knows() || tensor().owns) return false;
          tensor().object = kNone;
          return true;
        case Verb::kDestroy: return destroy();
        case Verb::kMisuse: return has(refusal(static_cast<program::MisuseKind>(o.argument)));
      }
      return true;
    }

    void learn() { me().knows_tag[x] = static_cast<Number>(i); }

    Number make_object() {
      const Number number = s.made++;
      s.objects[number] = {static_cast<Number>(x), static_cast<Number>(i), 1, kNone, true};
      return number;
    }

    void keep(Number object) {
      const Number before = std::exchange(held(), object);
      if (before != kNone) drop_object(before);
    }

    void drop_object(Number number) {
      State::Object& object = s.objects[number];
      if ((s.finalised & bit(object.interpreter)) != 0) return;
      if (--object.references > 0) return;
      const bool in_slot = object.tensor != kNone && s.tensors[object.tensor].object == number;
      if (in_slot && has(Feature::kOwnership) && tensor_references(object.tensor) > 1) {
        object.references = 1;
        s.tensors[object.tensor].owns = true;
      } else if (in_slot) {
        s.tensors[object.tensor].object = kNone;
      }
      object.holds_tensor = false;
    }

    void put_new_object() {
      const Number number = make_object();
      tensor() = {static_cast<Number>(i), number, false, tensor().escaped};
      learn();
      keep(number);
    }

    bool wrap() {
      const Number tag = tensor().tag;
      if (tag != kNone && tag != i) return true;  // refused
      if (me().hermetic) {
        keep(make_object());
        return true;
      }
      if (tag == i) learn();
      const Number number = tag == i ? tensor().object : kNone;
      if (number == kNone) {
        put_new_object();
        return true;
      }
      if (has(Feature::kOwnership) && std::exchange(tensor().owns, false)) {
        s.objects[number].holds_tensor = true;
      } else {
        ++s.objects[number].references;
      }
      keep(number);
      return true;
    }

    bool init(Status status) {
      const Number tag = tensor().tag;
      if (tag == i && tensor().object != kNone) return false;
      const bool mine_alone = model.program_.private_to[x] == t && !tensor().escaped;
      if (status == Status::kDefinitely && !(mine_alone && tag == kNone)) return false;
      if (status == Status::kUs && !knows()) return false;
      if (status != Status::kOther && (tag == kNone || tag == i)) put_new_object();
      return true;
    }

    bool unwrap() {
      const Number number = std::exchange(held(), kNone);
      if (number == kNone) return false;
      drop_object(number);
      return true;
    }

    bool drop() {
      me().dropped[x] = true;
      if (tensor_references(x) == 0 && tensor().owns) give_back_object();
      return true;
    }

    // The slot gives up its reference to the object that it owns.
    Number give_back_object() {
      const Number number = std::exchange(tensor().object, kNone);
      tensor().owns = false;
      --s.objects[number].references;
      s.objects[number].tensor = kNone;
      return number;
    }

    bool destroy() {
      if (!knows()) return false;
      if (!tensor().owns) return true;
      const State::Object& object = s.objects[give_back_object()];
      const bool rewraps = object.finalizer == static_cast<Number>(FinalizerKind::kRewrap);
      if (object.references == 0 && rewraps && held() == kNone) put_new_object();
      return true;
    }

    bool transfer(int to) {
      const bool may = to != x && knows() && tensor().object != kNone && tensor().owns;
      if (!may || me().hermetic || !may_have(t, to)) return false;
      State::Tensor& other = s.tensors[to];
      if (other.tag != kNone && other.tag != i) return true;  // refused
      me().knows_tag[to] = static_cast<Number>(i);
      if (other.tag == i && other.object != kNone) return true;
      other = {static_cast<Number>(i), tensor().object, true, other.escaped};
      s.objects[other.object].tensor = static_cast<Number>(to);
      tensor().object = kNone;
      tensor().owns = false;
      return true;
    }

    bool revive() {
      if (!knows() || tensor().object == kNone || !tensor().owns || held() != kNone) return false;
      ++s.objects[tensor().object].references;
      held() = tensor().object;
      return true;
    }

    bool set_finalizer(std::uint8_t kind) {
      if (!knows() || tensor().object == kNone) return false;
      s.objects[tensor().object].finalizer = static_cast<Number>(kind);
      return true;
    }

    bool finalise() {
      if ((s.created & bit(i)) == 0) return false;
      s.finalised |= bit(i);
      for (State::Thread& thread : s.threads) {
        for (auto& held_of_tensor : thread.held) held_of_tensor[i] = kNone;
      }
      return true;
    }

    bool own() {
      if (!knows() || tensor().owns) return false;
      const Number number = tensor().object;
      if (number == kNone) return has(Feature::kRefusesOwningNothing);
      if (held() != number) return false;
      held() = kNone;
      tensor().owns = true;
      s.objects[number].holds_tensor = false;
      return true;
    }

    bool disown() {
      if (!knows()) return false;
      if (!std::exchange(tensor().owns, false)) return true;
      s.objects[tensor().object].holds_tensor = true;
      keep(tensor().object);
      return true;
    }
  };

  const Program& program_;
  world::Features features_;
  std::array<std::uint8_t, kTensors> users_{};
};

// Tries out orders of the operations, until it is known of each pair whether either may come first.
class Orders {
 public:
  Orders(const Program& program, const Model& model) : program_(program), model_(model) {
    for (int t = 0; t < kThreads; ++t) {
      first_[t] = static_cast<int>(operations_.size());
      for (std::size_t k = 0; k < program.threads[t].size(); ++k) {
        operations_.push_back({static_cast<std::uint8_t>(t), static_cast<std::uint8_t>(k)});
      }
    }
  }

  // One thread behind the other, the first one first or last. In many programs that is all.
  void try_whole_threads() {
    for (const bool backwards : {false, true}) {
      State state;
      std::vector<int> order;
      for (int n = 0; n < kThreads; ++n) {
        const int t = backwards ? kThreads - 1 - n : n;
        for (std::size_t k = 0; k < program_.threads[t].size(); ++k) {
          if (!model_.step(state, t, program_.threads[t][k])) return;
          order.push_back(first_[t] + static_cast<int>(k));
        }
      }
      note(order);
      open_ = !backwards;
    }
  }

  // All others; gives false if they are too many.
  bool try_all() {
    std::vector<int> order;
    std::array<std::size_t, kThreads> next{};
    return !open_ || extend(State{}, next, order);
  }

  bool any() const { return any_; }
  const std::vector<OperationId>& operations() const { return operations_; }
  // Whether operation `a` comes before `b` in some order in which all are done.
  bool may_precede(int a, int b) const { return precedes_[a][b]; }

 private:
  void note(const std::vector<int>& order) {
    any_ = true;
    for (std::size_t a = 0; a < order.size(); ++a) {
      for (std::size_t b = a + 1; b < order.size(); ++b) precedes_[order[a]][order[b]] = true;
    }
  }

  bool extend(const State& state, std::array<std::size_t, kThreads>& next,
              std::vector<int>& order) {
    if (order.size() == operations_.size()) note(order);
    for (int t = 0; t < kThreads; ++t) {
      if (next[t] == program_.threads[t].size()) continue;
      if (++steps_ > kMostSteps) return false;
      State behind = state;
      if (!model_.step(behind, t, program_.threads[t][next[t]])) continue;
      order.push_back(first_[t] + static_cast<int>(next[t]));
      ++next[t];
      if (!extend(behind, next, order)) return false;
      --next[t];
      order.pop_back();
    }
    return true;
  }

  const Program& program_;
  const Model& model_;
  std::array<int, kThreads> first_{};
  std::vector<OperationId> operations_;
  std::array<std::array<bool, kMostOperations>, kMostOperations> precedes_{};
  bool any_ = false;
  bool open_ = true;  // not all is known yet
  int steps_ = 0;
};

// Whether the world sees to it that what is behind the one is ordered behind all of it.
bool orders(const Program& program, const OperationId& before, const OperationId& after) {
  const Operation& a = program.threads[before.thread][before.index];
  const Operation& b = program.threads[after.thread][after.index];
  if (a.interpreter != kDetached && a.interpreter == b.interpreter) return true;
  return a.verb == Verb::kEscape && program::info(b.verb).on_tensor && b.tensor == a.tensor;
}

}  // namespace

AllDone all_done(const Program& program, world::Features features) {
  AllDone result;
  const bool speaks_of = program.rules.gil && program.rules.careful;
  if (!speaks_of || program.operations() > kMostOperations) return result;
  const Model model(program, features);
  Orders orders_of(program, model);
  orders_of.try_whole_threads();
  if (!orders_of.try_all()) return result;
  result.possible = orders_of.any();
  const std::vector<OperationId>& operations = orders_of.operations();
  for (std::size_t a = 0; a < operations.size(); ++a) {
    for (std::size_t b = 0; b < operations.size(); ++b) {
      const int before = static_cast<int>(a), after = static_cast<int>(b);
      if (operations[a].thread != operations[b].thread && !orders_of.may_precede(after, before) &&
          orders_of.any() && orders(program, operations[a], operations[b])) {
        result.precedences.push_back({operations[a], operations[b]});
      }
    }
  }
  return result;
}

}  // namespace slotproof::explore
