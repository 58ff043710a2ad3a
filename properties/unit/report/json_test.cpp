#include "report/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "hand/failing_case.h"

namespace slotproof::unit {
namespace {

using nlohmann::ordered_json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Json, NamesWhatARunIsAbout) {
  FailingCase failing(Bug::kClaimsInTwoSteps, kTwoClaims);
  const ordered_json json = report::run_json(failing.run(), "hand", {});
  EXPECT_EQ(json["schema_version"], 1);
  EXPECT_EQ(json["slot"], "hand");
  EXPECT_EQ(json["verdict"], "data-race");
  EXPECT_EQ(json["exit_code"], 10);
  EXPECT_EQ(json["ending"], "data-race");
  EXPECT_EQ(json["fault"]["events"].size(), 2u);
  EXPECT_EQ(json["operations"][0]["text"], "A wrap x0");
  EXPECT_EQ(json["operations"][0]["thread"], 0);
  EXPECT_EQ(json["operations"][0]["done"], "running");
  EXPECT_EQ(json["operations"][1]["done"], "done");
  EXPECT_EQ(json["calls"][0]["call"], "x0.construct()");
  EXPECT_EQ(json["calls"][0]["thread"], nullptr);
}

TEST(Json, KeepsTheOrderOfItsMembers) {
  FailingCase failing(Bug::kDecrefsTwice, kDroppedTwice);
  const ordered_json json = report::run_json(failing.run(), "hand", {});
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  EXPECT_THAT(
      keys, ElementsAre("schema_version", "slot", "verdict", "exit_code", "sentence", "ending",
                        "program", "choices", "fault", "operations", "calls", "events", "stacks"));
}

TEST(Json, IsTheSameWhereverThingsLieInMemory) {
  FailingCase one(Bug::kClaimsInTwoSteps, kTwoClaims);
  const std::vector<char> in_between(1 << 20);
  FailingCase other(Bug::kClaimsInTwoSteps, kTwoClaims);
  const std::string text = report::run_json(one.run(), "hand", {}).dump();
  EXPECT_EQ(text, report::run_json(other.run(), "hand", {}).dump());
  EXPECT_THAT(text, Not(HasSubstr("0x")));
}

TEST(Json, NamesInterpretersInExceptions) {
  FailingCase passing(Bug::kNone,
                      "slotproof 1\nthread 0\n  A wrap x0\nthread 1\n  B init x0 maybe\n");
  const std::string text = report::run_json(passing.run(), "hand", {}).dump();
  EXPECT_THAT(text, HasSubstr("on interpreter B that has already been used by another torch deploy "
                              "interpreter A"));
}

TEST(Json, HasTheStacksItIsGiven) {
  FailingCase failing(Bug::kClaimsInTwoSteps, kTwoClaims);
  const std::vector<report::Stack> stacks = {{7, {{"f", "a.h:1"}}}};
  const ordered_json json = report::run_json(failing.run(), "hand", stacks);
  EXPECT_EQ(json["stacks"].dump(), R"([{"event":7,"frames":[{"function":"f","place":"a.h:1"}]}])");
}

}  // namespace
}  // namespace slotproof::unit
