#include "program/execute.h"

#include <algorithm>

namespace slotproof::program {
namespace {

static_assert(kThreads == world::kThreads && kInterpreters == world::kInterpreters &&
              kTensors == world::kTensors && kDetached == world::kDetached);

world::Finalizer finalizer_of(std::uint8_t argument) {
  switch (static_cast<FinalizerKind>(argument)) {
    case FinalizerKind::kAgain: return world::Finalizer::kAgain;
    case FinalizerKind::kRewrap: return world::Finalizer::kRewrap;
    case FinalizerKind::kThrow: return world::Finalizer::kThrow;
  }
  return world::Finalizer::kNone;
}

world::Misuse misuse_of(std::uint8_t argument) {
  switch (static_cast<MisuseKind>(argument)) {
    case MisuseKind::kNull: return world::Misuse::kNullInterpreter;
    case MisuseKind::kOdd: return world::Misuse::kOddObject;
    case MisuseKind::kStatus: return world::Misuse::kUnknownStatus;
  }
  return world::Misuse::kNone;
}

}  // namespace

void Executor::prepare(const Program& program) {
  precedences_ = nullptr;
  reset(program);
}

void Executor::prepare_all_done(const Program& program, const Precedences& precedences) {
  precedences_ = &precedences;
  for (const Precedence& p : precedences) over(p.before).reset();
  reset(program);
}

void Executor::reset(const Program& program) {
  program_ = &program;
  operations_.clear();
  world::Setup setup;
  setup.holds_late = precedences_ != nullptr && program.rules.gil;
  setup.private_to = program.private_to;
  setup.gil = program.rules.gil;
  setup.careful = program.rules.careful;
  for (int t = 0; t < kThreads; ++t) {
    for (const Operation& operation : program.threads[t]) {
      const auto uses = static_cast<std::uint8_t>(1 << t);
      if (info(operation.verb).on_tensor) setup.users[operation.tensor] |= uses;
      if (operation.verb == Verb::kTransfer) setup.users[operation.argument] |= uses;
      setup.finalises |= operation.verb == Verb::kFinalise;
    }
  }
  world_.reset(setup);
}

template <class F>
void Executor::record(std::uint32_t index, F&& action) {
  const std::size_t at = operations_.size();
  const auto now = [&] { return static_cast<machine::EventIndex>(machine_.events().size()); };
  operations_.push_back({machine_.self(), index, world::Done::kRunning, now(), now()});
  const world::Done done = action();
  operations_[at].done = done;
  operations_[at].end = now();
}

void Executor::root(void* argument) {
  Executor& executor = *static_cast<Executor*>(argument);
  executor.world_.set_up();
  // Up to the last that does something, so that thread t of the program is thread t + 1 of the
  // machine.
  int used = kThreads;
  while (used > 0 && executor.program_->threads[used - 1].empty()) --used;
  for (int t = 0; t < used; ++t) {
    executor.bodies_[t] = {&executor, t};
    executor.machine_.fork(&thread_body, &executor.bodies_[t]);
  }
  executor.machine_.join_all();
  executor.record(world::kTeardown, [&] {
    executor.world_.tear_down();
    return world::Done::kDone;
  });
}

void Executor::thread_body(void* argument) {
  const Body& body = *static_cast<Body*>(argument);
  OperationId id{static_cast<std::uint8_t>(body.thread), 0};
  for (const Operation& operation : body.executor->program_->threads[body.thread]) {
    body.executor->perform(id, operation);
    ++id.index;
  }
}

void Executor::perform(OperationId id, const Operation& operation) {
  if (precedences_ == nullptr) {
    record(id.index, [&] { return perform(operation); });
    return;
  }
  for (const Precedence& p : *precedences_) {
    if (p.after == id) over(p.before).wait();
  }
  record(id.index, [&] {
    const world::Done done = perform(operation);
    if (done == world::Done::kSkipped) never_.wait();
    return done;
  });
  if (std::ranges::find(*precedences_, id, &Precedence::before) != precedences_->end()) {
    over(id).open();
  }
}

world::Done Executor::perform(const Operation& o) {
  using world::SlotCall;
  if (!available(o, world_.features())) return world::Done::kSkipped;
  const int i = o.interpreter;
  const int x = o.tensor;
  switch (o.verb) {
    case Verb::kWrap: return world_.wrap(i, x);
    case Verb::kUnwrap: return world_.unwrap(i, x);
    case Verb::kDrop: return world_.drop(i, x);
    case Verb::kTransfer: return world_.transfer(i, x, o.argument);
    case Verb::kEscape: return world_.escape(i, x);
    case Verb::kRevive: return world_.revive(i, x);
    case Verb::kFinalizer: return world_.set_finalizer(i, x, finalizer_of(o.argument));
    case Verb::kHermetic: return world_.set_hermetic(o.argument != 0);
    case Verb::kFinalise: return world_.finalise(i);
    case Verb::kInit: return world_.init(i, x, static_cast<world::Status>(o.argument));
    case Verb::kCheck: return world_.check(i, x, o.argument != 0);
    case Verb::kTag: return world_.query(i, x, SlotCall::kInterpreter);
    case Verb::kLoad: return world_.query(i, x, SlotCall::kLoad);
    case Verb::kMine: return world_.query(i, x, SlotCall::kIsTaggedBy);
    case Verb::kHas: return world_.query(i, x, SlotCall::kHasObject);
    case Verb::kObject: return world_.query(i, x, SlotCall::kObject);
    case Verb::kOwns: return world_.query(i, x, SlotCall::kOwns);
    case Verb::kOwn: return world_.own(i, x);
    case Verb::kDisown: return world_.disown(i, x);
    case Verb::kClear: return world_.clear(i, x);
    case Verb::kDestroy: return world_.destroy_object(i, x);
    case Verb::kMisuse: return world_.misuse(i, x, misuse_of(o.argument));
  }
  return world::Done::kSkipped;
}

}  // namespace slotproof::program
