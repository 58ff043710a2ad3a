// Every cell of the contract's tables: what the caller says of the tag, what the tag is, whether
// the thread is hermetic, and whether that is to be ignored.

#include <optional>
#include <string>
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recording_interpreter.h"

namespace slotproof::unit {
namespace {

using c10::impl::PyInterpreter;
using c10::impl::PyInterpreterStatus;
using c10::impl::PyObjectSlot;

enum class Tag { kNull, kSelf, kOther };

constexpr Tag kTags[] = {Tag::kNull, Tag::kSelf, Tag::kOther};
constexpr PyInterpreterStatus kStatuses[] = {
    PyInterpreterStatus::DEFINITELY_UNINITIALIZED, PyInterpreterStatus::MAYBE_UNINITIALIZED,
    PyInterpreterStatus::TAGGED_BY_US, PyInterpreterStatus::TAGGED_BY_OTHER};

std::string name_of(Tag tag) {
  switch (tag) {
    case Tag::kNull: return "OnUntaggedSlot";
    case Tag::kSelf: return "OnOwnSlot";
    case Tag::kOther: return "OnSlotOfAnother";
  }
  return "";
}

std::string name_of(PyInterpreterStatus status) {
  switch (status) {
    case PyInterpreterStatus::DEFINITELY_UNINITIALIZED: return "DefinitelyUninitialized";
    case PyInterpreterStatus::MAYBE_UNINITIALIZED: return "MaybeUninitialized";
    case PyInterpreterStatus::TAGGED_BY_US: return "TaggedByUs";
    case PyInterpreterStatus::TAGGED_BY_OTHER: return "TaggedByOther";
  }
  return "";
}

// What `init_pyobj` makes of a slot. A caller who breaks a promise meets an assertion in debug
// builds; in release builds the caller is believed.
enum class Promise { kKept, kBroken };
struct Initialised {
  Promise promise;
  std::optional<Tag> tag_after;  // nullopt: it throws
};

Initialised expected_of_init(PyInterpreterStatus status, Tag tag) {
  switch (status) {
    case PyInterpreterStatus::DEFINITELY_UNINITIALIZED:
      return {tag == Tag::kNull ? Promise::kKept : Promise::kBroken, Tag::kSelf};
    case PyInterpreterStatus::MAYBE_UNINITIALIZED:
      return {Promise::kKept, tag == Tag::kOther ? std::nullopt : std::optional(Tag::kSelf)};
    case PyInterpreterStatus::TAGGED_BY_US:
      return {tag == Tag::kSelf ? Promise::kKept : Promise::kBroken, tag};
    case PyInterpreterStatus::TAGGED_BY_OTHER: return {Promise::kKept, std::nullopt};
  }
  return {};
}

class Slot : public testing::Test {
 protected:
  PyInterpreter* interpreter_of(Tag tag) {
    return tag == Tag::kNull ? nullptr : tag == Tag::kSelf ? self_.get() : other_.get();
  }

  void tag_slot(Tag tag, PyObject* object) {
    if (tag != Tag::kNull) {
      slot_.init_pyobj(interpreter_of(tag), object, PyInterpreterStatus::DEFINITELY_UNINITIALIZED);
    }
  }

  // Looks with the interpreter `self_` and compares with the table.
  void expect_check(Tag tag, PyObject* object, bool hermetic, bool ignore) {
    const HermeticScope scope(hermetic);
    const SlotState before = state_of(slot_);
    if (tag == Tag::kOther) {
      EXPECT_EQ(error_text([&] { (void)slot_.check_pyobj(self_.get(), ignore); }),
                cannot_access("self", "other"));
    } else if (tag == Tag::kNull || (hermetic && !ignore)) {
      EXPECT_EQ(slot_.check_pyobj(self_.get(), ignore), std::nullopt);
    } else {
      EXPECT_EQ(slot_.check_pyobj(self_.get(), ignore), std::optional(object));
    }
    EXPECT_EQ(state_of(slot_), before);
  }

