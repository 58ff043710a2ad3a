// Edits of inputs: each changes what it says, and nothing else.

#include "program/mutate.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "choice/random_source.h"
#include "program/text.h"

namespace slotproof::program {
namespace {

using choice::Choice;
using choice::Kind;
using Bytes = std::vector<std::uint8_t>;

constexpr int kInputs = 3000;
constexpr std::array kOfOperations = {
    Edit::kInsert,   Edit::kDrop, Edit::kDuplicate, Edit::kCopy,        Edit::kMove,
    Edit::kExchange, Edit::kVerb, Edit::kArgument,  Edit::kInterpreter, Edit::kTensor};
constexpr std::array kOfSchedules = {Edit::kPreempt, Edit::kGoOn, Edit::kStale, Edit::kFresh,
                                     Edit::kShift};

Bytes random_bytes(choice::SplitMix64& random, std::uint32_t longest) {
  Bytes bytes(random.below(longest + 1));
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.below(256));
  return bytes;
}

Program program_of(const Bytes& bytes, const Language& language = {}) {
  Decoded decoded;
  decode(bytes, decoded, language);
  return decoded.program;
}

using Operations = std::vector<Operation>;

// Whether `longer` is `shorter` with one operation more.
bool has_one_more(const Operations& shorter, const Operations& longer) {
  if (longer.size() != shorter.size() + 1) return false;
  const auto [in_short, in_long] = std::ranges::mismatch(shorter, longer);
  return std::equal(in_short, shorter.end(), in_long + 1, longer.end());
}

// The threads that differ.
std::vector<int> changed(const Program& a, const Program& b) {
  std::vector<int> threads;
  for (int t = 0; t < kThreads; ++t) {
    if (a.threads[t] != b.threads[t]) threads.push_back(t);
  }
  return threads;
}

// How many parts of an operation differ, if one does and it is the only one: else -1.
int parts_changed(const Program& a, const Program& b) {
  const std::vector<int> threads = changed(a, b);
  if (threads.size() != 1) return -1;
  const Operations& before = a.threads[threads[0]];
  const Operations& after = b.threads[threads[0]];
  if (before.size() != after.size()) return -1;
  int parts = 0;
  int operations = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] == after[i]) continue;
    ++operations;
    parts += before[i].verb != after[i].verb ? 1 : 0;
    parts += before[i].interpreter != after[i].interpreter ? 1 : 0;
    parts += before[i].tensor != after[i].tensor ? 1 : 0;
    parts += before[i].argument != after[i].argument ? 1 : 0;
  }
  return operations == 1 ? parts : -1;
}

bool occurs(const Program& program, const Operation& operation) {
  return std::ranges::any_of(program.threads, [&](const Operations& thread) {
    return std::ranges::find(thread, operation) != thread.end();
  });
}

// What one edit of operations must have done.
void expect_edited(Edit edit, const Program& before, const Program& after) {
  const std::vector<int> threads = changed(before, after);
  const int first = threads.empty() ? 0 : threads[0];
  switch (edit) {
    case Edit::kInsert:
    case Edit::kDuplicate:
    case Edit::kCopy: {
      ASSERT_EQ(threads.size(), 1u);
      ASSERT_TRUE(has_one_more(before.threads[first], after.threads[first]));
      if (edit == Edit::kInsert) return;
      const auto [in_short, in_long] =
          std::ranges::mismatch(before.threads[first], after.threads[first]);
      ASSERT_TRUE(occurs(before, *in_long));
      return;
    }
    case Edit::kDrop:
      ASSERT_EQ(threads.size(), 1u);
      ASSERT_TRUE(has_one_more(after.threads[first], before.threads[first]));
      return;
    case Edit::kMove: {
      ASSERT_EQ(threads.size(), 2u);
      ASSERT_EQ(before.operations(), after.operations());
      const bool to_first = after.threads[first].size() > before.threads[first].size();
      const int from = to_first ? threads[1] : first;
      const int to = to_first ? first : threads[1];
      ASSERT_TRUE(has_one_more(after.threads[from], before.threads[from]));
      ASSERT_TRUE(has_one_more(before.threads[to], after.threads[to]));
      return;
    }
    case Edit::kExchange: {
      ASSERT_EQ(threads.size(), 1u);
      const auto& a = before.threads[first];
      const auto& b = after.threads[first];
      const auto [in_a, in_b] = std::ranges::mismatch(a, b);
      ASSERT_GE(a.end() - in_a, 2);
      ASSERT_EQ(in_a[0], in_b[1]);
      ASSERT_EQ(in_a[1], in_b[0]);
      ASSERT_TRUE(std::equal(in_a + 2, a.end(), in_b + 2, b.end()));
      return;
    }
    case Edit::kVerb: ASSERT_GE(parts_changed(before, after), 1); return;
    default: ASSERT_EQ(parts_changed(before, after), 1); return;
  }
}

