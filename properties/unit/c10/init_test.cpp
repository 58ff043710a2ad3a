// What init_pyobj refuses, and what it promises when it refuses.

#include <cstdint>
#include <optional>
#include <type_traits>

#include <gtest/gtest.h>

#include "recording_interpreter.h"

namespace slotproof::unit {
namespace {

using c10::impl::PyInterpreterStatus;
using c10::impl::PyObjectSlot;

// The shape of the type is part of the contract; the constness, that of the field's slot.
static_assert(sizeof(PyObjectSlot) == 2 * sizeof(void*));
static_assert(std::is_nothrow_default_constructible_v<PyObjectSlot>);
static_assert(std::is_nothrow_destructible_v<PyObjectSlot>);
static_assert(!std::is_copy_constructible_v<PyObjectSlot>);
static_assert(!std::is_move_constructible_v<PyObjectSlot>);
static_assert(!std::is_copy_assignable_v<PyObjectSlot>);
static_assert(!std::is_move_assignable_v<PyObjectSlot>);
static_assert(static_cast<int>(PyInterpreterStatus::DEFINITELY_UNINITIALIZED) == 0);
static_assert(static_cast<int>(PyInterpreterStatus::MAYBE_UNINITIALIZED) == 1);
static_assert(static_cast<int>(PyInterpreterStatus::TAGGED_BY_US) == 2);
static_assert(static_cast<int>(PyInterpreterStatus::TAGGED_BY_OTHER) == 3);

PyObject* odd(PyObject* object) {
  return reinterpret_cast<PyObject*>(reinterpret_cast<std::uintptr_t>(object) | 1U);
}

std::string has_lowest_bit_set(PyObject* object) {
  return "cannot allocate PyObject for Tensor - object " + text_of(object) +
         " has its lowest bit set";
}

class Init : public testing::Test {
 protected:
  RecordingInterpreter self_{"self"};
  RecordingInterpreter other_{"other"};
  PyObject first_;
  PyObject second_;
  PyObjectSlot slot_;
};

TEST_F(Init, RefusesAnOddPointerWhateverTheStatus) {
  for (const auto status :
       {PyInterpreterStatus::DEFINITELY_UNINITIALIZED, PyInterpreterStatus::MAYBE_UNINITIALIZED,
        PyInterpreterStatus::TAGGED_BY_US, PyInterpreterStatus::TAGGED_BY_OTHER,
        static_cast<PyInterpreterStatus>(7)}) {
    EXPECT_EQ(error_text([&] { slot_.init_pyobj(self_.get(), odd(&first_), status); }),
              has_lowest_bit_set(odd(&first_)));
    EXPECT_EQ(state_of(slot_), SlotState{});
  }
}

TEST_F(Init, RefusesAnOddPointerOnATaggedSlotAndKeepsTheObject) {
  slot_.init_pyobj(self_.get(), &first_, PyInterpreterStatus::DEFINITELY_UNINITIALIZED);
  EXPECT_EQ(error_text([&] {
              slot_.init_pyobj(self_.get(), odd(&second_), PyInterpreterStatus::TAGGED_BY_US);
            }),
            has_lowest_bit_set(odd(&second_)));
  EXPECT_EQ(state_of(slot_), (SlotState{self_.get(), &first_, false}));
}

TEST_F(Init, RefusesAStatusThatIsNoneOfTheFour) {
  for (const int number : {-1, 4, 1000}) {
    const std::string expected = "cannot allocate PyObject for Tensor - " + std::to_string(number) +
                                 " is not an interpreter status";
    const auto status = static_cast<PyInterpreterStatus>(number);
    EXPECT_EQ(error_text([&] { slot_.init_pyobj(self_.get(), &first_, status); }), expected);
    EXPECT_EQ(state_of(slot_), SlotState{});
  }
}

TEST_F(Init, NamesANullTagAsZeroWhenTheCallerSaysItIsAnothers) {
  EXPECT_EQ(error_text([&] {
              slot_.init_pyobj(self_.get(), &first_, PyInterpreterStatus::TAGGED_BY_OTHER);
            }),
            "cannot allocate PyObject for Tensor on interpreter " + text_of(self_.get()) +
                " that has already been used by another torch deploy interpreter 0");
}

TEST_F(Init, LoserLeavesAnOwnedObjectOfTheWinnerAlone) {
  slot_.init_pyobj(other_.get(), &first_, PyInterpreterStatus::MAYBE_UNINITIALIZED);
  slot_.set_owns_pyobj(true);
  EXPECT_EQ(error_text([&] {
              slot_.init_pyobj(self_.get(), &second_, PyInterpreterStatus::MAYBE_UNINITIALIZED);
            }),
            cannot_allocate(self_.get(), other_.get()));
  EXPECT_EQ(state_of(slot_), (SlotState{other_.get(), &first_, true}));
  EXPECT_TRUE(self_.decrefs().empty());
  EXPECT_TRUE(other_.decrefs().empty());
}

TEST_F(Init, StoresANullObjectUnderTheTag) {
  slot_.init_pyobj(self_.get(), nullptr, PyInterpreterStatus::MAYBE_UNINITIALIZED);
  EXPECT_EQ(state_of(slot_), (SlotState{self_.get(), nullptr, false}));
  EXPECT_EQ(slot_.check_pyobj(self_.get()), std::optional<PyObject*>(nullptr));
}

TEST_F(Init, ReplacesAnObjectThatIsNotOwned) {
  slot_.init_pyobj(self_.get(), &first_, PyInterpreterStatus::MAYBE_UNINITIALIZED);
  slot_.init_pyobj(self_.get(), &second_, PyInterpreterStatus::MAYBE_UNINITIALIZED);
  EXPECT_EQ(state_of(slot_), (SlotState{self_.get(), &second_, false}));
  slot_.init_pyobj(self_.get(), &first_, PyInterpreterStatus::TAGGED_BY_US);
  EXPECT_EQ(state_of(slot_), (SlotState{self_.get(), &first_, false}));
  EXPECT_TRUE(self_.decrefs().empty());
}

TEST_F(Init, StartsWithTheOwnerBitOffAfterAnOwnedObjectIsGone) {
  slot_.init_pyobj(self_.get(), &first_, PyInterpreterStatus::MAYBE_UNINITIALIZED);
  slot_.set_owns_pyobj(true);
  slot_.maybe_destroy_pyobj();
  slot_.init_pyobj(self_.get(), &second_, PyInterpreterStatus::TAGGED_BY_US);
  EXPECT_EQ(state_of(slot_), (SlotState{self_.get(), &second_, false}));
}

TEST_F(Init, ObjectInTwoSlotsIsTransferredWithItsOwnerBit) {
  PyObjectSlot heir;
  slot_.init_pyobj(self_.get(), &first_, PyInterpreterStatus::DEFINITELY_UNINITIALIZED);
  slot_.set_owns_pyobj(true);

  heir.init_pyobj(self_.get(), &first_, PyInterpreterStatus::DEFINITELY_UNINITIALIZED);
  slot_.set_owns_pyobj(false);
  heir.set_owns_pyobj(true);
  slot_.unchecked_clear_pyobj(self_.get());

  slot_.maybe_destroy_pyobj();
  EXPECT_TRUE(self_.decrefs().empty());
  heir.maybe_destroy_pyobj();
  EXPECT_EQ(self_.decrefs(), (std::vector<Decref>{{&first_, true}}));
}

}  // namespace
}  // namespace slotproof::unit
