#include "protocol.h"

#include <utility>

namespace slotproof::laws {
namespace {

using oracle::Expected;
using program::FinalizerKind;
using program::kDetached;
using program::Operation;
using program::Verb;
using world::CallRecord;
using world::kNobody;
using world::Raised;
using world::SlotCall;
using world::Status;

// One operation, done step by step. A step that a careful caller would not take ends it.
class Doing {
 public:
  Doing(Protocol& p, const Operation& o) : p_(p), o_(o), i_(o.interpreter), x_(o.tensor) {}

  bool done() {
    if (o_.verb == Verb::kHermetic) {
      p_.hermetic = o_.argument != 0;
      return true;
    }
    if (o_.verb == Verb::kFinalise) return finalise();
    if (i_ != kDetached) {
      if (p_.finalised[i_]) return false;
      p_.created[i_] = true;
    }
    if (o_.verb == Verb::kUnwrap) {
      const int object = std::exchange(python(x_), kNobody);
      if (object != kNobody) drop(object);
      return object != kNobody;
    }
    return t().held && on_tensor();
  }

 private:
  ModelTensor& t() { return p_.tensors[x_]; }
  int& python(int x) { return p_.tensors[x].python[i_]; }
  bool knows_tag() { return t().seen == i_ && i_ != kDetached; }

  bool on_tensor() {
    switch (o_.verb) {
      case Verb::kWrap: return wrap();
      case Verb::kDrop:
        t().held = false;
        release(x_);
        return true;
      case Verb::kTransfer: return transfer(o_.argument);
      case Verb::kEscape: return !std::exchange(t().shared, true);
      case Verb::kRevive:
        if (!knows_tag() || !t().slot.owns || python(x_) != kNobody) return false;
        ++p_.objects[t().slot.object].references;
        python(x_) = t().slot.object;
        return true;
      case Verb::kFinalizer:
        if (!knows_tag() || t().slot.object == kNobody) return false;
        p_.objects[t().slot.object].finalizer = static_cast<FinalizerKind>(o_.argument);
        return true;
      case Verb::kInit: return init(static_cast<Status>(o_.argument));
      case Verb::kCheck: {
        CallRecord c = call(SlotCall::kCheck);
        c.ignore = o_.argument != 0;
        if (perform(x_, c).has_value) t().seen = i_;
        return true;
      }
      case Verb::kTag:
      case Verb::kLoad:
      case Verb::kMine:
      case Verb::kHas: return true;
      case Verb::kObject:
      case Verb::kOwns: return knows_tag();
      case Verb::kOwn: return own();
      case Verb::kDisown: return disown();
      case Verb::kClear:
        if (!knows_tag() || t().slot.owns) return false;
        clear(x_);
        return true;
      case Verb::kDestroy:
        if (!knows_tag()) return false;
        destroy(x_, SlotCall::kDestroyObject);
        return true;
      case Verb::kMisuse: {
        if (static_cast<program::MisuseKind>(o_.argument) != program::MisuseKind::kNull) {
          drop(make(false));
        }
        return true;
      }
      default: return false;
    }
  }

  // ---- Calls of the slot ----

  CallRecord call(SlotCall slot_call) {
    CallRecord c;
    c.call = slot_call;
    c.self = i_;
    c.hermetic = p_.hermetic;
    return c;
  }

  Expected perform(int x, const CallRecord& c) {
    Expected e = oracle::step(p_.tensors[x].slot, c);
    p_.tensors[x].slot = e.next;
    return e;
  }

  bool call_init(int x, int object, Status status) {
    CallRecord c = call(SlotCall::kInit);
    c.object = object;
    c.status = status;
    return perform(x, c).raised == Raised::kNothing;
  }

  void set_owns(int x, bool owns) {
    CallRecord c = call(SlotCall::kSetOwns);
    c.flag = owns;
    perform(x, c);
  }

  void clear(int x) {
    const int object = p_.tensors[x].slot.object;
    perform(x, call(SlotCall::kClear));
    if (object != kNobody) p_.objects[object].in_slot = false;
  }

  void destroy(int x, SlotCall how) {
    const oracle::SlotState before = p_.tensors[x].slot;
    CallRecord c = call(how);
    c.tag_unloaded = before.tag != kNobody && p_.finalised[before.tag];
    if (perform(x, c).decrefs == 0) return;
    ModelObject& object = p_.objects[before.object];
    object.tensor = kNobody;
    if (--object.references > 0) {
      object.in_slot = false;
      return;
    }
    object.alive = false;
    object.in_slot = false;
    // Its finalizer meets an empty slot: to destroy that does nothing, to fill it does.
    const bool fills = object.finalizer == FinalizerKind::kRewrap &&
                       how == SlotCall::kDestroyObject && !destructing_ &&
                       p_.tensors[x].python[before.tag] == kNobody;
    if (!fills) return;
    const int attached = std::exchange(i_, before.tag);
    init_new(x, Status::kUs);
    i_ = attached;
  }

  // ---- Objects and references ----

  int make(bool in_slot) {
    p_.objects.push_back({.interpreter = i_,
                          .tensor = x_,
                          .in_slot = in_slot,
                          .holds_tensor = true,
                          .finalizer = {}});
    ++t().references;
    return static_cast<int>(p_.objects.size()) - 1;
  }

  void release(int x) {
    ModelTensor& tensor = p_.tensors[x];
    if (--tensor.references > 0) return;
    const bool outer = std::exchange(destructing_, true);
    destroy(x, SlotCall::kDestruct);
    destructing_ = outer;
    tensor.alive = false;
  }

