#include "report/symbolize.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slotproof::unit {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

[[gnu::noinline]] const void* where_it_returns() { return __builtin_return_address(0); }

[[gnu::noinline]] const void* inside_of_this() {
  const void* const here = where_it_returns();
  asm volatile("" ::: "memory");  // or the call would be the last thing, and no return address
  return here;
}

TEST(Symbolize, FindsFunctionAndLine) {
  const void* const addresses[] = {inside_of_this(), nullptr};
  const std::vector<report::Frame> frames = report::symbolize(addresses);
  ASSERT_FALSE(frames.empty());
  EXPECT_THAT(frames[0].function, EndsWith("inside_of_this"));
  EXPECT_THAT(frames[0].place, HasSubstr("symbolize_test.cpp:"));
  EXPECT_GT(frames[0].column, 0);
}

TEST(Symbolize, NamesTheModuleIfThereIsNoTool) {
  setenv("ASAN_SYMBOLIZER_PATH", "/bin/true", 1);  // says nothing
  const void* const addresses[] = {inside_of_this()};
  const std::vector<report::Frame> frames = report::symbolize(addresses);
  unsetenv("ASAN_SYMBOLIZER_PATH");
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_THAT(frames[0].place, HasSubstr("+0x"));
}

TEST(Symbolize, TellsAddressesApartThatAreOfNoStack) {
  const void* const addresses[] = {inside_of_this(), nullptr, inside_of_this()};
  const std::vector<std::vector<report::Frame>> each = report::symbolize_each(addresses);
  ASSERT_EQ(each.size(), 3u);
  EXPECT_THAT(each[0][0].function, EndsWith("inside_of_this"));
  EXPECT_THAT(each[1], IsEmpty());
  EXPECT_EQ(each[2], each[0]);
}

TEST(Symbolize, KnowsNothingOfNothing) { EXPECT_THAT(report::symbolize({}), IsEmpty()); }

}  // namespace
}  // namespace slotproof::unit
