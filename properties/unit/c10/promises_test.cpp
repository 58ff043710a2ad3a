// What callers promise. Debug builds assert it and leave the slot as it was; release builds trust
// the caller, and what comes of a broken promise there is documented, so it is tested too.

#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recording_interpreter.h"

namespace slotproof::unit {
namespace {

using c10::impl::PyInterpreterStatus;
using c10::impl::PyObjectSlot;

class Promise : public testing::Test {
 protected:
  // Runs `action`, which breaks a promise. In debug builds it must throw an internal assertion that
  // gives `reason`, and change nothing; in release builds it must leave the slot in `trusted`.
  template <class Action>
  void expect_broken(Action action, const std::string& reason, const SlotState& trusted) {
    const SlotState before = state_of(slot_);
    if constexpr (kPromisesAreChecked) {
      EXPECT_THAT(error_text(action),
                  testing::AllOf(testing::HasSubstr(" INTERNAL ASSERT FAILED at "),
                                 testing::HasSubstr("PyObjectSlot."), testing::EndsWith(reason)));
      EXPECT_EQ(state_of(slot_), before);
    } else {
      action();
      EXPECT_EQ(state_of(slot_), trusted);
    }
    EXPECT_TRUE(self_.decrefs().empty());
    EXPECT_TRUE(other_.decrefs().empty());
  }

  void init(RecordingInterpreter& interpreter, PyObject* object, PyInterpreterStatus status) {
    slot_.init_pyobj(interpreter.get(), object, status);
  }

  RecordingInterpreter self_{"self"};
  RecordingInterpreter other_{"other"};
  PyObject first_;
  PyObject second_;
  PyObjectSlot slot_;
};

constexpr auto kDefinitely = PyInterpreterStatus::DEFINITELY_UNINITIALIZED;
constexpr auto kMaybe = PyInterpreterStatus::MAYBE_UNINITIALIZED;
constexpr auto kOurs = PyInterpreterStatus::TAGGED_BY_US;

TEST_F(Promise, DefinitelyUninitializedIsSaidOfUntaggedSlotsOnly) {
  init(other_, &first_, kDefinitely);
  expect_broken([&] { init(self_, &second_, kDefinitely); },
                "a slot that is definitely uninitialized has a tag",
                {self_.get(), &second_, false});
}

TEST_F(Promise, DefinitelyUninitializedIsNotSaidOfOurOwnSlotEither) {
  init(self_, &first_, kDefinitely);
  expect_broken([&] { init(self_, &second_, kDefinitely); },
                "a slot that is definitely uninitialized has a tag",
                {self_.get(), &second_, false});
}

TEST_F(Promise, TaggedByUsIsNotSaidOfAnUntaggedSlot) {
  expect_broken([&] { init(self_, &first_, kOurs); },
                "a slot that is tagged by us has another tag, or none", {nullptr, &first_, false});
}

TEST_F(Promise, TaggedByUsIsNotSaidOfASlotOfAnother) {
  init(other_, &first_, kDefinitely);
  expect_broken([&] { init(self_, &second_, kOurs); },
                "a slot that is tagged by us has another tag, or none",
                {other_.get(), &second_, false});
}

TEST_F(Promise, InitIsNotForAnOwningSlot) {
  init(self_, &first_, kDefinitely);
  slot_.set_owns_pyobj(true);
  for (const auto status : {kMaybe, kOurs}) {
    expect_broken([&] { init(self_, &second_, status); },
                  "init_pyobj would leak the owned PyObject", {self_.get(), &second_, false});
  }
  slot_.set_owns_pyobj(false);
}

TEST_F(Promise, ClearIsNotForAnOwningSlot) {
  init(self_, &first_, kDefinitely);
  slot_.set_owns_pyobj(true);
  expect_broken([&] { slot_.unchecked_clear_pyobj(self_.get()); },
                "unchecked_clear_pyobj would leak the owned PyObject",
                {self_.get(), nullptr, false});
  slot_.set_owns_pyobj(false);
}

TEST_F(Promise, ClearNamesTheTag) {
  init(self_, &first_, kDefinitely);
  expect_broken([&] { slot_.unchecked_clear_pyobj(other_.get()); },
                "unchecked_clear_pyobj with an interpreter that is not the tag",
                {self_.get(), nullptr, false});
}

TEST_F(Promise, ClearOfAnUntaggedSlotNamesNoInterpreter) {
  expect_broken([&] { slot_.unchecked_clear_pyobj(self_.get()); },
                "unchecked_clear_pyobj with an interpreter that is not the tag", {});
}

// Only a false TAGGED_BY_US leads here, which a debug build refuses.
TEST_F(Promise, DestroyWithoutATagThrowsAndKeepsTheObject) {
  if constexpr (kPromisesAreChecked) {
    EXPECT_THROW(init(self_, &first_, kOurs), c10::Error);
    return;
  }
  init(self_, &first_, kOurs);
  slot_.set_owns_pyobj(true);
  EXPECT_EQ(error_text([&] { slot_.maybe_destroy_pyobj(); }),
            "cannot access PyObject for Tensor - no interpreter set");
  EXPECT_EQ(state_of(slot_), (SlotState{nullptr, &first_, true}));
  slot_.set_owns_pyobj(false);
}

}  // namespace
}  // namespace slotproof::unit