// Questions as a run might ask them, and the answers that the input gives.
std::vector<Choice> questions(const Bytes& bytes, choice::SplitMix64& random) {
  Decoded decoded;
  decode(bytes, decoded);
  std::vector<Choice> asked(random.below(60));
  constexpr std::array<std::uint8_t, 4> kThreadNames = {1, 2, 3, 4};
  for (Choice& question : asked) {
    question.kind = static_cast<Kind>(random.below(choice::kKinds));
    question.bound = 2 + random.below(3);
    question.answer =
        question.kind == Kind::kThread
            ? decoded.source.choose_thread(std::span(kThreadNames).first(question.bound))
            : decoded.source.choose(question.bound, question.kind);
  }
  return asked;
}

// The same questions, answered by other bytes.
std::vector<Choice> asked_again(const Bytes& bytes, std::vector<Choice> asked) {
  Decoded decoded;
  decode(bytes, decoded);
  constexpr std::array<std::uint8_t, 4> kThreadNames = {1, 2, 3, 4};
  for (Choice& question : asked) {
    question.answer =
        question.kind == Kind::kThread
            ? decoded.source.choose_thread(std::span(kThreadNames).first(question.bound))
            : decoded.source.choose(question.bound, question.kind);
  }
  return asked;
}

// --- apart and together --------------------------------------------------------------------------

TEST(Input, TakenApartAndPutTogetherMeansTheSame) {
  choice::SplitMix64 random(1);
  for (int i = 0; i < kInputs; ++i) {
    const Bytes bytes = random_bytes(random, 400);
    const Bytes joined = join(split(bytes));
    ASSERT_EQ(program_of(joined), program_of(bytes));
    ASSERT_EQ(split(joined), split(bytes));
    const std::vector<Choice> asked = questions(bytes, random);
    const std::vector<Choice> again = asked_again(joined, asked);
    ASSERT_TRUE(std::ranges::equal(asked, again, {}, &Choice::answer, &Choice::answer));
  }
}

TEST(Input, AtRandomIsSmallAndTakenApart) {
  choice::SplitMix64 random(2);
  for (int i = 0; i < kInputs; ++i) {
    const Input input = random_input(random);
    ASSERT_EQ(split(join(input)), input);
    ASSERT_GE(program_of(join(input)).operations(), 1);
  }
}

// --- edits of operations -------------------------------------------------------------------------

TEST(Edits, OfOperationsChangeJustThat) {
  choice::SplitMix64 random(3);
  for (const Edit edit : kOfOperations) {
    int applied = 0;
    for (int i = 0; i < kInputs; ++i) {
      Input input = split(random_bytes(random, 120));
      const Input before = input;
      if (!apply(edit, input, random, {})) {
        ASSERT_EQ(input, before);
        continue;
      }
      ++applied;
      ASSERT_EQ(input.choices, before.choices) << name(edit);
      ASSERT_NO_FATAL_FAILURE(
          expect_edited(edit, program_of(join(before)), program_of(join(input))))
          << name(edit);
    }
    EXPECT_GT(applied, kInputs / 5) << name(edit);
  }
}

