// The owner bit, and what destruction makes of it.

#include <optional>
#include <stdexcept>

#include <gtest/gtest.h>

#include "recording_interpreter.h"

namespace slotproof::unit {
namespace {

using c10::impl::PyInterpreterStatus;
using c10::impl::PyObjectSlot;

class Ownership : public testing::Test {
 protected:
  void own(PyObject* object) {
    slot_->init_pyobj(self_.get(), object, PyInterpreterStatus::MAYBE_UNINITIALIZED);
    slot_->set_owns_pyobj(true);
  }

  // The state of the slot of `self_`, with an object or without.
  SlotState holding(PyObject* object, bool owns) { return {self_.get(), object, owns}; }

  RecordingInterpreter self_{"self"};
  PyObject first_;
  PyObject second_;
  std::optional<PyObjectSlot> slot_{std::in_place};  // optional, so that tests can destroy it
};

TEST_F(Ownership, IsSetAndUnsetWithoutTouchingTheObject) {
  slot_->init_pyobj(self_.get(), &first_, PyInterpreterStatus::DEFINITELY_UNINITIALIZED);
  for (int round = 0; round < 3; ++round) {
    for (const bool owns : {true, true, false, false}) {  // twice each: set, not toggled
      slot_->set_owns_pyobj(owns);
      EXPECT_EQ(state_of(*slot_), holding(&first_, owns));
    }
  }
  EXPECT_TRUE(self_.decrefs().empty());
  EXPECT_TRUE(self_.increfs().empty());
}

TEST_F(Ownership, OfNothingIsRefused) {
  slot_->init_pyobj(self_.get(), nullptr, PyInterpreterStatus::DEFINITELY_UNINITIALIZED);
  EXPECT_EQ(error_text([&] { slot_->set_owns_pyobj(true); }),
            "cannot own PyObject for Tensor - no object set");
  EXPECT_EQ(state_of(*slot_), holding(nullptr, false));
  slot_->set_owns_pyobj(false);
  EXPECT_EQ(state_of(*slot_), holding(nullptr, false));
}

TEST_F(Ownership, IsRefusedAgainAfterAClear) {
  slot_->init_pyobj(self_.get(), &first_, PyInterpreterStatus::DEFINITELY_UNINITIALIZED);
  slot_->unchecked_clear_pyobj(self_.get());
  EXPECT_EQ(error_text([&] { slot_->set_owns_pyobj(true); }),
            "cannot own PyObject for Tensor - no object set");
}

TEST_F(Ownership, ClearForgetsTheObjectAndKeepsTheTag) {
  slot_->init_pyobj(self_.get(), &first_, PyInterpreterStatus::DEFINITELY_UNINITIALIZED);
  slot_->unchecked_clear_pyobj(self_.get());
  EXPECT_EQ(state_of(*slot_), holding(nullptr, false));
  EXPECT_TRUE(self_.decrefs().empty());
}

TEST_F(Ownership, DestroyDoesNothingWithoutIt) {
  slot_->init_pyobj(self_.get(), &first_, PyInterpreterStatus::DEFINITELY_UNINITIALIZED);
  slot_->maybe_destroy_pyobj();
  EXPECT_EQ(state_of(*slot_), holding(&first_, false));
  slot_.reset();
  EXPECT_TRUE(self_.decrefs().empty());
}

TEST_F(Ownership, DestroyGivesTheReferenceBackOnceAndKeepsTheTag) {
  own(&first_);
  slot_->maybe_destroy_pyobj();
  EXPECT_EQ(state_of(*slot_), holding(nullptr, false));
  slot_->maybe_destroy_pyobj();
  slot_.reset();
  EXPECT_EQ(self_.decrefs(), (std::vector<Decref>{{&first_, true}}));
}

TEST_F(Ownership, DestructorGivesTheReferenceBack) {
  own(&first_);
  slot_.reset();
  EXPECT_EQ(self_.decrefs(), (std::vector<Decref>{{&first_, true}}));
}

TEST_F(Ownership, DestroyHeedsNoHermeticFlag) {
  own(&first_);
  const HermeticScope hermetic(true);
  slot_.reset();
  EXPECT_EQ(self_.decrefs(), (std::vector<Decref>{{&first_, true}}));
}

TEST_F(Ownership, GoesToTheTagAndNotToAnInterpreterUsedSince) {
  RecordingInterpreter other("other");
  PyObjectSlot slot_of_other;
  own(&first_);
  slot_of_other.init_pyobj(other.get(), &second_, PyInterpreterStatus::MAYBE_UNINITIALIZED);
  slot_.reset();
  EXPECT_EQ(self_.decrefs(), (std::vector<Decref>{{&first_, true}}));
  EXPECT_TRUE(other.decrefs().empty());
}

TEST_F(Ownership, DecrefSeesTheSlotWithoutTheObject) {
  std::optional<SlotState> seen;
  self_.on_decref([&] { seen = state_of(*slot_); });
  own(&first_);
  slot_->maybe_destroy_pyobj();
  EXPECT_EQ(seen, holding(nullptr, false));
}

TEST_F(Ownership, DecrefThatComesBackToDestroyFindsNothingToDo) {
  self_.on_decref([&] { slot_->maybe_destroy_pyobj(); });
  own(&first_);
  slot_->maybe_destroy_pyobj();
  EXPECT_EQ(self_.decrefs(), (std::vector<Decref>{{&first_, true}}));
  EXPECT_EQ(state_of(*slot_), holding(nullptr, false));
}

TEST_F(Ownership, DecrefThatPutsANewObjectThereIsNotUndone) {
  self_.on_decref(
      [&] { slot_->init_pyobj(self_.get(), &second_, PyInterpreterStatus::TAGGED_BY_US); });
  own(&first_);
  slot_->maybe_destroy_pyobj();
  EXPECT_EQ(self_.decrefs(), (std::vector<Decref>{{&first_, true}}));
  EXPECT_EQ(state_of(*slot_), holding(&second_, false));
}

TEST_F(Ownership, DecrefThatPutsAnOwnedObjectThereKeepsItsOwnership) {
  self_.on_decref([&] {
    if (self_.decrefs().size() == 1) {
      slot_->init_pyobj(self_.get(), &second_, PyInterpreterStatus::TAGGED_BY_US);
      slot_->set_owns_pyobj(true);
    }
  });
  own(&first_);
  slot_->maybe_destroy_pyobj();
  EXPECT_EQ(state_of(*slot_), holding(&second_, true));
  slot_.reset();
  EXPECT_EQ(self_.decrefs(), (std::vector<Decref>{{&first_, true}, {&second_, true}}));
}

TEST_F(Ownership, DecrefThatThrowsIsNotRepeated) {
  self_.on_decref([] { throw std::runtime_error("finalising"); });
  own(&first_);
  EXPECT_THROW(slot_->maybe_destroy_pyobj(), std::runtime_error);
  EXPECT_EQ(state_of(*slot_), holding(nullptr, false));
  slot_->maybe_destroy_pyobj();
  slot_.reset();
  EXPECT_EQ(self_.decrefs(), (std::vector<Decref>{{&first_, true}}));
}

using OwnershipDeathTest = Ownership;

TEST_F(OwnershipDeathTest, DecrefThatThrowsInTheDestructorTerminates) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  self_.on_decref([] { throw std::runtime_error("finalising"); });
  own(&first_);
  EXPECT_DEATH(slot_.reset(), "finalising");
  self_.on_decref(nullptr);
}

}  // namespace
}  // namespace slotproof::unit
