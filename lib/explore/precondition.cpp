#include "explore/precondition.h"

#include <algorithm>
#include <utility>

namespace slotproof::explore {
namespace {

using program::Operation;
using program::Verb;
using world::Feature;
using world::Status;

constexpr Interpreters kNone = 0;

Interpreters bit(int interpreter) { return static_cast<Interpreters>(1u << interpreter); }

bool claims(const Operation& o) {
  return o.verb == Verb::kWrap ||
         (o.verb == Verb::kInit && static_cast<Status>(o.argument) != Status::kOther);
}

// What one thread may hold and know. "May" and "can" err towards more, "must" and "surely" towards
// less.
class ThreadModel {
 public:
  ThreadModel(int thread, const Effects& others, const Circumstances& under)
      : others_(others), under_(under), thread_(thread) {
    for (int x = 0; x < program::kTensors; ++x) {
      const int owner = under.private_to[x];
      const bool knows = owner == program::Program::kShared || owner == thread;
      tensors_[x].may_hold = knows || others.tensors[x].escapes;
      tensors_[x].must_hold = knows;
    }
  }

  // Whether `o` can be done next; then it is.
  bool step(const Operation& o) {
    const bool attached = o.interpreter != program::kDetached && o.verb != Verb::kHermetic;
    if (attached && (surely_finalised_ & bit(o.interpreter)) != 0) return false;
    if (needs_reference(o.verb) && !tensors_[o.tensor].may_hold) return false;
    const bool possible = act(o) || !under_.rules.careful;
    if (attached && o.verb != Verb::kFinalise) created_ |= bit(o.interpreter);
    return possible;
  }

 private:
  struct Tensor {
    bool may_hold = false;
    bool must_hold = false;
    bool surely_escaped = false;
    bool surely_tagged = false;        // by this thread, or by whom it met
    bool empties = false;              // this thread may have emptied the slot since it filled it
    Interpreters claims = kNone;       // this thread may have made it the tag
    Interpreters knows = kNone;        // may have seen that it is the tag
    Interpreters owns = kNone;         // may have made the slot own its object
    Interpreters rewraps = kNone;      // may have given the object such a finalizer
    Interpreters filled = kNone;       // has surely put an object there, unless another is the tag
    Interpreters may_python = kNone;   // may hold a Python reference
    Interpreters must_python = kNone;  // holds one, unless another is the tag
  };

  static bool needs_reference(Verb verb) {
    return verb != Verb::kHermetic && verb != Verb::kFinalise && verb != Verb::kUnwrap;
  }

  // An operation that is attached to `interpreter` is done if nothing else forbids it.
  bool surely_lives(int interpreter) const {
    return interpreter == program::kDetached ||
           ((others_.finalises | may_finalise_) & bit(interpreter)) == 0;
  }
  bool can_be_empty(int x) const { return tensors_[x].empties || others_.tensors[x].empties; }

  // The object of `i` is surely in the slot, or the tag is another's; and no other claims it.
  bool surely_full(int x, Interpreters i) const {
    const Interpreters all = tensors_[x].claims | others_.tensors[x].claims;
    return (tensors_[x].filled & i) != 0 && (all & ~i) == 0 && !can_be_empty(x);
  }

  bool act(const Operation& o) {
    switch (o.verb) {
      case Verb::kHermetic: return set_hermetic(o.argument != 0);
      case Verb::kFinalise: return finalise(bit(o.interpreter));
      case Verb::kUnwrap: return unwrap(tensors_[o.tensor], bit(o.interpreter));
      default: break;
    }
    Tensor& x = tensors_[o.tensor];
    const Interpreters i = o.interpreter == program::kDetached ? kNone : bit(o.interpreter);
    const bool knows = (x.knows & i) != 0;
    switch (o.verb) {
      case Verb::kWrap: return wrap(o, x, i);
      case Verb::kInit: return init(o, x, i);
      case Verb::kDrop: return drop(o, x);
      case Verb::kEscape: return escape(o, x);
      case Verb::kCheck:
        if (!hermetic_ || o.argument != 0) see_tag(o.tensor, i);
        return true;
      case Verb::kLoad:
        return under_.features.has(Feature::kRefusesUntaggedLoad) || x.knows != kNone;
      case Verb::kMisuse: return misuse(o);
      case Verb::kObject:
      case Verb::kOwns: return knows;
      case Verb::kFinalizer:
        if (static_cast<program::FinalizerKind>(o.argument) == program::FinalizerKind::kRewrap) {
          x.rewraps |= i;
        }
        return knows;
      case Verb::kRevive: return knows && revive(o.tensor, i);
      case Verb::kTransfer: return knows && transfer(o, i);
      case Verb::kOwn: return knows && own(o, i);
      case Verb::kDisown: x.may_python |= i; return knows;
      case Verb::kClear: x.empties = true; return knows;
      case Verb::kDestroy:
        x.empties = true;
        x.may_python |=
            static_cast<Interpreters>(i & (x.rewraps | others_.tensors[o.tensor].rewraps));
        return knows;
      default: return true;
    }
  }