  RecordingInterpreter self_{"self"};
  RecordingInterpreter other_{"other"};
  PyObject older_;
  PyObject newer_;
  PyObjectSlot slot_;
};

using InitParameters = std::tuple<PyInterpreterStatus, Tag, bool, bool>;
class InitCell : public Slot, public testing::WithParamInterface<InitParameters> {};

TEST_P(InitCell, StoresOrThrowsAsTheTableSays) {
  const PyInterpreterStatus status = std::get<0>(GetParam());
  const Tag tag = std::get<1>(GetParam());
  const bool hermetic = std::get<2>(GetParam());
  const bool ignore = std::get<3>(GetParam());
  const Initialised expected = expected_of_init(status, tag);
  tag_slot(tag, &older_);
  const SlotState before = state_of(slot_);
  const auto init = [this, s = status, h = hermetic] {
    const HermeticScope scope(h);
    slot_.init_pyobj(self_.get(), &newer_, s);
  };

  if (expected.promise == Promise::kBroken && kPromisesAreChecked) {
    EXPECT_THAT(error_text(init), testing::HasSubstr(" INTERNAL ASSERT FAILED at "));
    EXPECT_EQ(state_of(slot_), before);
    expect_check(tag, before.object, hermetic, ignore);
  } else if (!expected.tag_after) {
    EXPECT_EQ(error_text(init), cannot_allocate(self_.get(), interpreter_of(tag)));
    EXPECT_EQ(state_of(slot_), before);
    expect_check(tag, before.object, hermetic, ignore);
  } else {
    init();
    EXPECT_EQ(state_of(slot_), (SlotState{interpreter_of(*expected.tag_after), &newer_, false}));
    expect_check(*expected.tag_after, &newer_, hermetic, ignore);
  }
  EXPECT_TRUE(self_.decrefs().empty());
  EXPECT_TRUE(other_.decrefs().empty());
}

std::string name_of_init(const testing::TestParamInfo<InitParameters>& cell) {
  const auto [status, tag, hermetic, ignore] = cell.param;
  return name_of(status) + name_of(tag) + (hermetic ? "WhileHermetic" : "") +
         (ignore ? "ThenIgnoringHermetic" : "");
}

INSTANTIATE_TEST_SUITE_P(EveryStatusAndTag, InitCell,
                         testing::Combine(testing::ValuesIn(kStatuses), testing::ValuesIn(kTags),
                                          testing::Bool(), testing::Bool()),
                         name_of_init);

enum class Content { kNothing, kObject, kOwnedObject };

constexpr Content kContents[] = {Content::kNothing, Content::kObject, Content::kOwnedObject};

std::string name_of(Content content) {
  switch (content) {
    case Content::kNothing: return "";
    case Content::kObject: return "WithObject";
    case Content::kOwnedObject: return "WithOwnedObject";
  }
  return "";
}

using CheckParameters = std::tuple<Tag, Content, bool, bool>;
class CheckCell : public Slot, public testing::WithParamInterface<CheckParameters> {};

TEST_P(CheckCell, ShowsHidesOrThrowsAsTheTableSays) {
  const auto [tag, content, hermetic, ignore] = GetParam();
  PyObject* const object = tag == Tag::kNull || content == Content::kNothing ? nullptr : &older_;
  tag_slot(tag, object);
  if (object != nullptr && content == Content::kOwnedObject) {
    slot_.set_owns_pyobj(true);
  }

  expect_check(tag, object, hermetic, ignore);
  {
    const HermeticScope scope(hermetic);
    EXPECT_EQ(slot_.has_pyobj_nonhermetic(), tag != Tag::kNull);
    EXPECT_EQ(slot_.pyobj_interpreter(), interpreter_of(tag));
    EXPECT_EQ(slot_.check_interpreter(self_.get()), tag == Tag::kSelf);
    EXPECT_EQ(slot_.check_interpreter(other_.get()), tag == Tag::kOther);
    EXPECT_EQ(slot_.check_interpreter(nullptr), tag == Tag::kNull);
    EXPECT_EQ(slot_._unchecked_untagged_pyobj(), object);
  }
}

std::string name_of_check(const testing::TestParamInfo<CheckParameters>& cell) {
  const auto [tag, content, hermetic, ignore] = cell.param;
  return name_of(tag) + name_of(content) + (hermetic ? "WhileHermetic" : "") +
         (ignore ? "IgnoringHermetic" : "");
}

INSTANTIATE_TEST_SUITE_P(EveryTagAndContent, CheckCell,
                         testing::Combine(testing::ValuesIn(kTags), testing::ValuesIn(kContents),
                                          testing::Bool(), testing::Bool()),
                         name_of_check);

}  // namespace
}  // namespace slotproof::unit
