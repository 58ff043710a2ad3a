// Memory orders as values: which is weaker, how they are written.
#include "explore/weaken.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slotproof::unit {
namespace {

using explore::Orders;
using machine::AtomicKind;
using machine::MemoryOrder;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> weaker(AtomicKind kind, const char* than) {
  std::vector<std::string> words;
  for (const Orders& orders : weaker_orders(kind, *explore::parse_orders(than))) {
    words.push_back(print(orders));
  }
  return words;
}

TEST(Orders, AreReadAsTheyArePrinted) {
  for (const char* const text : {"relaxed", "consume", "acquire", "release", "acq_rel", "seq_cst",
                                 "seq_cst/seq_cst", "acq_rel/relaxed"}) {
    ASSERT_TRUE(explore::parse_orders(text)) << text;
    EXPECT_EQ(print(*explore::parse_orders(text)), text);
  }
  for (const char* const text : {"", "relax", "relaxed ", "/", "relaxed/", "/relaxed",
                                 "relaxed/relaxed/relaxed", "memory_order_relaxed"}) {
    EXPECT_FALSE(explore::parse_orders(text)) << text;
  }
}

TEST(WeakerOrders, AreThoseThatTheOperationMayHave) {
  EXPECT_THAT(weaker(AtomicKind::kLoad, "seq_cst"), ElementsAre("acquire", "relaxed"));
  EXPECT_THAT(weaker(AtomicKind::kLoad, "acquire"), ElementsAre("relaxed"));
  EXPECT_THAT(weaker(AtomicKind::kStore, "seq_cst"), ElementsAre("release", "relaxed"));
  EXPECT_THAT(weaker(AtomicKind::kStore, "relaxed"), IsEmpty());
  EXPECT_THAT(weaker(AtomicKind::kRmw, "acq_rel"), ElementsAre("acquire", "release", "relaxed"));
  EXPECT_THAT(weaker(AtomicKind::kRmw, "release"), ElementsAre("relaxed"));
  EXPECT_THAT(weaker(AtomicKind::kFence, "seq_cst"),
              ElementsAre("acq_rel", "acquire", "release", "relaxed"));
  EXPECT_THAT(
      weaker(AtomicKind::kCompareExchange, "acq_rel/acquire"),
      ElementsAre("acq_rel/relaxed", "acquire/acquire", "acquire/relaxed", "release/acquire",
                  "release/relaxed", "relaxed/acquire", "relaxed/relaxed"));
}

// What is weaker than an order that fails need not be tried: it has to come behind it.
TEST(WeakerOrders, NoneComesBeforeOneThatItIsWeakerThan) {
  const std::vector<Orders> all = explore::weaker_orders(
      AtomicKind::kCompareExchange, {MemoryOrder::kSeqCst, MemoryOrder::kSeqCst});
  EXPECT_EQ(all.size(), 5u * 3u - 1u);
  for (std::size_t a = 0; a < all.size(); ++a) {
    for (std::size_t b = a; b < all.size(); ++b) {
      EXPECT_FALSE(explore::is_weaker(all[a], all[b])) << print(all[a]) << " " << print(all[b]);
    }
  }
}

TEST(StrongerOrders, AreThoseOfWhichTheOrderIsWeaker) {
  const auto stronger = [](AtomicKind kind, const char* than) {
    std::vector<std::string> words;
    for (const Orders& orders : stronger_orders(kind, *explore::parse_orders(than))) {
      words.push_back(print(orders));
    }
    return words;
  };
  EXPECT_THAT(stronger(AtomicKind::kLoad, "relaxed"), ElementsAre("acquire", "seq_cst"));
  EXPECT_THAT(stronger(AtomicKind::kStore, "seq_cst"), IsEmpty());
  EXPECT_THAT(stronger(AtomicKind::kRmw, "release"), ElementsAre("acq_rel", "seq_cst"));
  EXPECT_THAT(stronger(AtomicKind::kCompareExchange, "acq_rel/acquire"),
              ElementsAre("acq_rel/seq_cst", "seq_cst/acquire", "seq_cst/seq_cst"));
}

TEST(WeakeningSuite, BeginsWithThePairsAndHasNoProgramTwice) {
  const std::vector<program::Program> suite =
      explore::weakening_suite(world::Features::all(), {}, 2);
  const std::size_t pairs = explore::weakening_suite(world::Features::all(), {}, 1).size();
  EXPECT_GT(suite.size(), 10 * pairs);
  for (std::size_t p = 0; p < suite.size(); ++p) {
    EXPECT_EQ(p < pairs, suite[p].threads[0].size() < 2);
  }
  for (std::size_t p = 1; p < suite.size(); p += 97) {
    EXPECT_EQ(std::ranges::count(suite, suite[p]), 1);
  }
}

}  // namespace
}  // namespace slotproof::unit