  // A section that changes nothing is no operation.
  bool set_hermetic(bool on) { return std::exchange(hermetic_, on) != on; }

  // One that nobody has made cannot be shut down. If this thread has made it, it is dead from here
  // on, whoever did it.
  bool finalise(Interpreters i) {
    if (((created_ | others_.attaches) & i) == 0) return false;
    ((created_ & i) != 0 ? surely_finalised_ : may_finalise_) |= i;
    may_finalise_ |= i;
    return true;
  }

  // Needs no C++ reference. Afterwards there is no Python reference, done or not.
  bool unwrap(Tensor& x, Interpreters i) {
    if ((x.may_python & i) == 0) return false;
    x.may_python &= ~i;
    x.must_python &= ~i;
    x.owns |= i;
    if (!under_.features.has(Feature::kOwnership)) x.empties = true;
    return true;
  }

  bool wrap(const Operation& o, Tensor& x, Interpreters i) {
    if (hermetic_) {
      // A wrapper of one's own; the reference that was held before goes back.
      if ((x.may_python & i) != 0) unwrap(x, i);
      x.may_python |= i;
      if (x.must_hold) x.must_python |= i;
      return true;
    }
    fill(o, x, i);
    if (x.must_hold) x.must_python |= i;
    return true;
  }

  bool init(const Operation& o, Tensor& x, Interpreters i) {
    // Whoever fills a slot under its GIL has seen that it is empty.
    if (surely_full(o.tensor, i)) return false;
    switch (static_cast<Status>(o.argument)) {
      case Status::kOther: return true;
      case Status::kDefinitely:
        if (under_.private_to[o.tensor] != thread_ || x.surely_escaped || x.surely_tagged) {
          return false;
        }
        break;
      case Status::kUs:
        if ((x.knows & i) == 0) return false;
        if (under_.rules.gil && !can_be_empty(o.tensor)) return false;
        break;
      case Status::kMaybe: break;
    }
    fill(o, x, i);
    return true;
  }

  // Afterwards the slot has an object of `i`, unless it was another's or is shut to `i`.
  static void note_full(Tensor& x, Interpreters i) {
    x.empties = false;
    x.filled |= i;
    x.surely_tagged = true;
  }

  void fill(const Operation& o, Tensor& x, Interpreters i) {
    x.claims |= i;
    x.knows |= i;
    x.may_python |= i;
    if (x.must_hold && surely_lives(o.interpreter)) note_full(x, i);
  }

  void see_tag(int tensor, Interpreters i) {
    Tensor& x = tensors_[tensor];
    x.knows |= static_cast<Interpreters>(i & (x.claims | others_.tensors[tensor].claims));
  }

  // A reference that may not be there yet may come later.
  bool drop(const Operation& o, Tensor& x) {
    if (x.must_hold && surely_lives(o.interpreter)) x.may_hold = false;
    x.must_hold = false;
    return true;
  }

  bool escape(const Operation& o, Tensor& x) {
    if (under_.private_to[o.tensor] != thread_ || x.surely_escaped) return false;
    x.surely_escaped = x.must_hold && surely_lives(o.interpreter);
    return true;
  }

  bool misuse(const Operation& o) const {
    return under_.features.has(refusal(static_cast<program::MisuseKind>(o.argument)));
  }

  bool owned(int tensor, Interpreters i) const {
    return ((tensors_[tensor].owns | others_.tensors[tensor].owns) & i) != 0;
  }

