// The text form: its laws, what it forgives, and what it says about mistakes.

#include "program/text.h"

#include <fstream>
#include <iterator>
#include <ostream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "random_case.h"

namespace slotproof::program {

void PrintTo(const ProgramText& text, std::ostream* out) { *out << "\n" << print(text); }

namespace {

using testing::HasSubstr;

// The value of a text that must be good.
ProgramText parsed(std::string_view text) {
  ProgramText value;
  ParseError error;
  EXPECT_TRUE(parse(text, value, error))
      << error.line << ":" << error.column << ": " << error.message << "\n"
      << text.substr(0, 2000);
  return value;
}

// The mistake in a text that must be bad: "line:column: message".
std::string mistake(std::string_view text) {
  const ProgramText before{{}, {"untouched"}, "untouched"};
  ProgramText value = before;
  ParseError error;
  EXPECT_FALSE(parse(text, value, error)) << text.substr(0, 2000);
  EXPECT_EQ(value, before);
  return std::to_string(error.line) + ":" + std::to_string(error.column) + ": " + error.message;
}

// The mistake in a line below a version line and "thread 0"; the line is number 3.
std::string mistake_in(const std::string& line) {
  return mistake("slotproof 1\nthread 0\n" + line + "\n");
}

constexpr std::string_view kEverything = R"(# Two interpreters meet.
#
#   A second paragraph.
slotproof 1
private x1 0
private x3 2
thread 0
  A wrap x0
  A init x1 definitely
  - drop x1
  B check x0 ignore
  B check x0
  A transfer x0 x1
  A finalizer x2 rewrap
  - hermetic on
  A hermetic off
  A finalise
thread 2
  D tag x0
choices v1:3t1.s2
expect data-race deadlock
)";

// --- laws ----------------------------------------------------------------------------------------

TEST(Text, ParsesWhatItPrints) {
  choice::SplitMix64 random(1);
  for (int i = 0; i < 20000; ++i) {
    const ProgramText text = random_text(random);
    ASSERT_EQ(parsed(print(text)), text);
  }
}

TEST(Text, PrintsTheCanonicalFormAsItWas) { EXPECT_EQ(print(parsed(kEverything)), kEverything); }

TEST(Text, MeansWhatItSays) {
  const ProgramText text = parsed(kEverything);
  EXPECT_EQ(text.story, "Two interpreters meet.\n\n  A second paragraph.");
  EXPECT_THAT(text.expect, testing::ElementsAre("data-race", "deadlock"));
  EXPECT_EQ(text.test_case.choices.print(), "v1:3t1.s2");
  const Program& program = text.test_case.program;
  EXPECT_THAT(program.private_to, testing::ElementsAre(Program::kShared, 0, Program::kShared, 2));
  EXPECT_THAT(program.threads[0],
              testing::ElementsAre(
                  Operation{Verb::kWrap, 0, 0, 0}, Operation{Verb::kInit, 0, 1, 0},
                  Operation{Verb::kDrop, kDetached, 1, 0}, Operation{Verb::kCheck, 1, 0, 1},
                  Operation{Verb::kCheck, 1, 0, 0}, Operation{Verb::kTransfer, 0, 0, 1},
                  Operation{Verb::kFinalizer, 0, 2, 1}, Operation{Verb::kHermetic, kDetached, 0, 1},
                  Operation{Verb::kHermetic, 0, 0, 0}, Operation{Verb::kFinalise, 0, 0, 0}));
  EXPECT_THAT(program.threads[1], testing::IsEmpty());
  EXPECT_THAT(program.threads[2], testing::ElementsAre(Operation{Verb::kTag, 3, 0, 0}));
}

TEST(Text, OfAnOperationIsALineOfTheProgram) {
  EXPECT_EQ(print(Operation{Verb::kInit, 0, 1, 2}), "A init x1 us");
  EXPECT_EQ(print(Operation{Verb::kHermetic, kDetached, 0, 1}), "- hermetic on");
  EXPECT_EQ(print(Operation{Verb::kCheck, 3, 2, 0}), "D check x2");
}

TEST(Text, OfNothingIsTheVersionLine) {
  EXPECT_EQ(print(ProgramText{}), "slotproof 1\n");
  EXPECT_EQ(parsed("slotproof 1\n"), ProgramText{});
}

TEST(Text, LeavesOutDullChoices) {
  ProgramText text;
  text.test_case.choices.choices = {{choice::Kind::kThread, 1, 2}, {}, {}};
  EXPECT_EQ(print(text), "slotproof 1\nchoices v1:t1\n");
  text.test_case.choices.choices = {{}, {}};
  EXPECT_EQ(print(text), "slotproof 1\n");
}

TEST(Text, PutsAQuestionMarkWhereAStoryHasAControlCharacter) {
  EXPECT_EQ(print(ProgramText{{}, {}, std::string("a\0b\r\nc", 6)}), "# a?b?\n# c\nslotproof 1\n");
}

// --- what it forgives ----------------------------------------------------------------------------

TEST(Text, TakesWindowsNewlines) {
  std::string windows;
  for (const char c : kEverything) windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
  EXPECT_EQ(parsed(windows), parsed(kEverything));
}

TEST(Text, TakesAMissingNewlineAtTheEnd) {
  EXPECT_EQ(parsed(kEverything.substr(0, kEverything.size() - 1)), parsed(kEverything));
  EXPECT_EQ(parsed("slotproof 1\r"), ProgramText{});
}

TEST(Text, TakesBlanksAndCommentsAnywhere) {
  EXPECT_EQ(parsed("\n \t\n  slotproof\t1 # version\n\nthread 0# first\n\t- \t drop   x1 \t# gone\n"
                   "#the end"),
            parsed("slotproof 1\nthread 0\n- drop x1\n"));
}

TEST(Text, TakesExpectAboveChoices) {
  EXPECT_EQ(parsed("slotproof 1\nexpect pass\nchoices v1:t1\n"),
            parsed("slotproof 1\nchoices v1:t1\nexpect pass\n"));
}

TEST(Text, TakesAnEmptyThread) {
  EXPECT_EQ(parsed("slotproof 1\nthread 0\nthread 3\n"), ProgramText{});
}

TEST(Text, HasItsStoryAboveTheFirstStatement) {
  EXPECT_EQ(
      parsed("# one\n\n\n#two\nslotproof 1 # not this\n#  three \t\nthread 0 # nor this\n#4").story,
      "one\ntwo\n three");
  EXPECT_EQ(parsed("#\nslotproof 1\n").story, "");
  EXPECT_EQ(parsed("#\n#\nslotproof 1\n").story, "\n");
}

// --- what it says about mistakes -----------------------------------------------------------------

TEST(TextMistake, NoVersion) {
  const std::string end =
      "found the end of the text, expected the version line; put 'slotproof 1' "
      "above the program";
  EXPECT_EQ(mistake(""), "1:1: " + end);
  EXPECT_EQ(mistake("\n"), "2:1: " + end);
  EXPECT_EQ(mistake("# only\n# comments"), "2:11: " + end);
  EXPECT_EQ(mistake("\n  thread 0\n"),
            "2:3: found 'thread', expected the version line; put 'slotproof 1' above the program");
}

TEST(TextMistake, AnotherVersion) {
  EXPECT_EQ(mistake("slotproof 2\n"),
            "1:11: found '2', expected version 1; write 'slotproof 1', or read this text with the "
            "release that wrote it");
  EXPECT_EQ(mistake("slotproof\n"),
            "1:10: found the end of the line, expected version 1; write 'slotproof 1', or read "
            "this text with the release that wrote it");
}

TEST(TextMistake, SomethingBehindAStatement) {
  const std::string rest =
      ", expected the end of the line; remove it, or write '#' before a comment";
  EXPECT_EQ(mistake("slotproof 1 please\n"), "1:13: found 'please'" + rest);
  EXPECT_EQ(mistake("slotproof 1\nprivate x1 0 1\n"), "2:14: found '1'" + rest);
  EXPECT_EQ(mistake("slotproof 1\nthread 0 1\n"), "2:10: found '1'" + rest);
  EXPECT_EQ(mistake("slotproof 1\nchoices v1:t1 s2\n"), "2:15: found 's2'" + rest);
  EXPECT_EQ(mistake_in("A wrap x0 x1"), "3:11: found 'x1'" + rest);
  EXPECT_EQ(mistake_in("A finalise x0"), "3:12: found 'x0'" + rest);
  EXPECT_EQ(mistake_in("A check x0 ignore it"), "3:19: found 'it'" + rest);
}

TEST(TextMistake, AnUnknownStatement) {
  EXPECT_EQ(mistake_in("thraed 1"),
            "3:1: found 'thraed', expected a line of the program; did you mean 'thread'?");
  EXPECT_EQ(mistake_in("  a wrap x0"),
            "3:3: found 'a', expected a line of the program; did you mean 'A'?");
  EXPECT_EQ(mistake_in("E wrap x0"),
            "3:1: found 'E', expected a line of the program; write one of gil, careless, private, "
            "thread, A, B, C, D, -, choices, expect");
  EXPECT_EQ(mistake_in("slotproof 1"),
            "3:1: found 'slotproof', expected a line of the program; write one of gil, careless, "
            "private, thread, A, B, C, D, -, choices, expect");
}

TEST(TextMistake, NoInterpreter) {
  EXPECT_EQ(
      mistake_in(" drop x0"),
      "3:2: found the verb 'drop', expected an interpreter first; write 'A drop', or '- drop' "
      "on a detached thread");
  EXPECT_EQ(mistake_in(" - wrap x0"),
            "3:2: found 'wrap' on a detached thread, expected an interpreter, which it needs; "
            "write 'A wrap'");
}

TEST(TextMistake, NoVerb) {
  EXPECT_EQ(mistake_in("A warp x0"), "3:3: found 'warp', expected a verb; did you mean 'wrap'?");
  EXPECT_EQ(mistake_in("A finalize"),
            "3:3: found 'finalize', expected a verb; did you mean 'finalise'?");
  EXPECT_THAT(
      mistake_in("A  # nothing"),
      testing::StartsWith(
          "3:2: found the end of the line, expected a verb; write one of wrap, unwrap, drop, "));
  EXPECT_THAT(mistake_in("A x0"), HasSubstr("3:3: found 'x0', expected a verb; write one of wrap"));
}

TEST(TextMistake, NoTensor) {
  EXPECT_EQ(mistake_in("A wrap"),
            "3:7: found the end of the line, expected a tensor; write one of x0, x1, x2, x3");
  EXPECT_EQ(mistake_in("A wrap 0"),
            "3:8: found '0', expected a tensor; write one of x0, x1, x2, x3");
  EXPECT_EQ(mistake_in("A wrap X3"), "3:8: found 'X3', expected a tensor; did you mean 'x3'?");
  EXPECT_EQ(mistake_in("A wrap xyzzy"),
            "3:8: found 'xyzzy', expected a tensor; write one of x0, x1, x2, x3");
}

TEST(TextMistake, NoArgument) {
  EXPECT_EQ(mistake_in("A init x0"),
            "3:10: found the end of the line, expected what 'init' takes; write one of definitely, "
            "maybe, us, other");
  EXPECT_EQ(mistake_in("A init x0 definetly"),
            "3:11: found 'definetly', expected what 'init' takes; did you mean 'definitely'?");
  EXPECT_EQ(mistake_in("A check x0 hermetic"),
            "3:12: found 'hermetic', expected the end of the line or what 'check' takes; write "
            "ignore");
  EXPECT_EQ(mistake_in("A check x0 ingore"),
            "3:12: found 'ingore', expected the end of the line or what 'check' takes; did you "
            "mean 'ignore'?");
  EXPECT_EQ(mistake_in("A hermetic x0"),
            "3:12: found 'x0', expected what 'hermetic' takes; write one of off, on");
  EXPECT_EQ(mistake_in("A finalizer x0 no"),
            "3:16: found 'no', expected what 'finalizer' takes; write one of again, rewrap, throw");
  EXPECT_EQ(mistake_in("A transfer x0"),
            "3:14: found the end of the line, expected what 'transfer' takes; write one of x0, x1, "
            "x2, x3");
}

TEST(TextMistake, TransferToItself) {
  EXPECT_EQ(mistake_in("A transfer x2 x2"),
            "3:15: found 'x2' again, expected another tensor; 'transfer' hands something from one "
            "to the other");
}

TEST(TextMistake, PrivateTensors) {
  EXPECT_EQ(mistake("slotproof 1\nprivate y 0\n"),
            "2:9: found 'y', expected a tensor; write one of x0, x1, x2, x3");
  EXPECT_EQ(mistake("slotproof 1\nprivate x1\n"),
            "2:11: found the end of the line, expected the number of a thread; write one of 0, 1, "
            "2, 3");
  EXPECT_EQ(mistake("slotproof 1\nprivate x1 4\n"),
            "2:12: found '4', expected the number of a thread; write one of 0, 1, 2, 3");
  EXPECT_EQ(mistake("slotproof 1\nprivate x1 2\nprivate x1 2\n"),
            "3:9: found 'x1' again, expected each tensor once; it is private to thread 2 already, "
            "remove one of the lines");
  const std::string late =
      "3:1: found 'private' too late, expected it above threads, 'choices' and 'expect'; move the "
      "line up";
  EXPECT_EQ(mistake_in("private x1 0"), late);
  EXPECT_EQ(mistake("slotproof 1\nexpect pass\nprivate x1 0\n"), late);
}

TEST(TextMistake, Threads) {
  EXPECT_EQ(mistake("slotproof 1\nthread\n"),
            "2:7: found the end of the line, expected the number of a thread; write one of 0, 1, "
            "2, 3");
  EXPECT_EQ(mistake("slotproof 1\nthread 01\n"),
            "2:8: found '01', expected the number of a thread; did you mean '0'?");
  EXPECT_EQ(mistake_in("thread 0"),
            "3:8: found thread 0 again, expected each thread once; put its operations together");
  EXPECT_EQ(mistake("slotproof 1\nthread 2\nthread 1\n"),
            "3:8: found thread 1 below thread 2, expected threads in ascending order; move it up");
  EXPECT_EQ(mistake("slotproof 1\nexpect pass\nthread 1\n"),
            "3:1: found a thread below 'choices' or 'expect', expected it above; move it up");
}

TEST(TextMistake, OperationsOutsideOfThreads) {
  EXPECT_EQ(mistake("slotproof 1\n  A wrap x0\n"),
            "2:3: found an operation above the first thread, expected it in one; write 'thread 0' "
            "above it");
  EXPECT_EQ(mistake_in("expect pass\nA wrap x0"),
            "4:1: found an operation below 'choices' or 'expect', expected it in a thread; move it "
            "up");
}

TEST(TextMistake, Choices) {
  EXPECT_EQ(mistake_in("choices"),
            "3:8: found the end of the line, expected a choice sequence; write one, as in 'choices "
            "v1:3t1.s2', or remove the line");
  EXPECT_EQ(mistake_in("choices v1:3t1.q2"),
            "3:9: found 'v1:3t1.q2', expected a choice sequence as in 'v1:3t1.s2'; mend it, choice "
            "sequence, character 8: expected one of the letters t, s, p, w");
  EXPECT_EQ(mistake_in("choices v1:t1\nchoices v1:t1"),
            "4:1: found 'choices' again, expected it once; remove one of the lines");
}

TEST(TextMistake, Expect) {
  EXPECT_EQ(mistake_in("expect"),
            "3:7: found the end of the line, expected a verdict; write one, as in 'expect "
            "data-race', or remove the line");
  EXPECT_EQ(mistake_in("expect deadlock Data_race"),
            "3:17: found 'Data_race', expected a verdict, of letters a to z and '-'; write it as "
            "in 'data-race'");
  EXPECT_EQ(mistake_in("expect pass\nexpect pass"),
            "4:1: found 'expect' again, expected it once; put all words into one line");
}

TEST(TextMistake, BytesThatAreNoText) {
  const std::string rest =
      ", expected text; a file of a fuzzer's bytes must be decoded, not parsed";
  EXPECT_EQ(mistake(std::string_view("slotproof 1\n# \0", 15)), "2:3: found the byte 0x00" + rest);
  EXPECT_EQ(mistake("slot\rproof 1\n"), "1:5: found the byte 0x0d" + rest);
  EXPECT_EQ(mistake("slotproof 1\x7f"), "1:12: found the byte 0x7f" + rest);
  EXPECT_EQ(mistake_in("A wr\xc3\xa4p x0"),
            "3:3: found 'wr\\xc3\\xa4p', expected a verb; did you "
            "mean 'wrap'?");
}

// --- hostile input -------------------------------------------------------------------------------

constexpr std::size_t kMebibyte = std::size_t{1} << 20;

std::string repeated(std::string_view part, std::size_t times) {
  std::string text;
  text.reserve(part.size() * times);
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

TEST(TextOfAStranger, StopsAtTheFirstMistake) {
  EXPECT_EQ(mistake(std::string(kMebibyte, '\0')).substr(0, 24), "1:1: found the byte 0x00");
  EXPECT_EQ(mistake(std::string(kMebibyte, '\xff')),
            "1:1: found '" + repeated("\\xff", 24) +
                "...', expected the version line; put 'slotproof 1' above the program");
  EXPECT_EQ(mistake("slotproof 1\nthread 0\n" + repeated("A wrap x0\n", 1000000)),
            "67:1: found one operation more, expected at most 64 in all; make several programs of "
            "this one");
  EXPECT_EQ(mistake_in("A " + repeated("wrap", kMebibyte / 4)).substr(0, 45),
            "3:3: found 'wrapwrapwrapwrapwrapwrap...', exp");
  EXPECT_EQ(mistake("slotproof 1\n" + repeated("thread 0\n", kMebibyte / 9)).substr(0, 20),
            "3:8: found thread 0 ");
  EXPECT_EQ(mistake_in("choices v1:" + repeated("1048575t1.", kMebibyte / 10)).substr(0, 12),
            "3:9: found '");
  EXPECT_EQ(mistake_in("A" + std::string(kMebibyte, ' ') + "!").substr(0, 19),
            "3:1048578: found '!");
}

TEST(TextOfAStranger, MayBeLongAndGood) {
  EXPECT_EQ(parsed("slotproof 1\n" + std::string(kMebibyte, '\n')), ProgramText{});
  EXPECT_EQ(parsed("slotproof 1\n" + std::string(kMebibyte, ' ')), ProgramText{});
  EXPECT_EQ(parsed("slotproof 1\n#" + std::string(kMebibyte, '#')).story.size(), kMebibyte);
  EXPECT_EQ(parsed(repeated("#\n", kMebibyte / 2) + "slotproof 1").story.size(), kMebibyte / 2 - 1);
  EXPECT_EQ(parsed("slotproof 1\nexpect" + repeated(" a", kMebibyte / 2)).expect.size(),
            kMebibyte / 2);
}

TEST(TextOfAStranger, IsJudgedWhateverItHolds) {
  // Good texts with a few bytes changed, removed or doubled: most are wrong in one place, some are
  // still right.
  choice::SplitMix64 random(2);
  int good = 0;
  constexpr int kTimes = 20000;
  for (int i = 0; i < kTimes; ++i) {
    std::string text{kEverything};
    for (std::uint32_t n = 1 + random.below(3); n != 0; --n) {
      const std::size_t at = random.below(static_cast<std::uint32_t>(text.size()));
      switch (random.below(3)) {
        case 0: text[at] = static_cast<char>(random.below(256)); break;
        case 1: text.erase(at, 1 + random.below(8)); break;
        default: text.insert(at, text.substr(at, 1 + random.below(40)));
      }
    }
    ProgramText value;
    ParseError error;
    if (parse(text, value, error)) {
      ++good;
      ASSERT_EQ(parsed(print(value)), value) << text;
      ASSERT_EQ(error, ParseError{});
    } else {
      ASSERT_GE(error.line, 1);
      ASSERT_GE(error.column, 1);
      ASSERT_LE(error.message.size(), 400u);
      ASSERT_THAT(error.message, HasSubstr("found "));
      ASSERT_THAT(error.message, HasSubstr(", expected "));
      ASSERT_THAT(error.message, HasSubstr("; "));
    }
  }
  EXPECT_GT(good, kTimes / 20);
  EXPECT_LT(good, kTimes * 19 / 20);
}

// --- the README ----------------------------------------------------------------------------------

TEST(Readme, ListsEveryVerbAsItIs) {
  std::ifstream file(SLOTPROOF_PROGRAM_README);
  const std::string readme{std::istreambuf_iterator<char>(file), {}};
  for (const VerbInfo& verb : verbs()) {
    std::string words;
    for (int v = 0; v < argument_values(verb.argument); ++v) {
      const std::string word{argument_word(verb.argument, static_cast<std::uint8_t>(v))};
      if (v != 0) words += ", ";
      words += word.empty() ? word : "`" + word + "`";
    }
    if (words.starts_with(", ")) words = "(" + words.substr(2) + ")";
    const std::string row = "| `" + std::string(verb.name) + "` | " +
                            (verb.on_tensor ? "yes" : "no") + " | " + words + " | " +
                            (verb.needs_interpreter ? "yes" : "no") + " | ";
    EXPECT_THAT(readme, HasSubstr("\n" + row));
  }
}

}  // namespace
}  // namespace slotproof::program