  // Gives a Python reference back; the last one frees the object, or hands it to the slot.
  void drop(int number) {
    ModelObject& object = p_.objects[number];
    if (p_.finalised[object.interpreter] || --object.references > 0) return;
    const int x = object.tensor;
    if (object.in_slot && p_.tensors[x].references > 1) {
      object.references = 1;
      set_owns(x, true);
      object.holds_tensor = false;
      release(x);
      return;
    }
    if (object.in_slot) clear(x);
    object.alive = false;
    object.in_slot = false;
    if (std::exchange(object.holds_tensor, false)) release(x);
  }

  void keep(int x, int object) {
    const int before = std::exchange(python(x), object);
    if (before != kNobody) drop(before);
  }

  bool init_new(int x, Status status) {
    const int outer = std::exchange(x_, static_cast<std::uint8_t>(x));
    const int object = make(true);
    const bool taken = call_init(x, object, status);
    if (taken) {
      t().seen = i_;
      keep(x, object);
    } else {
      p_.objects[object].alive = false;
      p_.objects[object].in_slot = false;
      p_.objects[object].holds_tensor = false;
      release(x);
    }
    x_ = outer;
    return taken;
  }

  // ---- Flows ----

  Status justified(int x, const Expected& checked) {
    if (checked.has_value) return Status::kUs;
    return p_.tensors[x].shared ? Status::kMaybe : Status::kDefinitely;
  }

  bool wrap() {
    const Expected checked = perform(x_, call(SlotCall::kCheck));
    if (checked.raised != Raised::kNothing) return true;
    if (p_.hermetic && !checked.has_value) {
      keep(x_, make(false));
      return true;
    }
    if (checked.has_value) t().seen = i_;
    const int object = checked.has_value ? checked.value : kNobody;
    if (object == kNobody) {
      init_new(x_, justified(x_, checked));
    } else if (t().slot.owns) {
      take_over(object);
    } else {
      ++p_.objects[object].references;
      keep(x_, object);
    }
    return true;
  }

  // The slot's reference becomes the thread's.
  void take_over(int object) {
    set_owns(x_, false);
    ++t().references;
    p_.objects[object].holds_tensor = true;
    keep(x_, object);
  }

  bool init(Status status) {
    const oracle::SlotState& slot = t().slot;
    if (slot.tag == i_ && slot.object != kNobody) return false;
    if (status == Status::kDefinitely && (t().shared || slot.tag != kNobody)) return false;
    if (status == Status::kUs && !knows_tag()) return false;
    init_new(x_, status);
    return true;
  }

  bool own() {
    if (!knows_tag() || t().slot.owns) return false;
    const int object = t().slot.object;
    if (object == kNobody) return true;  // refused
    if (python(x_) != object) return false;
    set_owns(x_, true);
    python(x_) = kNobody;
    p_.objects[object].holds_tensor = false;
    release(x_);
    return true;
  }

  bool disown() {
    if (!knows_tag()) return false;
    if (t().slot.owns) {
      take_over(t().slot.object);
    } else {
      set_owns(x_, false);
    }
    return true;
  }

  bool transfer(int to) {
    ModelTensor& target = p_.tensors[to];
    if (!target.held || !knows_tag() || !t().slot.owns || p_.hermetic) return false;
    const Expected checked = perform(to, call(SlotCall::kCheck));
    if (checked.raised != Raised::kNothing) return true;
    if (checked.has_value) target.seen = i_;
    if (checked.has_value && checked.value != kNobody) return true;
    const int object = t().slot.object;
    if (!call_init(to, object, justified(to, checked))) return true;
    target.seen = i_;
    set_owns(to, true);
    set_owns(x_, false);
    perform(x_, call(SlotCall::kClear));
    p_.objects[object].tensor = to;
    return true;
  }

  bool finalise() {
    if (!p_.created[i_] || p_.finalised[i_]) return false;
    p_.finalised[i_] = true;
    for (ModelTensor& tensor : p_.tensors) tensor.python[i_] = kNobody;
    return true;
  }

  Protocol& p_;
  const Operation& o_;
  int i_;
  int x_;
  bool destructing_ = false;
};

}  // namespace

std::optional<Protocol> after(const Protocol& before, const Operation& operation) {
  Protocol now = before;
  if (!Doing(now, operation).done()) return std::nullopt;
  return now;
}

std::vector<Operation> legal_operations(const Protocol& now, int tensors) {
  std::vector<Operation> legal;
  for (const program::VerbInfo& info : program::verbs()) {
    for (int i = kDetached; i < program::kInterpreters; ++i) {
      if (i == kDetached && info.needs_interpreter) continue;
      for (int x = 0; x < (info.on_tensor ? tensors : 1); ++x) {
        for (int a = 0; a < program::argument_values(info.argument); ++a) {
          if (info.argument == program::ArgumentKind::kTensor && (a == x || a >= tensors)) continue;
          const Operation o{info.verb, static_cast<std::int8_t>(i), static_cast<std::uint8_t>(x),
                            static_cast<std::uint8_t>(a)};
          if (after(now, o)) legal.push_back(o);
        }
      }
    }
  }
  return legal;
}

Protocol as_seen_by_another(const Protocol& now) {
  Protocol other = now;
  other.hermetic = false;
  for (ModelTensor& tensor : other.tensors) {
    tensor.seen = kNobody;
    tensor.python.fill(kNobody);
  }
  return other;
}

}  // namespace slotproof::laws
