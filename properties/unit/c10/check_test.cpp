// What looking at a slot shows: the cases that the table of cells has no column for.

#include <optional>

#include <gtest/gtest.h>

#include "recording_interpreter.h"

namespace slotproof::unit {
namespace {

using c10::impl::PyInterpreterStatus;
using c10::impl::PyObjectSlot;

class Check : public testing::Test {
 protected:
  RecordingInterpreter self_{"self"};
  RecordingInterpreter other_{"other"};
  PyObject object_;
  PyObjectSlot slot_;
};

TEST_F(Check, HeedsTheHermeticFlagUnlessToldOtherwise) {
  slot_.init_pyobj(self_.get(), &object_, PyInterpreterStatus::DEFINITELY_UNINITIALIZED);
  EXPECT_EQ(slot_.check_pyobj(self_.get()), std::optional(&object_));
  const HermeticScope hermetic(true);
  EXPECT_EQ(slot_.check_pyobj(self_.get()), std::nullopt);
}

TEST_F(Check, WithoutAnInterpreterFindsNothingInAnUntaggedSlot) {
  EXPECT_EQ(slot_.check_pyobj(nullptr), std::nullopt);
  EXPECT_EQ(slot_.check_pyobj(nullptr, true), std::nullopt);
}

TEST_F(Check, WithoutAnInterpreterSaysSoOnATaggedSlot) {
  slot_.init_pyobj(other_.get(), &object_, PyInterpreterStatus::DEFINITELY_UNINITIALIZED);
  for (const bool hermetic : {false, true}) {
    for (const bool ignore : {false, true}) {
      const HermeticScope scope(hermetic);
      EXPECT_EQ(error_text([&] { (void)slot_.check_pyobj(nullptr, ignore); }),
                cannot_access("<null interpreter>", "other"));
    }
  }
  EXPECT_EQ(state_of(slot_), (SlotState{other_.get(), &object_, false}));
}

TEST_F(Check, NamesADisarmedInterpreterAsUnloaded) {
  slot_.init_pyobj(other_.get(), &object_, PyInterpreterStatus::DEFINITELY_UNINITIALIZED);
  other_.get()->disarm();
  EXPECT_EQ(error_text([&] { (void)slot_.check_pyobj(self_.get()); }),
            cannot_access("self", "<unloaded interpreter>"));
  self_.get()->disarm();
  EXPECT_EQ(error_text([&] { (void)slot_.check_pyobj(self_.get()); }),
            cannot_access("<unloaded interpreter>", "<unloaded interpreter>"));
}

TEST_F(Check, ShowsTheObjectWithoutItsOwnerBit) {
  slot_.init_pyobj(self_.get(), &object_, PyInterpreterStatus::DEFINITELY_UNINITIALIZED);
  slot_.set_owns_pyobj(true);
  EXPECT_EQ(slot_.check_pyobj(self_.get()), std::optional(&object_));
  EXPECT_EQ(slot_._unchecked_untagged_pyobj(), &object_);
}

TEST_F(Check, TellsAnEmptyTaggedSlotFromAnUntaggedOne) {
  EXPECT_EQ(slot_.check_pyobj(self_.get()), std::nullopt);
  slot_.init_pyobj(self_.get(), nullptr, PyInterpreterStatus::DEFINITELY_UNINITIALIZED);
  EXPECT_EQ(slot_.check_pyobj(self_.get()), std::optional<PyObject*>(nullptr));
}

TEST_F(Check, LoadsTheTagAsAReference) {
  slot_.init_pyobj(self_.get(), &object_, PyInterpreterStatus::DEFINITELY_UNINITIALIZED);
  EXPECT_EQ(&slot_.load_pyobj_interpreter(), self_.get());
}

TEST_F(Check, EveryCallOnAnUntaggedSlotIsDefined) {
  EXPECT_EQ(state_of(slot_), SlotState{});
  EXPECT_EQ(slot_.check_pyobj(self_.get()), std::nullopt);
  EXPECT_EQ(slot_.check_pyobj(self_.get(), true), std::nullopt);
  EXPECT_EQ(slot_.pyobj_interpreter(), nullptr);
  EXPECT_EQ(error_text([&] { (void)slot_.load_pyobj_interpreter(); }),
            "cannot access PyObject for Tensor - no interpreter set");
  EXPECT_FALSE(slot_.check_interpreter(self_.get()));
  EXPECT_TRUE(slot_.check_interpreter(nullptr));
  EXPECT_FALSE(slot_.has_pyobj_nonhermetic());
  EXPECT_EQ(slot_._unchecked_untagged_pyobj(), nullptr);
  EXPECT_FALSE(slot_.owns_pyobj());
  slot_.set_owns_pyobj(false);
  EXPECT_EQ(error_text([&] { slot_.set_owns_pyobj(true); }),
            "cannot own PyObject for Tensor - no object set");
  slot_.unchecked_clear_pyobj(nullptr);
  slot_.maybe_destroy_pyobj();
  EXPECT_EQ(state_of(slot_), SlotState{});
  EXPECT_TRUE(self_.decrefs().empty());
}

}  // namespace
}  // namespace slotproof::unit
