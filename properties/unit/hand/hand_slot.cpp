#include "hand/hand_slot.h"

#include <exception>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace slotproof::unit {
namespace {

using machine::Bits;
using machine::Machine;
using machine::MemoryOrder;
using world::InterpreterCalls;
using world::InterpreterHandle;
using world::ObjectHandle;
using world::Raised;
using world::Result;
using world::Status;

constexpr std::uint64_t kOwner = 1;

std::uint64_t word_of(const void* p) { return reinterpret_cast<std::uint64_t>(p); }

// ---- The two words of a slot ----

std::uint64_t load_tag(void* slot) {
  return Machine::current()->load(word_of(slot), 8, MemoryOrder::kAcquire, nullptr).low;
}

void store_tag(void* slot, std::uint64_t tag, MemoryOrder order) {
  Machine::current()->store(word_of(slot), 8, {tag, 0}, order, nullptr);
}

std::uint64_t& object_word(void* slot) { return static_cast<std::uint64_t*>(slot)[1]; }

std::uint64_t read_object(void* slot) {
  Machine::current()->read(&object_word(slot), 8);
  return object_word(slot);
}

void write_object(void* slot, std::uint64_t object) {
  Machine::current()->write(&object_word(slot), 8);
  object_word(slot) = object;
}

Result gives(std::uint64_t value) { return {.has_value = true, .value = value, .text = {}}; }

Result throws(std::string text) { return {.raised = Raised::kError, .text = std::move(text)}; }

InterpreterCalls& calls_of(std::uint64_t interpreter) {
  return **reinterpret_cast<InterpreterCalls**>(interpreter);
}

}  // namespace

void HandSlot::lock() {
  if (bug_ == Bug::kLocks) mutex_.lock();
}

void HandSlot::unlock() {
  if (bug_ == Bug::kLocks) mutex_.unlock();
}

Result HandSlot::construct(void* slot) {
  mutex_.reset();  // it may still be held from a run that was cut off
  Machine::current()->write(slot, 16);
  static_cast<std::uint64_t*>(slot)[0] = 0;
  object_word(slot) = 0;
  return {};
}

Result HandSlot::init(void* slot, InterpreterHandle* self, ObjectHandle* object, Status status) {
  const auto refuse = [&](std::uint64_t tag) {
    if (bug_ == Bug::kTerminates) std::terminate();
    if (bug_ == Bug::kWritesAndThrows) write_object(slot, read_object(slot));
    return throws(fmt::format(
        "cannot allocate PyObject for Tensor on interpreter {:#x} that has already been "
        "used by another torch deploy interpreter {:#x}",
        word_of(self), tag));
  };
  if (status == Status::kOther) return refuse(load_tag(slot));
  if (status == Status::kDefinitely) store_tag(slot, word_of(self), MemoryOrder::kRelaxed);
  if (status == Status::kMaybe && bug_ == Bug::kClaimsInTwoSteps) {
    const std::uint64_t tag = load_tag(slot);
    if (tag != 0 && tag != word_of(self)) return refuse(tag);
    store_tag(slot, word_of(self), MemoryOrder::kRelease);
  } else if (status == Status::kMaybe) {
    Bits expected;
    const bool won =
        Machine::current()->compare_exchange(word_of(slot), 8, expected, {word_of(self), 0}, false,
                                             MemoryOrder::kAcqRel, MemoryOrder::kAcquire, nullptr);
    const bool lost = !won && expected.low != word_of(self);
    if (lost && bug_ != Bug::kAcceptsLoser) return refuse(expected.low);
  }
  write_object(slot, word_of(object));
  return {};
}

Result HandSlot::check(void* slot, InterpreterHandle* self, bool ignore_hermetic) {
  lock();
  const std::uint64_t tag = load_tag(slot);
  unlock();
  static int checks = 0;
  if (bug_ == Bug::kCounts && ++checks % 2 == 0) load_tag(slot);
  if (tag == 0) return {};
  if (tag != word_of(self)) {
    return throws(
        (bug_ == Bug::kChangesText ? "no access to" : "cannot access") +
        std::string(" PyObject for Tensor on interpreter ") + calls_of(word_of(self)).name() +
        " that has already been used by another torch deploy interpreter " + calls_of(tag).name());
  }
  if (hermetic_ && !ignore_hermetic) return {};
  while (bug_ == Bug::kSpins && read_object(slot) == 0) load_tag(slot);
  return gives(read_object(slot) & (bug_ == Bug::kShowsOwnerBit ? ~std::uint64_t{0} : ~kOwner));
}

Result HandSlot::interpreter(void* slot) { return gives(load_tag(slot)); }

Result HandSlot::load(void* slot) {
  const std::uint64_t tag = load_tag(slot);
  return tag != 0 ? gives(tag) : throws("cannot access PyObject for Tensor - no interpreter set");
}

Result HandSlot::is_tagged_by(void* slot, InterpreterHandle* self) {
  if (bug_ == Bug::kWritesWhenAsked) write_object(slot, read_object(slot));
  return gives(load_tag(slot) == word_of(self) ? 1 : 0);
}

Result HandSlot::has_object(void* slot) { return gives(load_tag(slot) != 0 ? 1 : 0); }

Result HandSlot::object(void* slot) { return gives(read_object(slot) & ~kOwner); }

Result HandSlot::owns(void* slot) { return gives(read_object(slot) & kOwner); }

Result HandSlot::set_owns(void* slot, bool owns) {
  const std::uint64_t object = read_object(slot) & ~kOwner;
  if (owns && object == 0) return throws("there is nothing to own");
  write_object(slot, object | (owns ? kOwner : 0));
  return {};
}

Result HandSlot::clear(void* slot, InterpreterHandle* /*self*/) {
  write_object(slot, 0);
  return {};
}

Result HandSlot::destroy_object(void* slot) {
  const std::uint64_t object = read_object(slot);
  if ((object & kOwner) == 0) return {};
  const std::uint64_t tag = load_tag(slot);
  write_object(slot, 0);
  auto* const handle = reinterpret_cast<ObjectHandle*>(object & ~kOwner);
  lock();
  const int decrefs = bug_ == Bug::kForgetsDecref ? 0 : bug_ == Bug::kDecrefsTwice ? 2 : 1;
  for (int times = decrefs; times > 0; --times) {
    try {
      calls_of(tag).decref(handle, true);
    } catch (const std::exception& e) {
      return {.raised = Raised::kForeign, .text = e.what()};
    }
  }
  unlock();
  if (bug_ == Bug::kLooksBack) Machine::current()->read(handle, 8);
  return {};
}

InterpreterHandle* HandSlot::create_interpreter(void* interpreter, void* /*vtable*/,
                                                InterpreterCalls& calls) {
  Machine::current()->write(interpreter, sizeof(InterpreterCalls*));
  *static_cast<InterpreterCalls**>(interpreter) = &calls;
  return static_cast<InterpreterHandle*>(interpreter);
}

}  // namespace slotproof::unit
