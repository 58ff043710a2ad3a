// The text form of choices, and what recording and replaying make of them.
#include "choice/choice_sequence.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "choice/random_source.h"

namespace slotproof::choice {
namespace {

std::string mistake(std::string_view text) {
  ChoiceSequence into{{{Kind::kStore, 7, 0}}};
  const ChoiceSequence before = into;
  std::string error;
  EXPECT_FALSE(ChoiceSequence::parse(text, into, error)) << text;
  EXPECT_EQ(into, before) << text;
  return error;
}

TEST(ChoiceText, IsParsedToWhatWasPrinted) {
  SplitMix64 random(1);
  for (int i = 0; i < 1'000; ++i) {
    ChoiceSequence sequence;
    for (std::uint32_t c = random.below(20); c > 0; --c) {
      const std::uint32_t answer = random.below(2) * (1 + random.below(0xffffffff));
      sequence.choices.push_back({static_cast<Kind>(random.below(kKinds)), answer, 0});
    }
    sequence.trim();
    ChoiceSequence parsed;
    std::string error;
    ASSERT_TRUE(ChoiceSequence::parse(sequence.print(), parsed, error)) << error;
    EXPECT_EQ(parsed, sequence) << sequence.print();
  }
}

TEST(ChoiceText, CountsDullAnswersAndDropsTheLastOnes) {
  const ChoiceSequence sequence{{{Kind::kThread, 0, 2},
                                 {Kind::kStore, 0, 2},
                                 {Kind::kPlace, 3, 4},
                                 {Kind::kSpurious, 1, 2},
                                 {Kind::kThread, 0, 2}}};
  EXPECT_EQ(sequence.print(), "v1:2p3.w1");
  EXPECT_EQ(ChoiceSequence{}.print(), "v1:");
}

TEST(ChoiceText, NamesTheFirstMistakeAndItsPlace) {
  EXPECT_EQ(mistake(""), "choice sequence, character 1: must start with 'v1:'");
  EXPECT_EQ(mistake("v2:t1"), "choice sequence, character 1: must start with 'v1:'");
  EXPECT_EQ(mistake("v1:3"),
            "choice sequence, character 5: expected one of the letters t, s, p, w");
  EXPECT_EQ(mistake("v1:q1"),
            "choice sequence, character 4: expected one of the letters t, s, p, w");
  EXPECT_EQ(mistake("v1:t"),
            "choice sequence, character 5: expected a number from 1 to 4294967295");
  EXPECT_EQ(mistake("v1:t0"),
            "choice sequence, character 6: expected a number from 1 to 4294967295");
  EXPECT_EQ(mistake("v1:t4294967296"),
            "choice sequence, character 5: expected a number from 1 to 4294967295");
  EXPECT_EQ(mistake("v1:t1s1"), "choice sequence, character 6: expected '.' between choices");
  EXPECT_EQ(mistake("v1:t1."), "choice sequence, character 7: expected a choice after '.'");
  EXPECT_EQ(mistake("v1:99999999999t1"), "choice sequence, character 4: number too large");
  EXPECT_EQ(mistake(std::string_view("v1:t1\0", 6)),
            "choice sequence, character 6: expected '.' between choices");
}

TEST(ChoiceText, MayStandForAsManyChoicesAsAreAllowed) {
  ChoiceSequence parsed;
  std::string error;
  EXPECT_TRUE(ChoiceSequence::parse("v1:1048575t1", parsed, error)) << error;
  EXPECT_EQ(parsed.choices.size(), ChoiceSequence::kMaxLength);
  const std::string what = "choice sequence, character 4: more than 1048576 choices";
  EXPECT_EQ(mistake("v1:1048576t1"), what);
  EXPECT_EQ(mistake("v1:4294967295t1"), what);
}

TEST(Replay, AnswersWhatWasRecordedAndThenNothing) {
  RandomSource random(5);
  RecordingSource recorder;
  recorder.restart(random);
  std::string answers;
  for (int i = 0; i < 100; ++i) answers += std::to_string(recorder.choose(7, Kind::kStore));
  ReplaySource replay(recorder.recorded());
  std::string again;
  for (int i = 0; i < 100; ++i) again += std::to_string(replay.choose(7, Kind::kStore));
  EXPECT_EQ(again, answers);
  EXPECT_EQ(replay.choose(7, Kind::kStore), 0u);
  EXPECT_FALSE(replay.diverged());
}

TEST(Replay, NoticesThatItIsAskedSomethingElse) {
  const ChoiceSequence sequence{{{Kind::kStore, 5, 0}}};
  ReplaySource smaller(sequence);
  EXPECT_EQ(smaller.choose(3, Kind::kStore), 2u);
  EXPECT_TRUE(smaller.diverged());
  ReplaySource other(sequence);
  EXPECT_EQ(other.choose(9, Kind::kThread), 5u);
  EXPECT_TRUE(other.diverged());
}

}  // namespace
}  // namespace slotproof::choice
