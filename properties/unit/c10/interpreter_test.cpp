// Interpreters that go away before their objects do, and the hermetic flag of a thread.

#include <cstdlib>
#include <memory>
#include <optional>
#include <thread>
#include <type_traits>

#include <gtest/gtest.h>

#include "recording_interpreter.h"
#include <c10/core/impl/HermeticPyObjectTLS.h>
#include <c10/core/impl/PyInterpreter.h>

namespace slotproof::unit {
namespace {

using c10::impl::HermeticPyObjectTLS;
using c10::impl::PyInterpreter;
using c10::impl::PyInterpreterStatus;
using c10::impl::PyInterpreterVTable;
using c10::impl::PyObjectSlot;

static_assert(std::has_virtual_destructor_v<PyInterpreterVTable>);
static_assert(!std::is_copy_constructible_v<PyInterpreter>);
static_assert(!std::is_move_constructible_v<PyInterpreter>);
static_assert(sizeof(PyInterpreter) == sizeof(void*));

// The first object of the program to be constructed, and so the last to be destroyed: later than
// anything that the library may keep in a global. Only the test of a late destructor uses it.
[[gnu::init_priority(101)]] PyObjectSlot last_slot;

class Interpreter : public testing::Test {
 protected:
  RecordingInterpreter self_{"self"};
  PyObject object_;
};

TEST_F(Interpreter, PassesCallsOnToItsVTable) {
  EXPECT_EQ((*self_.get())->name(), "self");
  (*self_.get())->incref(&object_);
  (**self_.get()).decref(&object_, false);
  EXPECT_EQ(self_.increfs(), (std::vector<PyObject*>{&object_}));
  EXPECT_EQ(self_.decrefs(), (std::vector<Decref>{{&object_, false}}));
}

TEST_F(Interpreter, DoesNothingOnceDisarmed) {
  self_.get()->disarm();
  EXPECT_EQ((*self_.get())->name(), "<unloaded interpreter>");
  (*self_.get())->incref(&object_);
  (*self_.get())->decref(&object_, true);
  EXPECT_TRUE(self_.increfs().empty());
  EXPECT_TRUE(self_.decrefs().empty());
}

TEST_F(Interpreter, CanBeDisarmedAgain) {
  self_.get()->disarm();
  self_.get()->disarm();
  EXPECT_EQ((*self_.get())->name(), "<unloaded interpreter>");
}

TEST_F(Interpreter, IsDisarmedAlone) {
  RecordingInterpreter other("other");
  self_.get()->disarm();
  EXPECT_EQ((*other.get())->name(), "other");
}

TEST_F(Interpreter, IsNotCalledByAnObjectThatOutlivesIt) {
  std::optional<PyObjectSlot> slot(std::in_place);
  slot->init_pyobj(self_.get(), &object_, PyInterpreterStatus::DEFINITELY_UNINITIALIZED);
  slot->set_owns_pyobj(true);
  self_.get()->disarm();
  EXPECT_EQ(slot->check_pyobj(self_.get()), std::optional(&object_));
  slot.reset();
  EXPECT_TRUE(self_.decrefs().empty());
}

TEST_F(Interpreter, OutlivesItsVTableOnceDisarmed) {
  struct VTable final : PyInterpreterVTable {
    std::string name() const override { return "short-lived"; }
    void incref(PyObject* /*pyobj*/) const override {}
    void decref(PyObject* /*pyobj*/, bool /*has_pyobj_slot*/) const override {}
  };
  std::unique_ptr<const PyInterpreterVTable> vtable = std::make_unique<VTable>();
  PyInterpreter interpreter(vtable.get());
  EXPECT_EQ(interpreter->name(), "short-lived");
  interpreter.disarm();
  vtable.reset();
  EXPECT_EQ(interpreter->name(), "<unloaded interpreter>");
}

using InterpreterDeathTest = Interpreter;

TEST_F(InterpreterDeathTest, IsStillSafelyDisarmedWhenGlobalsAreDestroyed) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        auto* const unloaded = new RecordingInterpreter("unloaded");  // the tag keeps it reachable
        last_slot.init_pyobj(unloaded->get(), &object_,
                             PyInterpreterStatus::DEFINITELY_UNINITIALIZED);
        last_slot.set_owns_pyobj(true);
        unloaded->get()->disarm();
        std::exit(0);
      },
      testing::ExitedWithCode(0), "");
}

TEST(HermeticFlag, IsOffInEveryNewThread) {
  const HermeticScope hermetic(true);
  bool in_new_thread = true;
  std::thread([&] { in_new_thread = HermeticPyObjectTLS::get_state(); }).join();
  EXPECT_FALSE(in_new_thread);
  EXPECT_TRUE(HermeticPyObjectTLS::get_state());
}

TEST(HermeticFlag, SetByOneThreadIsNotSeenByAnother) {
  EXPECT_FALSE(HermeticPyObjectTLS::get_state());
  bool in_new_thread = false;
  std::thread([&] {
    HermeticPyObjectTLS::set_state(true);
    in_new_thread = HermeticPyObjectTLS::get_state();
  }).join();
  EXPECT_TRUE(in_new_thread);
  EXPECT_FALSE(HermeticPyObjectTLS::get_state());
}

TEST(HermeticFlag, HidesObjectsFromItsOwnThreadAlone) {
  RecordingInterpreter self("self");
  PyObject object;
  PyObjectSlot slot;
  slot.init_pyobj(self.get(), &object, PyInterpreterStatus::DEFINITELY_UNINITIALIZED);
  const HermeticScope hermetic(true);
  std::optional<PyObject*> elsewhere;
  std::thread([&] { elsewhere = slot.check_pyobj(self.get()); }).join();
  EXPECT_EQ(elsewhere, std::optional(&object));
  EXPECT_EQ(slot.check_pyobj(self.get()), std::nullopt);
}

}  // namespace
}  // namespace slotproof::unit