  // For who holds no Python reference, of an object that the slot owns.
  bool revive(int tensor, Interpreters i) {
    Tensor& x = tensors_[tensor];
    if (!owned(tensor, i) || (x.must_python & i) != 0) return false;
    x.may_python |= i;
    return true;
  }

  bool transfer(const Operation& o, Interpreters i) {
    Tensor& to = tensors_[o.argument];
    if (hermetic_ || !to.may_hold || !owned(o.tensor, i)) return false;
    to.claims |= i;
    to.knows |= i;
    to.owns |= i;
    tensors_[o.tensor].empties = true;
    return true;
  }

  // The thread's Python reference becomes the slot's; a slot without an object refuses.
  bool own(const Operation& o, Interpreters i) {
    Tensor& x = tensors_[o.tensor];
    const bool refused =
        can_be_empty(o.tensor) && under_.features.has(Feature::kRefusesOwningNothing);
    if ((x.may_python & i) == 0 && !refused) return false;
    x.owns |= i;
    x.must_python &= ~i;
    return true;
  }

  const Effects& others_;
  const Circumstances& under_;
  int thread_;
  bool hermetic_ = false;
  Interpreters created_ = kNone;
  Interpreters may_finalise_ = kNone;
  Interpreters surely_finalised_ = kNone;
  std::array<Tensor, program::kTensors> tensors_{};
};

}  // namespace

world::Feature refusal(program::MisuseKind misuse) {
  switch (misuse) {
    case program::MisuseKind::kNull: return Feature::kRefusesNullInterpreter;
    case program::MisuseKind::kOdd: return Feature::kRefusesOddObject;
    case program::MisuseKind::kStatus: break;
  }
  return Feature::kRefusesUnknownStatus;
}

void Effects::add(const Effects& other) {
  for (std::size_t x = 0; x < tensors.size(); ++x) {
    tensors[x].claims |= other.tensors[x].claims;
    tensors[x].owns |= other.tensors[x].owns;
    tensors[x].rewraps |= other.tensors[x].rewraps;
    tensors[x].empties |= other.tensors[x].empties;
    tensors[x].escapes |= other.tensors[x].escapes;
  }
  attaches |= other.attaches;
  finalises |= other.finalises;
  destroys |= other.destroys;
}

Effects effects_of(std::span<const Operation> operations, const Circumstances& under) {
  Effects effects;
  const bool ownership = under.features.has(Feature::kOwnership);
  bool hermetic = false;
  for (const Operation& o : operations) {
    Effects::OfTensor& x = effects.tensors[o.tensor];
    const Interpreters i = o.interpreter == program::kDetached ? kNone : bit(o.interpreter);
    if (o.verb == Verb::kFinalise) {
      effects.finalises |= i;
    } else if (o.verb != Verb::kHermetic) {
      effects.attaches |= i;
    }
    switch (o.verb) {
      case Verb::kWrap:
      case Verb::kInit:
        if (!claims(o)) break;
        x.claims |= i;
        // Without a GIL the tag is seen before the object.
        if (!under.rules.gil) x.empties = true;
        // In a hermetic section an object that was held before is given back.
        if (hermetic) x.owns |= i;
        if (hermetic && !ownership) x.empties = true;
        break;
      case Verb::kUnwrap:
      case Verb::kOwn:
        x.owns |= i;
        if (!ownership) x.empties = true;
        break;
      case Verb::kTransfer: {
        x.empties = true;
        Effects::OfTensor& to = effects.tensors[o.argument];
        to.claims |= i;
        to.owns |= i;
        break;
      }
      case Verb::kFinalizer:
        if (static_cast<program::FinalizerKind>(o.argument) == program::FinalizerKind::kRewrap) {
          x.rewraps |= i;
        }
        break;
      case Verb::kDestroy: effects.destroys |= i; [[fallthrough]];
      case Verb::kClear: x.empties = true; break;
      case Verb::kEscape: x.escapes = true; break;
      case Verb::kHermetic: hermetic = o.argument != 0; break;
      default: break;
    }
  }
  return effects;
}

std::size_t feasible_prefix(std::span<const Operation> operations, int thread,
                            const Effects& others, const Circumstances& under) {
  ThreadModel model(thread, others, under);
  const auto stop =
      std::ranges::find_if_not(operations, [&](const Operation& o) { return model.step(o); });
  return static_cast<std::size_t>(stop - operations.begin());
}

}  // namespace slotproof::explore