// What a slot lacks is left out when inputs are decoded: no edit may consist in that.
TEST(Edits, OfOperationsLookAtWhatTheSlotHas) {
  const Language poor{world::Features::none(), {}};
  const Editing editing{poor, {}};
  choice::SplitMix64 random(4);
  for (const Edit edit : kOfOperations) {
    for (int i = 0; i < kInputs; ++i) {
      Input input = split(random_bytes(random, 120));
      const Program before = program_of(join(input), poor);
      if (!apply(edit, input, random, editing)) continue;
      ASSERT_NO_FATAL_FAILURE(expect_edited(edit, before, program_of(join(input), poor)))
          << name(edit);
    }
  }
}

TEST(Edits, DropUndoesInsert) {
  choice::SplitMix64 random(5);
  for (int i = 0; i < 300; ++i) {
    Input input = split(random_bytes(random, 60));
    const Program before = program_of(join(input));
    if (!apply(Edit::kInsert, input, random, {})) continue;
    bool undone = false;
    for (int tries = 0; tries < 1000 && !undone; ++tries) {
      Input shorter = input;
      ASSERT_TRUE(apply(Edit::kDrop, shorter, random, {}));
      undone = program_of(join(shorter)) == before;
    }
    EXPECT_TRUE(undone);
  }
}

TEST(Edits, AddNothingToAFullProgram) {
  choice::SplitMix64 random(6);
  Input input;
  input.records.resize(kMaxOperations);
  for (const Edit edit : {Edit::kInsert, Edit::kDuplicate, Edit::kCopy}) {
    EXPECT_FALSE(apply(edit, input, random, {})) << name(edit);
  }
}

TEST(Edits, FindNothingInNothing) {
  choice::SplitMix64 random(7);
  for (int e = 0; e < kEdits; ++e) {
    const auto edit = static_cast<Edit>(e);
    Input input;
    const bool grows = edit == Edit::kInsert || edit == Edit::kPreempt || edit == Edit::kStale;
    EXPECT_EQ(apply(edit, input, random, {}), grows) << name(edit);
  }
}

// --- edits of the schedule -----------------------------------------------------------------------

// Where the answers differ.
std::vector<std::size_t> differing(const std::vector<Choice>& a, const std::vector<Choice>& b) {
  std::vector<std::size_t> at;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].answer != b[i].answer) at.push_back(i);
  }
  return at;
}

TEST(Edits, OfTheScheduleChangeOneAnswerOfTheirKind) {
  choice::SplitMix64 random(8);
  for (const Edit edit : {Edit::kPreempt, Edit::kGoOn, Edit::kStale, Edit::kFresh}) {
    const Kind kind = edit == Edit::kPreempt || edit == Edit::kGoOn ? Kind::kThread : Kind::kStore;
    const bool undoes = edit == Edit::kGoOn || edit == Edit::kFresh;
    int applied = 0;
    for (int i = 0; i < kInputs; ++i) {
      Input input = split(random_bytes(random, 200));
      const Program program = program_of(join(input));
      const std::vector<Choice> asked = questions(join(input), random);
      if (asked.empty() || !apply(edit, input, random, {{}, asked})) continue;
      ++applied;
      ASSERT_EQ(program_of(join(input)), program);
      const std::vector<Choice> after = asked_again(join(input), asked);
      const std::vector<std::size_t> at = differing(asked, after);
      ASSERT_EQ(at.size(), 1u) << name(edit);
      ASSERT_EQ(asked[at[0]].kind, kind) << name(edit);
      ASSERT_EQ((undoes ? after : asked)[at[0]].answer, 0u) << name(edit);
    }
    EXPECT_GT(applied, kInputs / 10) << name(edit);
  }
}

TEST(Edits, WithoutQuestionsStillChangeTheSchedule) {
  choice::SplitMix64 random(9);
  for (const Edit edit : kOfSchedules) {
    int applied = 0;
    for (int i = 0; i < kInputs; ++i) {
      Input input = split(random_bytes(random, 200));
      const Input before = input;
      if (!apply(edit, input, random, {})) {
        ASSERT_EQ(input, before);
        continue;
      }
      ++applied;
      ASSERT_EQ(input.records, before.records);
      ASSERT_NE(input.choices, before.choices) << name(edit);
    }
    EXPECT_GT(applied, kInputs / 10) << name(edit);
  }
}

