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
}

TEST(Symbolize, NamesTheModuleIfThereIsNoTool) {
  setenv("ASAN_SYMBOLIZER_PATH", "/bin/true", 1);  // says nothing
  const void* const addresses[] = {inside_of_this()};
  const std::vector<report::Frame> frames = report::symbolize(addresses);
  unsetenv("ASAN_SYMBOLIZER_PATH");
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_THAT(frames[0].place, HasSubstr("+0x"));
}

TEST(Symbolize, KnowsNothingOfNothing) { EXPECT_THAT(report::symbolize({}), IsEmpty()); }

}  // namespace
}  // namespace slotproof::unit
