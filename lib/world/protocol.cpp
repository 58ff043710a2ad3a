// The protocol of callers: how Python and C++ code that respects the contract uses slots, step by
// step.
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "world/world.h"

namespace slotproof::world {
namespace {

using machine::Bits;
using machine::MemoryOrder;
using machine::RmwKind;

std::uint64_t address_of(const void* p) { return reinterpret_cast<std::uint64_t>(p); }

}  // namespace

// ---- What an operation is done with ----

// Whether the thread has a C++ reference to the tensor; it takes one that was left for it.
bool World::has_tensor(int x) {
  Thread& t = me();
  if (t.holds[x]) return true;
  const int program_thread = machine_.self() - 1;
  if (setup_.private_to[x] == -1 || setup_.private_to[x] == program_thread) return false;
  Tensor& tensor = tensors_[x];
  if (t.received[x]) return false;
  const Bits escaped =
      machine_.load(address_of(&tensor.mailbox->escaped), 8, MemoryOrder::kAcquire, nullptr);
  if (escaped.low == 0) return false;
  t.received[x] = true;
  t.holds[x] = true;
  --tensor.undelivered;
  return true;
}

// Whether the thread, attached to an interpreter, knows that it is the tag; only then may it look
// at the object word.
bool World::knows_tag(int x) { return me().knows_tag[x] == me().attached; }

// Whether it also knows, as its GIL lets it, that there is an object.
bool World::sees_object(int x) { return knows_tag(x) && tensors_[x].object != kNobody; }

// ---- Python objects ----

int World::make_object(int x, bool in_slot) {
  const int number = static_cast<int>(objects_.size());
  Object& object = objects_.emplace_back();
  object.memory = static_cast<ObjectMemory*>(heap_.allocate(sizeof(ObjectMemory)));
  object.interpreter = me().attached;
  object.tensor = x;
  object.in_slot = in_slot;
  machine_.write(object.memory, sizeof(ObjectMemory));
  *object.memory = {1, static_cast<std::uint64_t>(x)};
  if (!setup_.holds_late) hold_tensor(number);
  return number;
}

// The object has a C++ reference to its tensor from now on.
void World::hold_tensor(int number) {
  Object& object = objects_[number];
  if (std::exchange(object.holds_tensor, true)) return;
  add_tensor_reference(object.tensor);
}

// It gives that back, if it has one.
void World::let_go_of_tensor(int number, int x) {
  if (std::exchange(objects_[number].holds_tensor, false)) release_tensor(x);
}

int World::object_number(const ObjectHandle* handle) const {
  if (handle == nullptr) return kNobody;
  for (std::size_t o = 0; o < objects_.size(); ++o) {
    if (address_of(objects_[o].memory) == address_of(handle)) return static_cast<int>(o);
  }
  return kUnknown;
}

// Under the GIL a reference count is an ordinary variable; without it, an atomic one.
std::int64_t World::add_references(int number, int by) {
  std::int64_t* references = &objects_[number].memory->references;
  if (!setup_.gil) {
    const Bits before = machine_.rmw(address_of(references), 8, RmwKind::kAdd,
                                     {static_cast<std::uint64_t>(std::int64_t{by}), 0},
                                     MemoryOrder::kAcqRel, nullptr);
    return static_cast<std::int64_t>(before.low) + by;
  }
  machine_.read(references, sizeof *references);
  machine_.write(references, sizeof *references);
  return *references += by;
}

void World::free_object(int number) {
  Object& object = objects_[number];
  object.alive = false;
  object.in_slot = false;
  heap_.release(machine_, object.memory, sizeof(ObjectMemory));
}

// The calling thread, which holds the object's GIL, gives back a Python reference. The last one
// frees the object, or, while C++ still knows the tensor, turns the ownership around.
void World::drop_object(int number) {
  if (interpreters_[objects_[number].interpreter].finalised) return;
  if (add_references(number, -1) > 0) return;
  const int x = objects_[number].tensor;
  const bool resurrects = features_.has(Feature::kOwnership) && objects_[number].in_slot;
  if (resurrects && tensor_references(x) > 1) {
    add_references(number, 1);
    if (call_set_owns(x, true).result.raised != Raised::kNothing) return;
    tensors_[x].owns = true;
    objects_[number].holds_tensor = false;
    release_tensor(x);
    return;
  }
  if (objects_[number].in_slot) {
    call_clear(x);
    tensors_[x].object = kNobody;
  }
  free_object(number);
  let_go_of_tensor(number, x);
}

// The slot gives back its reference. Called from inside a slot call, by any thread.
void World::on_decref(int interpreter, ObjectHandle* handle, bool has_pyobj_slot) {
  const std::string owner = interpreter_name(interpreter);
  const int number = object_number(handle);
  Thread& thread = me();
  if (thread.call >= 0) {
    ++calls_[thread.call].decrefs;
    calls_[thread.call].decref_object = number;
  }
  if (number == kNobody) fail(Violation::kOwnership, owner + ".decref(nullptr)");
  if (number == kUnknown) {
    fail(Violation::kOwnership, owner + ".decref of something that is no object");
  }
  const Object& object = objects_[number];
  const auto blame = [&](std::string_view what) {
    fail(Violation::kOwnership, fmt::format("{}.decref(p{}): {}", owner, number, what));
  };
  if (object.interpreter != interpreter) {
    blame(fmt::format("the object is {}'s", interpreter_name(object.interpreter)));
  }
  if (!has_pyobj_slot) blame("has_pyobj_slot is false");
  if (interpreters_[interpreter].finalised) blame("the interpreter was finalised");
  if (!object.alive) blame("the object is dead");

  // As PyThreadState_Swap does: one GIL at a time.
  const int attached = thread.attached;
  if (attached != interpreter) {
    if (setup_.gil) {
      if (attached != kDetached) interpreters_[attached].gil.unlock();
      interpreters_[interpreter].gil.lock();
    }
    me().attached = interpreter;
  }
  const int x = objects_[number].tensor;
  Finalizer finalizer = Finalizer::kNone;
  const std::int64_t left = add_references(number, -1);
  if (left < 0) blame("it has no references");
  if (left == 0) {
    finalizer = objects_[number].finalizer;
    free_object(number);
  } else {
    objects_[number].in_slot = false;  // outlives its tensor, or its slot's interest
  }
  objects_[number].tensor = -1;
  if (x >= 0 && tensors_[x].object == number) {
    tensors_[x].object = kNobody;
    tensors_[x].owns = false;
  }
  const int call = std::exchange(me().call, -1);
  if (finalizer == Finalizer::kAgain || finalizer == Finalizer::kRewrap)
    run_finalizer(finalizer, x);
  me().call = call;
  if (attached != interpreter) {
    if (setup_.gil) {
      interpreters_[interpreter].gil.unlock();
      if (attached != kDetached) interpreters_[attached].gil.lock();
    }
    me().attached = attached;
  }
  if (finalizer == Finalizer::kThrow && me().destroys == -1) {
    if (call >= 0) calls_[call].decref_threw = true;
    throw std::runtime_error("a finalizer failed");
  }
}

// Python code that runs when the object dies, and that the slot meets again.
void World::run_finalizer(Finalizer finalizer, int x) {
  if (x < 0) return;
  if (finalizer == Finalizer::kAgain) {
    call_simple(x, SlotCall::kDestroyObject);
    return;
  }
  if (me().destroys != -1 || held(x) != kNobody) return;
  init_new_object(x, Status::kUs);
}

// The calling thread holds a Python reference to `object` from now on; one that it held before is
// given back.
void World::keep(int x, int object) {
  const int before = std::exchange(held(x), object);
  if (before != kNobody) drop_object(before);
}

// ---- C++ references ----

void World::add_tensor_reference(int x) {
  machine_.rmw(address_of(&tensors_[x].memory->references), 8, RmwKind::kAdd, {1, 0},
               MemoryOrder::kRelaxed, nullptr);
}

std::uint64_t World::tensor_references(int x) {
  return machine_
      .load(address_of(&tensors_[x].memory->references), 8, MemoryOrder::kAcquire, nullptr)
      .low;
}

void World::release_tensor(int x) {
  Tensor& tensor = tensors_[x];
  const Bits before = machine_.rmw(address_of(&tensor.memory->references), 8, RmwKind::kSub, {1, 0},
                                   MemoryOrder::kAcqRel, nullptr);
  if (before.low != 1) return;
  const int outer = std::exchange(me().destroys, x);
  call_destruct(x);
  me().destroys = outer;
  tensor.alive = false;
  heap_.release(machine_, tensor.memory, sizeof(TensorMemory) + library_.slot_size());
}

// ---- Wrap and init ----

// What the caller may claim after check_pyobj gave `checked`.
Status World::justified_status(int x, const CallRecord& checked) {
  if (!features_.has(Feature::kStatus)) return Status::kMaybe;
  if (checked.result.has_value) return Status::kUs;
  const bool mine_alone = setup_.private_to[x] == machine_.self() - 1 && !tensors_[x].escaped;
  return mine_alone ? Status::kDefinitely : Status::kMaybe;
}

// Makes an object and puts it into the slot. Gives whether the slot took it; then the thread holds
// the object.
bool World::init_new_object(int x, Status status, bool breaks_promise) {
  const int object = make_object(x, true);
  const CallRecord& call =
      call_init(x, object, status, {.misuse = Misuse::kNone, .breaks_promise = breaks_promise});
  const bool taken = call.result.raised == Raised::kNothing;
  if (taken) {
    hold_tensor(object);
    Tensor& tensor = tensors_[x];
    if (tensor.tag == kNobody) tensor.tag = me().attached;
    tensor.object = object;
    tensor.owns = false;
    me().knows_tag[x] = me().attached;
    keep(x, object);
  } else {
    free_object(object);
    let_go_of_tensor(object, x);
  }
  return taken;
}

Done World::wrap(int interpreter, int x) {
  return as(interpreter, [&] {
    if (!has_tensor(x)) return Done::kSkipped;
    // By value: the history may grow under a reference.
    const CallRecord checked = call_check(x, false);
    if (checked.result.raised != Raised::kNothing) return Done::kDone;
    if (checked.hermetic && !checked.result.has_value) {
      // Inside a hermetic section a wrapper of one's own, of which the slot does not know.
      const int wrapper = make_object(x, false);
      hold_tensor(wrapper);
      keep(x, wrapper);
      return Done::kDone;
    }
    if (checked.result.has_value) me().knows_tag[x] = me().attached;
    const int object = checked.result.has_value ? checked.value : kNobody;
    // A result that the oracle will not forgive; touching it would only blur the verdict.
    if (object == kUnknown || (object >= 0 && !objects_[object].alive)) return Done::kDone;
    if (object == kNobody) {
      init_new_object(x, justified_status(x, checked));
      return Done::kDone;
    }
    if (features_.has(Feature::kOwnership) && call_simple(x, SlotCall::kOwns).value == 1) {
      // The slot's reference becomes the thread's, and the object keeps the tensor alive instead.
      call_set_owns(x, false);
      tensors_[x].owns = false;
      add_tensor_reference(x);
      objects_[object].holds_tensor = true;
    } else {
      add_references(object, 1);
    }
    keep(x, object);
    return Done::kDone;
  });
}

Done World::init(int interpreter, int x, Status status) {
  return as(interpreter, [&] {
    if (!has_tensor(x)) return Done::kSkipped;
    const Tensor& tensor = tensors_[x];
    // Whoever inits has looked before: under the GIL of the tag, there is no object that it does
    // not know of. A careless caller forgets one that the slot owns, and which then leaks.
    const bool over_object = tensor.tag == interpreter && tensor.object != kNobody;
    if (over_object && (setup_.careful || !tensor.owns)) return Done::kSkipped;
    const bool mine_alone = setup_.private_to[x] == machine_.self() - 1 && !tensor.escaped;
    const bool not_fresh = status == Status::kDefinitely && !(mine_alone && tensor.tag == kNobody);
    if (not_fresh && setup_.careful) {
      fail(Violation::kBrokenPromise,
           fmt::format("init x{} definitely: others may have tagged it, or it is tagged", x));
    }
    const bool not_ours = status == Status::kUs && !knows_tag(x);
    if (not_ours && setup_.careful) {
      fail(Violation::kBrokenPromise,
           fmt::format("init x{} us: the thread has not seen that {} is its tag", x,
                       interpreter_name(interpreter)));
    }
    init_new_object(x, status, over_object || not_fresh || not_ours);
    return Done::kDone;
  });
}

Done World::unwrap(int interpreter, int x) {
  return as(interpreter, [&] {
    const int object = std::exchange(held(x), kNobody);
    if (object == kNobody) return Done::kSkipped;
    drop_object(object);
    return Done::kDone;
  });
}

Done World::drop(int interpreter, int x) {
  return as(interpreter, [&] {
    if (!has_tensor(x)) return Done::kSkipped;
    me().holds[x] = false;
    release_tensor(x);
    return Done::kDone;
  });
}

// ---- The other flows ----

Done World::transfer(int interpreter, int from, int to) {
  return as(interpreter, [&] {
    if (from == to || !has_tensor(from) || !has_tensor(to)) return Done::kSkipped;
    if (!sees_object(from) || !tensors_[from].owns || me().hermetic_now) return Done::kSkipped;
    const CallRecord checked = call_check(to, false);
    if (checked.result.raised != Raised::kNothing) return Done::kDone;
    if (checked.result.has_value) me().knows_tag[to] = me().attached;
    if (checked.result.has_value && checked.value != kNobody) return Done::kDone;
    const int object = tensors_[from].object;
    const Status status = justified_status(to, checked);
    if (call_init(to, object, status, {}).result.raised != Raised::kNothing) return Done::kDone;
    me().knows_tag[to] = interpreter;
    if (tensors_[to].tag == kNobody) tensors_[to].tag = interpreter;
    tensors_[to].object = object;
    call_set_owns(to, true);
    tensors_[to].owns = true;
    call_set_owns(from, false);
    call_clear(from);
    tensors_[from].object = kNobody;
    tensors_[from].owns = false;
    objects_[object].tensor = to;
    return Done::kDone;
  });
}

Done World::escape(int interpreter, int x) {
  return as(interpreter, [&] {
    Tensor& tensor = tensors_[x];
    const int program_thread = machine_.self() - 1;
    if (setup_.private_to[x] != program_thread || tensor.escaped || !has_tensor(x)) {
      return Done::kSkipped;
    }
    tensor.escaped = true;
    for (int t = 0; t < kThreads; ++t) {
      if (t == program_thread || ((setup_.users[x] >> t) & 1) == 0) continue;
      add_tensor_reference(x);
      ++tensor.undelivered;
    }
    machine_.store(address_of(&tensor.mailbox->escaped), 8, {1, 0}, MemoryOrder::kRelease, nullptr);
    return Done::kDone;
  });
}

Done World::revive(int interpreter, int x) {
  return as(interpreter, [&] {
    if (!has_tensor(x) || !sees_object(x) || !tensors_[x].owns) return Done::kSkipped;
    if (held(x) != kNobody) return Done::kSkipped;
    add_references(tensors_[x].object, 1);
    held(x) = tensors_[x].object;
    return Done::kDone;
  });
}

Done World::set_finalizer(int interpreter, int x, Finalizer finalizer) {
  return as(interpreter, [&] {
    if (!has_tensor(x) || !sees_object(x)) return Done::kSkipped;
    objects_[tensors_[x].object].finalizer = finalizer;
    return Done::kDone;
  });
}

Done World::set_hermetic(bool hermetic) {
  library_.set_hermetic(hermetic);
  me().hermetic_now = hermetic;
  return Done::kDone;
}

Done World::finalise(int interpreter) {
  Interpreter& i = interpreters_[interpreter];
  // A careless caller has its GIL, and does not wait until nobody is inside one of its calls.
  machine::Mutex& taken = setup_.careful ? quiescence_ : i.gil;
  taken.lock();
  const Done done = i.created && !i.finalised ? Done::kDone : Done::kSkipped;
  if (done == Done::kDone) {
    library_.disarm(i.handle);
    i.finalised = true;
    heap_.release(machine_, i.vtable, library_.vtable_size());
    // Its Python code is gone, and with it all that this code held.
    for (Thread& t : threads_) {
      for (auto& held_of_tensor : t.python) held_of_tensor[interpreter] = kNobody;
    }
  }
  taken.unlock();
  return done;
}

// ---- The end of a run ----

void World::tear_down() {
  me().hermetic_now = false;
  library_.set_hermetic(false);
  for (int x = 0; x < kTensors; ++x) {
    Tensor& tensor = tensors_[x];
    if (tensor.memory == nullptr) continue;
    for (Thread& thread : threads_) {
      for (int i = 0; i < kInterpreters; ++i) {
        const int object = std::exchange(thread.python[x][i], kNobody);
        if (object == kNobody) continue;
        as(i, [&] {
          drop_object(object);
          return Done::kDone;
        });
      }
    }
    for (Thread& thread : threads_) {
      if (std::exchange(thread.holds[x], false)) release_tensor(x);
    }
    for (; tensor.undelivered > 0; --tensor.undelivered) release_tensor(x);
  }
  check_nothing_left();
}

// A finalised interpreter's objects are lost by design, with the tensors that they hold and the
// objects that these own; everything else must be gone.
void World::check_nothing_left() {
  std::array<bool, kTensors> lost{};
  for (const Object& object : objects_) {
    if (object.alive && object.holds_tensor && interpreters_[object.interpreter].finalised) {
      lost[object.tensor] = true;
    }
  }
  for (std::size_t o = 0; o < objects_.size(); ++o) {
    const Object& object = objects_[o];
    if (!object.alive || interpreters_[object.interpreter].finalised) continue;
    const int x = object.tensor;
    if (x >= 0 && lost[x] && tensors_[x].owns && tensors_[x].object == static_cast<int>(o))
      continue;
    fail(Violation::kOwnership,
         fmt::format("leak: object p{} of {} is left over and nobody owns it", o,
                     interpreter_name(object.interpreter)));
  }
  for (int x = 0; x < kTensors; ++x) {
    if (tensors_[x].alive && !lost[x]) {
      fail(Violation::kOwnership, fmt::format("leak: tensor x{} is left over", x));
    }
  }
}

// ---- Calls as they are ----

Done World::check(int interpreter, int x, bool ignore_hermetic) {
  return as(interpreter, [&] {
    if (!has_tensor(x)) return Done::kSkipped;
    if (call_check(x, ignore_hermetic).result.has_value) me().knows_tag[x] = me().attached;
    return Done::kDone;
  });
}

Done World::query(int interpreter, int x, SlotCall call) {
  return as(interpreter, [&] {
    if (!has_tensor(x)) return Done::kSkipped;
    const bool looks_at_object = call == SlotCall::kObject || call == SlotCall::kOwns;
    if (looks_at_object && !knows_tag(x)) return Done::kSkipped;
    if (call == SlotCall::kLoad && !may(Feature::kRefusesUntaggedLoad) &&
        me().knows_tag[x] == kNobody) {
      return Done::kSkipped;
    }
    call_simple(x, call);
    return Done::kDone;
  });
}

Done World::own(int interpreter, int x) {
  return as(interpreter, [&] {
    if (!has_tensor(x) || !knows_tag(x) || tensors_[x].owns) return Done::kSkipped;
    const int object = tensors_[x].object;
    if (object == kNobody) {
      if (!may(Feature::kRefusesOwningNothing)) return Done::kSkipped;
      call_set_owns(x, true);  // must be refused
      return Done::kDone;
    }
    // The thread's Python reference becomes the slot's; the object gives up its C++ reference.
    if (held(x) != object) return Done::kSkipped;
    if (call_set_owns(x, true).result.raised != Raised::kNothing) return Done::kDone;
    held(x) = kNobody;
    tensors_[x].owns = true;
    objects_[object].holds_tensor = false;
    release_tensor(x);
    return Done::kDone;
  });
}

Done World::disown(int interpreter, int x) {
  return as(interpreter, [&] {
    if (!has_tensor(x) || !knows_tag(x)) return Done::kSkipped;
    const int object = tensors_[x].object;
    const bool owned = std::exchange(tensors_[x].owns, false);
    call_set_owns(x, false);
    if (owned) {
      add_tensor_reference(x);
      objects_[object].holds_tensor = true;
      keep(x, object);
    }
    return Done::kDone;
  });
}

Done World::clear(int interpreter, int x) {
  return as(interpreter, [&] {
    if (!has_tensor(x) || !knows_tag(x)) return Done::kSkipped;
    const bool owned = tensors_[x].owns;
    if (owned && setup_.careful) return Done::kSkipped;
    if (call_clear(x, owned).result.raised != Raised::kNothing) return Done::kDone;
    tensors_[x].owns = false;
    const int object = std::exchange(tensors_[x].object, kNobody);
    if (object != kNobody) objects_[object].in_slot = false;
    return Done::kDone;
  });
}

Done World::destroy_object(int interpreter, int x) {
  return as(interpreter, [&] {
    if (!has_tensor(x) || !knows_tag(x)) return Done::kSkipped;
    call_simple(x, SlotCall::kDestroyObject);
    return Done::kDone;
  });
}

// Calls that the contract refuses. Whatever the slot does with the object, the world takes it back.
Done World::misuse(int interpreter, int x, Misuse misuse) {
  return as(interpreter, [&] {
    static constexpr std::array kRefusals = {Feature::kRefusesNullInterpreter,
                                             Feature::kRefusesOddObject,
                                             Feature::kRefusesUnknownStatus};
    if (!has_tensor(x) || !may(kRefusals[static_cast<std::size_t>(misuse) - 1])) {
      return Done::kSkipped;
    }
    if (misuse == Misuse::kNullInterpreter) {
      call_check(x, false, misuse);
      return Done::kDone;
    }
    const int object = make_object(x, false);
    const Status status = misuse == Misuse::kUnknownStatus ? Status{kStatuses} : Status::kMaybe;
    call_init(x, object, status, {.misuse = misuse, .breaks_promise = false});
    drop_object(object);
    return Done::kDone;
  });
}

}  // namespace slotproof::world