TEST(Edits, ShiftMovesWhatIsNotDull) {
  choice::SplitMix64 random(10);
  Input input;
  input.choices = {0, 0, 0x81, 0, 0};
  std::set<Bytes> seen;
  for (int i = 0; i < 100; ++i) {
    Input shifted = input;
    ASSERT_TRUE(apply(Edit::kShift, shifted, random, {}));
    seen.insert(shifted.choices);
  }
  EXPECT_THAT(seen,
              testing::UnorderedElementsAre(Bytes{0, 0x81, 0, 0, 0}, Bytes{0, 0, 0, 0x81, 0}));
}

// --- mutate, cross -------------------------------------------------------------------------------

TEST(Mutations, OfAnyBytesFitAndDecode) {
  choice::SplitMix64 random(11);
  for (int i = 0; i < 20000; ++i) {
    const Bytes a = random_bytes(random, 300);
    const Bytes b = random_bytes(random, 300);
    const std::size_t max_size = random.below(520);
    const std::vector<Choice> asked = questions(a, random);
    for (const Bytes& made :
         {mutate(a, max_size, random, {{}, asked}), cross(a, b, max_size, random)}) {
      ASSERT_LE(made.size(), max_size);
      const ProgramText text{{program_of(made), {}}, {}, {}};
      ProgramText parsed;
      ParseError error;
      ASSERT_TRUE(parse(print(text), parsed, error)) << error.message;
      ASSERT_EQ(parsed, text);
    }
  }
}

TEST(Mutations, AreAFunctionOfTheSeed) {
  choice::SplitMix64 random(12);
  for (int i = 0; i < kInputs; ++i) {
    const Bytes a = random_bytes(random, 300);
    const Bytes b = random_bytes(random, 300);
    choice::SplitMix64 first(static_cast<std::uint64_t>(i));
    choice::SplitMix64 second(static_cast<std::uint64_t>(i));
    ASSERT_EQ(mutate(a, 512, first, {}), mutate(a, 512, second, {}));
    ASSERT_EQ(cross(a, b, 512, first), cross(a, b, 512, second));
  }
}

TEST(Mutations, MakeAllEdits) {
  // From nothing comes a program, and from a program another one.
  choice::SplitMix64 random(13);
  EXPECT_GE(program_of(mutate({}, 512, random, {})).operations(), 1);
  EXPECT_THAT(mutate({}, 3, random, {}), testing::IsEmpty());
  std::set<std::string> made;
  const Bytes from = join(random_input(random));
  for (int i = 0; i < 1000; ++i) {
    const Bytes bytes = mutate(from, 512, random, {});
    made.insert(std::string(bytes.begin(), bytes.end()));
  }
  EXPECT_GT(made.size(), 500u);
}

TEST(CrossOvers, HaveTheirOperationsFromBoth) {
  choice::SplitMix64 random(14);
  int of_both = 0;
  for (int i = 0; i < kInputs; ++i) {
    const Input a = random_input(random);
    const Input b = random_input(random);
    const Input crossed = split(cross(join(a), join(b), 1024, random));
    int from_a = 0;
    int from_b = 0;
    for (const Input::Record& record : crossed.records) {
      const bool in_a = std::ranges::find(a.records, record) != a.records.end();
      const bool in_b = std::ranges::find(b.records, record) != b.records.end();
      ASSERT_TRUE(in_a || in_b);
      from_a += in_a ? 1 : 0;
      from_b += in_b ? 1 : 0;
    }
    ASSERT_TRUE(crossed.choices == a.choices || crossed.choices == b.choices);
    of_both += from_a != 0 && from_b != 0 ? 1 : 0;
  }
  EXPECT_GT(of_both, kInputs / 2);
}

}  // namespace
}  // namespace slotproof::program
