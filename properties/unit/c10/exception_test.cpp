// Messages are compared word for word by everything above the library, so here is where each word
// of them is pinned down.

#include <c10/util/Exception.h>

#include <cstdint>
#include <exception>
#include <limits>
#include <locale>
#include <string>
#include <string_view>
#include <type_traits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recording_interpreter.h"

namespace slotproof::unit {
namespace {

static_assert(std::is_base_of_v<std::exception, c10::Error>);

TEST(Error, SaysExactlyItsMessage) {
  const c10::Error error("one\ntwo");
  EXPECT_STREQ(error.what(), "one\ntwo");
  EXPECT_STREQ(error.what_without_backtrace(), "one\ntwo");
  EXPECT_EQ(error.msg(), "one\ntwo");
}

TEST(Error, IsCaughtAsAStandardException) {
  EXPECT_THROW(throw c10::Error("anything"), std::exception);
}

TEST(Error, KeepsItsMessageWhenCopied) {
  const c10::Error error("a message too long to be stored inside of a string object");
  const c10::Error copy = error;  // NOLINT(performance-unnecessary-copy-initialization)
  EXPECT_STREQ(copy.what(), error.what());
}

TEST(TorchCheck, JoinsItsPartsWithoutSeparators) {
  const std::string owned = "owned";
  const std::string_view viewed = "viewed";
  EXPECT_EQ(error_text([&] { TORCH_CHECK(false, "literal ", owned, viewed, '!', 1, true, false); }),
            "literal ownedviewed!1truefalse");
}

TEST(TorchCheck, WithoutPartsNamesItsCondition) {
  EXPECT_EQ(error_text([] { TORCH_CHECK(1 + 1 == 3); }),
            "Expected 1 + 1 == 3 to be true, but got false.");
}

TEST(TorchCheck, EvaluatesItsPartsOnlyOnFailure) {
  int evaluated = 0;
  TORCH_CHECK(true, ++evaluated);
  EXPECT_EQ(evaluated, 0);
  EXPECT_EQ(error_text([&] { TORCH_CHECK(false, ++evaluated); }), "1");
}

TEST(TorchCheck, IsOneStatement) {
  const auto branch = [](bool condition) {
    if (condition)
      TORCH_CHECK(true, "not here");
    else
      TORCH_CHECK(false, "here");
  };
  EXPECT_NO_THROW(branch(true));
  EXPECT_EQ(error_text([&] { branch(false); }), "here");
}

TEST(TorchCheck, PrintsIntegersOfEverySize) {
  EXPECT_EQ(error_text([] {
              TORCH_CHECK(false, std::numeric_limits<std::int64_t>::min(), ' ',
                          std::numeric_limits<std::uint64_t>::max(), ' ', std::uint16_t{7});
            }),
            "-9223372036854775808 18446744073709551615 7");
}

TEST(TorchCheck, PrintsPointersAsStreamsDo) {
  int object = 0;
  const void* const low = reinterpret_cast<const void*>(std::uintptr_t{0xab});
  const void* const high = reinterpret_cast<const void*>(~std::uintptr_t{0});
  EXPECT_EQ(error_text([&] { TORCH_CHECK(false, &object); }), text_of(&object));
  EXPECT_EQ(error_text([&] { TORCH_CHECK(false, low); }), "0xab");
  EXPECT_EQ(error_text([&] { TORCH_CHECK(false, high); }), text_of(high));
  EXPECT_EQ(error_text([&] { TORCH_CHECK(false, static_cast<const int*>(nullptr)); }), "0");
}

TEST(TorchCheck, TakesNoNoticeOfTheLocale) {
  struct Grouping : std::numpunct<char> {
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
  };
  const std::locale before = std::locale::global(std::locale(std::locale(), new Grouping));
  const auto* const pointer = reinterpret_cast<const void*>(std::uintptr_t{0x1234567});
  const std::string text = error_text([&] { TORCH_CHECK(false, 1234567, ' ', pointer); });
  std::locale::global(before);
  EXPECT_EQ(text, "1234567 0x1234567");
}

TEST(InternalAssert, NamesConditionFileAndLineAndThenItsParts) {
  const int line = __LINE__ + 1;
  EXPECT_EQ(error_text([] { TORCH_INTERNAL_ASSERT(1 > 2, "one is ", 1); }),
            "1 > 2 INTERNAL ASSERT FAILED at " __FILE__ ":" + std::to_string(line) + ". one is 1");
}

TEST(InternalAssert, NeedsNoParts) {
  EXPECT_THAT(error_text([] { TORCH_INTERNAL_ASSERT(1 > 2); }),
              testing::MatchesRegex("1 > 2 INTERNAL ASSERT FAILED at .*:[0-9]+\\."));
  EXPECT_NO_THROW(TORCH_INTERNAL_ASSERT(1 < 2));
}

TEST(InternalAssert, DebugOnlyIsNeverEvaluatedInReleaseBuilds) {
  int evaluated = 0;
  const auto fails = [&] { TORCH_INTERNAL_ASSERT_DEBUG_ONLY(++evaluated == 0, "text"); };
  if constexpr (kPromisesAreChecked) {
    EXPECT_THAT(error_text(fails), testing::EndsWith(". text"));
    EXPECT_EQ(evaluated, 1);
  } else {
    EXPECT_NO_THROW(fails());
    EXPECT_EQ(evaluated, 0);
  }
}

}  // namespace
}  // namespace slotproof::unit
