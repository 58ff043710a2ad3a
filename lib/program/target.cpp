#include "program/target.h"

#include <algorithm>
#include <array>

namespace slotproof::program {
namespace {

constexpr std::array<std::string_view, 3> kNames = {"concurrent", "lifecycle", "sequential"};

struct Instead {
  Verb looked;
  Verb verb;
};

constexpr std::array kInstead = {
    Instead{Verb::kTag, Verb::kFinalise},  Instead{Verb::kLoad, Verb::kRevive},
    Instead{Verb::kMine, Verb::kTransfer}, Instead{Verb::kHas, Verb::kDrop},
    Instead{Verb::kObject, Verb::kUnwrap}, Instead{Verb::kOwns, Verb::kFinalizer},
    Instead{Verb::kInit, Verb::kWrap},     Instead{Verb::kMisuse, Verb::kRevive},
};

void age(Operation& operation) {
  const auto* const found = std::ranges::find(kInstead, operation.verb, &Instead::looked);
  if (found == kInstead.end()) return;
  const VerbInfo& known = info(found->verb);
  operation.verb = found->verb;
  operation.argument = 0;
  if (!known.on_tensor) operation.tensor = 0;
  if (known.needs_interpreter && operation.interpreter == kDetached) operation.interpreter = 0;
  if (operation.verb == Verb::kTransfer) operation.argument = operation.tensor == 0 ? 1 : 0;
}

// The operations of all threads, one thread after the other, in the first.
void put_on_one_thread(Program& program) {
  for (int t = 1; t < kThreads; ++t) {
    auto& thread = program.threads[t];
    program.threads[0].insert(program.threads[0].end(), thread.begin(), thread.end());
    thread.clear();
  }
  for (std::int8_t& owner : program.private_to) {
    if (owner != Program::kShared) owner = 0;
  }
}

bool is_late(const Operation& operation) {
  constexpr std::array kLate = {Verb::kFinalise, Verb::kRevive, Verb::kTransfer, Verb::kFinalizer};
  return std::ranges::find(kLate, operation.verb) != kLate.end();
}

bool is_left_as_it_is(const Program& program, Target target) {
  Program adapted = program;
  adapt(adapted, target);
  return adapted == program;
}

}  // namespace

std::string_view name(Target target) { return kNames[static_cast<std::size_t>(target)]; }

std::optional<Target> target_named(std::string_view name) {
  const auto* const found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Target>(found - kNames.begin());
}

void adapt(Program& program, Target target) {
  switch (target) {
    case Target::kConcurrent: break;
    case Target::kLifecycle:
      for (auto& thread : program.threads) std::ranges::for_each(thread, age);
      break;
    case Target::kSequential: put_on_one_thread(program); break;
  }
}

Target target_of(const Program& program) {
  if (is_left_as_it_is(program, Target::kSequential)) return Target::kSequential;
  const bool late = std::ranges::any_of(
      program.threads, [](const auto& thread) { return std::ranges::any_of(thread, is_late); });
  return late && is_left_as_it_is(program, Target::kLifecycle) ? Target::kLifecycle
                                                               : Target::kConcurrent;
}

}  // namespace slotproof::program
