#include "world/world.h"

#include <new>
#include <utility>

#include <fmt/format.h>

namespace slotproof::world {
namespace {

std::uint64_t address_of(const void* p) { return reinterpret_cast<std::uint64_t>(p); }

constexpr std::size_t kNameSize = 2;

}  // namespace

World::World(machine::Machine& machine, SlotLibrary& library)
    : machine_(machine), library_(library), features_(library.features()) {
  for (int i = 0; i < kInterpreters; ++i) {
    interpreters_[i].world = this;
    interpreters_[i].index = i;
  }
  calls_.reserve(256);
  objects_.reserve(64);
  library_.set_hermetic(false);
  machine_.find_thread_locals();
}

World::~World() = default;

void World::reset(const Setup& setup) {
  setup_ = setup;
  heap_.reset();
  quiescence_.reset();
  for (Interpreter& i : interpreters_) {
    i.gil.reset();
    i.created = false;
    i.finalised = false;
  }
  tensors_ = {};
  for (Thread& t : threads_) {
    t = {};
    for (auto& held : t.python) held.fill(kNobody);
    t.knows_tag.fill(kNobody);
  }
  objects_.clear();
  calls_.clear();
  call_steps_ = 0;
  violation_ = Violation::kNone;
}

void World::fail(Violation violation, std::string text) {
  if (violation_ == Violation::kNone) violation_ = violation;
  machine_.stop(machine::Halt::kStopped, std::move(text));
}

void World::leave(machine::ThreadId thread) { threads_[thread].hermetic = library_.hermetic(); }

void World::enter(machine::ThreadId thread) { library_.set_hermetic(threads_[thread].hermetic); }

void World::set_up() {
  for (int x = 0; x < kTensors; ++x) {
    if (setup_.users[x] == 0) continue;
    Tensor& tensor = tensors_[x];
    tensor.memory =
        new (heap_.allocate(sizeof(TensorMemory) + library_.slot_size())) TensorMemory{0, 0};
    tensor.alive = true;
    machine_.write(tensor.memory, sizeof(TensorMemory));
    tensor.mailbox = new (heap_.allocate(sizeof(Mailbox))) Mailbox{0};
    machine_.write(tensor.mailbox, sizeof(Mailbox));
    for (int t = 0; t < kThreads; ++t) {
      const bool knows = setup_.private_to[x] == -1 ? ((setup_.users[x] >> t) & 1) != 0
                                                    : setup_.private_to[x] == t;
      threads_[t + 1].holds[x] = knows;
      tensor.memory->references += knows ? 1 : 0;
    }
    call_construct(x);
  }
  for (Interpreter& i : interpreters_) {
    if (!setup_.gil) i.ready = new (heap_.allocate(sizeof *i.ready)) std::uint64_t{0};
  }
}

// ---- Interpreters ----

bool World::enter_interpreter(int interpreter) {
  if (setup_.finalises) quiescence_.lock_shared();
  if (interpreter == kDetached) return true;
  Interpreter& i = interpreters_[interpreter];
  // The first thread that attaches makes the interpreter. Threads that attach later know it by the
  // GIL, or see that it is ready; a thread of another interpreter knows it through a tag alone.
  if (setup_.gil) {
    i.gil.lock();
    me().attached = interpreter;
    if (!i.created) create(i);
  } else {
    me().attached = interpreter;
    if (machine_.load(address_of(i.ready), 8, machine::MemoryOrder::kAcquire, nullptr).low == 0) {
      i.gil.lock();
      if (!i.created) {
        create(i);
        machine_.store(address_of(i.ready), 8, {1, 0}, machine::MemoryOrder::kRelease, nullptr);
      }
      i.gil.unlock();
    }
  }
  return !i.finalised;
}

void World::create(Interpreter& i) {
  i.created = true;
  i.name_memory = static_cast<char*>(heap_.allocate(kNameSize));
  machine_.write(i.name_memory, kNameSize);
  i.name_memory[0] = static_cast<char>('A' + i.index);
  i.memory = heap_.allocate(library_.interpreter_size());
  i.vtable = heap_.allocate(library_.vtable_size());
  i.handle = library_.create_interpreter(i.memory, i.vtable, i);
}

void World::leave_interpreter() {
  const int attached = std::exchange(me().attached, kDetached);
  if (attached != kDetached && setup_.gil) interpreters_[attached].gil.unlock();
  if (setup_.finalises) quiescence_.unlock_shared();
}

std::string World::Interpreter::name() {
  world->machine_.read(name_memory, kNameSize);
  return {name_memory, 1};
}

void World::Interpreter::incref(ObjectHandle* object) {
  const int number = world->object_number(object);
  if (number < 0) world->fail(Violation::kOwnership, "incref of something that is no object");
  world->add_references(number, 1);
}

void World::Interpreter::decref(ObjectHandle* object, bool has_pyobj_slot) {
  world->on_decref(index, object, has_pyobj_slot);
}

// ---- Names ----

void* World::slot(int tensor) const { return tensors_[tensor].memory + 1; }

World::Range World::slot_range(int tensor) const {
  if (tensors_[tensor].memory == nullptr) return {};
  const std::uint64_t begin = address_of(slot(tensor));
  return {begin, begin + library_.slot_size()};
}

const void* World::interpreter_handle(int interpreter) const {
  const Interpreter& i = interpreters_[interpreter];
  return i.created ? i.handle : nullptr;
}

std::string World::name_of(std::uint64_t address) const {
  const auto within = [&](const void* p, std::size_t size, std::string_view name) -> std::string {
    if (p == nullptr || address - address_of(p) >= size) return {};
    const std::uint64_t offset = address - address_of(p);
    return offset == 0 ? std::string(name) : fmt::format("{}+{}", name, offset);
  };
  std::string name;
  const auto found = [&](std::string&& n) {
    name = std::move(n);
    return !name.empty();
  };
  for (int x = 0; x < kTensors; ++x) {
    if (const TensorMemory* memory = tensors_[x].memory) {
      if (found(within(memory + 1, library_.slot_size(), fmt::format("x{}.slot", x)))) return name;
      if (found(within(&memory->references, 8, fmt::format("x{}.references", x)))) return name;
    }
    if (found(within(tensors_[x].mailbox, sizeof(Mailbox), fmt::format("x{}.escaped", x)))) {
      return name;
    }
  }
  for (const Interpreter& i : interpreters_) {
    const std::string letter = interpreter_name(i.index);
    if (address == address_of(&i.gil)) return letter + ".gil";
    if (!i.created) continue;
    if (found(within(i.memory, library_.interpreter_size(), letter))) return name;
    if (found(within(i.vtable, library_.vtable_size(), letter + ".vtable"))) return name;
    if (found(within(i.name_memory, kNameSize, letter + ".name"))) return name;
    if (found(within(i.ready, sizeof *i.ready, letter + ".ready"))) return name;
  }
  if (address == address_of(&quiescence_)) return "quiescence";
  for (std::size_t o = 0; o < objects_.size(); ++o) {
    if (found(within(objects_[o].memory, sizeof(ObjectMemory), fmt::format("p{}", o)))) return name;
  }
  return {};
}

// ---- Calls of the slot ----

CallRecord& World::record(int tensor, SlotCall call) {
  CallRecord& r = calls_.emplace_back();
  Thread& t = me();
  r.call = call;
  r.thread = machine_.self();
  r.tensor = static_cast<std::uint8_t>(tensor);
  r.hermetic = t.hermetic_now;
  r.in_destruction = t.destroys == tensor;
  r.self = t.attached;
  const int tag = tensors_[tensor].tag;
  r.tag_unloaded = tag != kNobody && interpreters_[tag].finalised;
  r.started = ++call_steps_;
  r.begin = static_cast<machine::EventIndex>(machine_.events().size());
  r.known = machine_.clock();
  return r;
}

int World::number_of(SlotCall call, std::uint64_t value) const {
  switch (call) {
    case SlotCall::kInterpreter:
    case SlotCall::kLoad:
      if (value == 0) return kNobody;
      for (const Interpreter& i : interpreters_) {
        if (i.created && address_of(i.handle) == value) return i.index;
      }
      return kUnknown;
    case SlotCall::kCheck:
    case SlotCall::kObject: return object_number(reinterpret_cast<const ObjectHandle*>(value));
    default: return static_cast<int>(value);
  }
}

const CallRecord& World::finish(std::size_t call, Result result) {
  CallRecord& r = calls_[call];
  r.finished = true;
  if (result.has_value) r.value = number_of(r.call, result.value);
  r.result = std::move(result);
  r.ended = ++call_steps_;
  r.end = static_cast<machine::EventIndex>(machine_.events().size());
  r.end_time = machine_.clock().of[r.thread];
  return r;
}

template <class F>
const CallRecord& World::perform(std::size_t call, F&& f) {
  Thread& thread = me();
  const int outer = std::exchange(thread.call, static_cast<int>(call));
  Result result = f();
  me().call = outer;
  return finish(call, std::move(result));
}

const CallRecord& World::call_construct(int tensor) {
  record(tensor, SlotCall::kConstruct);
  return perform(calls_.size() - 1, [&] { return library_.construct(slot(tensor)); });
}

const CallRecord& World::call_destruct(int tensor) {
  record(tensor, SlotCall::kDestruct);
  return perform(calls_.size() - 1, [&] { return library_.destruct(slot(tensor)); });
}

const CallRecord& World::call_init(int tensor, int object, Status status, Abuse abuse) {
  CallRecord& r = record(tensor, SlotCall::kInit);
  r.status = status;
  r.object = object;
  r.misuse = abuse.misuse;
  r.breaks_promise = abuse.breaks_promise;
  const std::uint64_t odd = abuse.misuse == Misuse::kOddObject ? 1 : 0;
  auto* handle = reinterpret_cast<ObjectHandle*>(address_of(objects_[object].memory) | odd);
  InterpreterHandle* self = interpreters_[r.self].handle;
  return perform(calls_.size() - 1,
                 [&] { return library_.init(slot(tensor), self, handle, status); });
}

const CallRecord& World::call_check(int tensor, bool ignore_hermetic, Misuse misuse) {
  CallRecord& r = record(tensor, SlotCall::kCheck);
  r.ignore = ignore_hermetic;
  r.misuse = misuse;
  InterpreterHandle* self =
      misuse == Misuse::kNullInterpreter ? nullptr : interpreters_[r.self].handle;
  return perform(calls_.size() - 1,
                 [&] { return library_.check(slot(tensor), self, ignore_hermetic); });
}

const CallRecord& World::call_set_owns(int tensor, bool owns) {
  CallRecord& r = record(tensor, SlotCall::kSetOwns);
  r.flag = owns;
  if (owns && tensors_[tensor].object == kNobody) r.misuse = Misuse::kOwningNothing;
  return perform(calls_.size() - 1, [&] { return library_.set_owns(slot(tensor), owns); });
}

const CallRecord& World::call_clear(int tensor, bool breaks_promise) {
  CallRecord& r = record(tensor, SlotCall::kClear);
  r.breaks_promise = breaks_promise;
  InterpreterHandle* self = interpreters_[r.self].handle;
  return perform(calls_.size() - 1, [&] { return library_.clear(slot(tensor), self); });
}

const CallRecord& World::call_simple(int tensor, SlotCall call) {
  CallRecord& r = record(tensor, call);
  if (call == SlotCall::kLoad && tensors_[tensor].tag == kNobody) r.misuse = Misuse::kUntaggedLoad;
  InterpreterHandle* self = r.self == kDetached ? nullptr : interpreters_[r.self].handle;
  void* const s = slot(tensor);
  return perform(calls_.size() - 1, [&]() -> Result {
    switch (call) {
      case SlotCall::kInterpreter: return library_.interpreter(s);
      case SlotCall::kLoad: return library_.load(s);
      case SlotCall::kIsTaggedBy: return library_.is_tagged_by(s, self);
      case SlotCall::kHasObject: return library_.has_object(s);
      case SlotCall::kObject: return library_.object(s);
      case SlotCall::kOwns: return library_.owns(s);
      case SlotCall::kDestroyObject: return library_.destroy_object(s);
      default: return {};
    }
  });
}

}  // namespace slotproof::world
