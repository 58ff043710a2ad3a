// The bytes of a fuzzer: total, local, and the way back.

#include "program/bytes.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "choice/random_source.h"
#include "program/text.h"
#include "random_case.h"

namespace slotproof::program {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes random_bytes(choice::SplitMix64& random, std::uint32_t longest) {
  Bytes bytes(random.below(longest + 1));
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.below(256));
  return bytes;
}

Program program_of(const Bytes& bytes) {
  Decoded decoded;
  decode(bytes, decoded);
  return decoded.program;
}

// The text form refuses what is not well-formed, and must give back what it took.
testing::AssertionResult is_well_formed(const Program& program) {
  const ProgramText text{{program, {}}, {}, {}};
  ProgramText parsed;
  ParseError error;
  if (!parse(print(text), parsed, error)) {
    return testing::AssertionFailure() << error.message << "\n" << print(text);
  }
  return parsed == text ? testing::AssertionSuccess() : testing::AssertionFailure() << print(text);
}

// The answers to `count` questions, each with `bound` answers.
std::vector<std::uint32_t> answers(BytesSource& source, std::size_t count, std::uint32_t bound) {
  std::vector<std::uint32_t> given(count);
  for (std::uint32_t& answer : given) answer = source.choose(bound, choice::Kind::kThread);
  return given;
}

// --- total ---------------------------------------------------------------------------------------

TEST(Bytes, OfAnyKindDecode) {
  Decoded decoded;
  decode({}, decoded);
  EXPECT_EQ(decoded.program, Program{});
  for (int a = 0; a < 256; ++a) {
    const Bytes one{static_cast<std::uint8_t>(a)};
    decode(one, decoded);
    ASSERT_TRUE(is_well_formed(decoded.program));
    for (int b = 0; b < 256; ++b) {
      const Bytes two{static_cast<std::uint8_t>(a), static_cast<std::uint8_t>(b)};
      decode(two, decoded);
      ASSERT_EQ(decoded.program, Program{});
      ASSERT_TRUE(decoded.source.left().empty());
    }
  }
  choice::SplitMix64 random(3);
  for (int i = 0; i < 20000; ++i) {
    decode(random_bytes(random, 100), decoded);
    ASSERT_TRUE(is_well_formed(decoded.program));
  }
}

TEST(Bytes, OfEachRecordDecode) {
  // All places and all verbs, with arguments at random.
  choice::SplitMix64 random(4);
  Decoded decoded;
  std::set<std::string> seen;
  for (unsigned place = 0; place < 256; ++place) {
    for (unsigned verb = 0; verb < 256; ++verb) {
      const Bytes bytes{1,
                        0,
                        0,
                        0,
                        static_cast<std::uint8_t>(place),
                        static_cast<std::uint8_t>(verb),
                        static_cast<std::uint8_t>(random.below(256))};
      decode(bytes, decoded);
      ASSERT_EQ(decoded.program.operations(), 1);
      seen.insert(print(decoded.program.threads[place & 3].at(0)));
    }
  }
  // Everything that one operation can be.
  std::size_t all = 0;
  for (const VerbInfo& verb : verbs()) {
    const std::size_t who = kInterpreters + (verb.needs_interpreter ? 0 : 1);
    const std::size_t tensors = verb.on_tensor ? kTensors : 1;
    const std::size_t values = verb.argument == ArgumentKind::kTensor
                                   ? kTensors - 1
                                   : static_cast<std::size_t>(argument_values(verb.argument));
    all += who * tensors * values;
  }
  EXPECT_EQ(seen.size(), all);
}

TEST(Bytes, GiveAsManyOperationsAsThereAreRecords) {
  for (unsigned said = 0; said < 256; ++said) {
    for (const std::size_t size : {4, 6, 7, 9, 10, 195, 196, 197, 400}) {
      Bytes bytes(size);
      bytes[0] = static_cast<std::uint8_t>(said);
      const std::size_t records = (size - kHeaderBytes) / kRecordBytes;
      ASSERT_EQ(program_of(bytes).operations(), std::min<std::size_t>(said % 65, records));
    }
  }
}

// --- local ---------------------------------------------------------------------------------------

// How far two threads are from each other: -1 if more than one operation.
int operations_apart(const std::vector<Operation>& a, const std::vector<Operation>& b) {
  if (a.size() > b.size()) return operations_apart(b, a);
  const auto [in_a, in_b] = std::ranges::mismatch(a, b);
  if (in_b == b.end()) return 0;
  if (b.size() - a.size() > 1) return -1;
  const bool changed = a.size() == b.size();
  return std::equal(in_a + (changed ? 1 : 0), a.end(), in_b + 1, b.end()) ? 1 : -1;
}

TEST(Bytes, OfARecordChangeOneOperation) {
  choice::SplitMix64 random(5);
  for (int i = 0; i < 20000; ++i) {
    Bytes bytes = random_bytes(random, 300);
    const Program before = program_of(bytes);
    const int operations = before.operations();
    if (operations == 0) continue;
    const std::size_t at = kHeaderBytes + random.below(3 * static_cast<std::uint32_t>(operations));
    bytes[at] = static_cast<std::uint8_t>(random.below(256));
    const Program after = program_of(bytes);
    ASSERT_EQ(after.operations(), operations);
    ASSERT_EQ(after.private_to, before.private_to);
    int changed = 0;
    int moved = 0;
    for (int t = 0; t < kThreads; ++t) {
      const int apart = operations_apart(before.threads[t], after.threads[t]);
      ASSERT_NE(apart, -1);
      changed += apart;
      moved += before.threads[t].size() != after.threads[t].size() ? 1 : 0;
    }
    // One that is another now, or one that is gone here and came there.
    ASSERT_TRUE(moved == 0 ? changed <= 1 : moved == 2 && changed == 2) << "byte " << at;
  }
}

TEST(Bytes, OfTheScheduleLeaveTheProgramAlone) {
  choice::SplitMix64 random(6);
  for (int i = 0; i < 5000; ++i) {
    Bytes bytes = random_bytes(random, 300);
    Decoded before;
    decode(bytes, before);
    if (before.source.left().empty()) continue;
    const std::size_t schedule = before.source.left().size();
    bytes[bytes.size() - 1 - random.below(static_cast<std::uint32_t>(schedule))] ^= 0x55;
    ASSERT_EQ(program_of(bytes), before.program);
  }
}

TEST(Bytes, OfARecordLeaveTheScheduleAlone) {
  // Also one more or one less of them: choices are counted from the end.
  Bytes bytes{2, 0, 0, 0, 1, 2, 3, 4, 5, 6, 0x81, 0x82, 0x83};
  Decoded decoded;
  decode(bytes, decoded);
  EXPECT_THAT(answers(decoded.source, 4, 100), testing::ElementsAre(3, 2, 1, 0));
  bytes.insert(bytes.begin() + kHeaderBytes, {7, 8, 9});
  bytes[0] = 3;
  decode(bytes, decoded);
  EXPECT_THAT(answers(decoded.source, 4, 100), testing::ElementsAre(3, 2, 1, 0));
}

// --- the two ends --------------------------------------------------------------------------------

TEST(Bytes, BelongToTheProgramOrToTheSchedule) {
  choice::SplitMix64 random(7);
  Decoded decoded;
  for (int i = 0; i < 5000; ++i) {
    const Bytes bytes = random_bytes(random, 300);
    decode(bytes, decoded);
    const std::size_t used = std::min(
        bytes.size(),
        kHeaderBytes + kRecordBytes * static_cast<std::size_t>(decoded.program.operations()));
    const auto left = decoded.source.left();
    ASSERT_EQ(left.size(), bytes.size() - used);
    ASSERT_EQ(left.data(), bytes.data() + used);
    // More questions than bytes: each byte is used once, nothing before them is touched, then all
    // is dull.
    answers(decoded.source, left.size(), 7);
    ASSERT_TRUE(decoded.source.left().empty());
    ASSERT_EQ(decoded.source.left().data(), bytes.data() + used);
    ASSERT_THAT(answers(decoded.source, 3, 7), testing::Each(0u));
  }
}

TEST(BytesSource, FollowsTheDensity) {
  const std::array<std::uint32_t, 4> thresholds = {0x80, 0xc0, 0xe0, 0xf0};
  for (unsigned density = 0; density < 4; ++density) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      for (const std::uint32_t bound : {2u, 3u, 7u, 1000u}) {
        const Bytes bytes{0, static_cast<std::uint8_t>(density), 0, 0,
                          static_cast<std::uint8_t>(byte)};
        Decoded decoded;
        decode(bytes, decoded);
        const std::uint32_t answer = decoded.source.choose(bound, choice::Kind::kStore);
        ASSERT_EQ(answer, byte < thresholds[density] ? 0 : (byte - thresholds[density]) % bound);
      }
    }
  }
}

TEST(BytesSource, WithoutBytesIsDull) {
  BytesSource source;
  EXPECT_EQ(source.choose(1000, choice::Kind::kThread), 0u);
}

TEST(Bytes, SayWhoKnowsATensor) {
  const auto owners = [](unsigned first, unsigned second) {
    return program_of({0, static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(second)})
        .private_to;
  };
  EXPECT_THAT(owners(0, 0xc0), testing::Each(Program::kShared));
  EXPECT_THAT(owners(0xff, 0xbf), testing::Each(Program::kShared));
  EXPECT_THAT(owners(0xff, 0xff), testing::Each(3));
  // x0: 4, x1: 3, x2: 5, x3: 6.
  EXPECT_THAT(owners(4 << 2 | 3 << 5, 5 | 6 << 3 | 0xc0),
              testing::ElementsAre(0, Program::kShared, 1, 2));
}

TEST(Bytes, SayHowManyMeet) {
  // How many tensors, interpreters and threads there are at most, by two bits each.
  constexpr std::array<int, 4> kOfTensors = {4, 1, 1, 2};
  constexpr std::array<int, 4> kOfInterpreters = {4, 1, 2, 2};
  constexpr std::array<int, 4> kOfThreads = {4, 1, 2, 3};
  choice::SplitMix64 random(10);
  for (unsigned crowd = 0; crowd < 64; ++crowd) {
    Bytes bytes(kHeaderBytes + kRecordBytes * kMaxOperations);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.below(256));
    bytes[0] = kMaxOperations;
    bytes[3] = static_cast<std::uint8_t>(crowd);
    const Program program = program_of(bytes);
    ASSERT_EQ(program.operations(), kMaxOperations);
    std::set<int> tensors, interpreters, threads;
    for (int t = 0; t < kThreads; ++t) {
      for (const Operation& operation : program.threads[t]) {
        threads.insert(t);
        if (operation.interpreter != kDetached) interpreters.insert(operation.interpreter);
        tensors.insert(operation.tensor);
      }
    }
    // In 64 operations all of them come up, from 0 to the largest.
    ASSERT_EQ(*tensors.rbegin() + 1, kOfTensors[crowd & 3]);
    ASSERT_EQ(*interpreters.rbegin() + 1, kOfInterpreters[(crowd >> 2) & 3]);
    ASSERT_EQ(*threads.rbegin() + 1, kOfThreads[(crowd >> 4) & 3]);
  }
}

// The verbs of a program that has each byte for a verb.
std::set<Verb> verbs_of(unsigned owners, std::uint8_t modes) {
  std::set<Verb> seen;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const Bytes bytes{1,
                      static_cast<std::uint8_t>(owners & 0xff),
                      static_cast<std::uint8_t>(owners >> 8),
                      modes,
                      0,
                      static_cast<std::uint8_t>(byte),
                      0};
    const Program program = program_of(bytes);
    seen.insert(program.threads[0].at(0).verb);
  }
  return seen;
}

TEST(Bytes, AskForASwarmOfVerbs) {
  std::set<std::set<Verb>> swarms;
  std::array<int, kVerbs> swarms_with{};
  constexpr int kSwarms = 400;
  for (unsigned i = 0; i < kSwarms; ++i) {
    const std::set<Verb> swarm = verbs_of(i << 2, kSwarmBit);
    // Whose density it is does not matter, and no verb loses by another's going.
    EXPECT_EQ(verbs_of(i << 2 | 3, kSwarmBit), swarm);
    EXPECT_EQ(swarm.count(Verb::kWrap), 1u);
    for (const Verb verb : swarm) ++swarms_with[static_cast<std::size_t>(verb)];
    swarms.insert(swarm);
  }
  EXPECT_GT(swarms.size(), kSwarms * 9u / 10);
  for (int v = 0; v < kVerbs; ++v) {
    if (static_cast<Verb>(v) == Verb::kWrap) continue;
    EXPECT_GT(swarms_with[v], kSwarms / 3) << info(static_cast<Verb>(v)).name;
    EXPECT_LT(swarms_with[v], kSwarms * 2 / 3) << info(static_cast<Verb>(v)).name;
  }
  EXPECT_EQ(verbs_of(4, 0).size(), std::size_t{kVerbs});
}

// --- back and forth ------------------------------------------------------------------------------

TEST(Bytes, DecodeToWhatWasEncoded) {
  choice::SplitMix64 random(8);
  Decoded decoded;
  for (int i = 0; i < 20000; ++i) {
    const Case from = random_case(random, kMaxEncodedAnswer + 1);
    const Bytes bytes = encode(from);
    decode(bytes, decoded);
    ASSERT_EQ(decoded.program, from.program) << print(ProgramText{from, {}, {}});
    ASSERT_EQ(decoded.source.left().size(), from.choices.choices.size());
    for (const choice::Choice& c : from.choices.choices) {
      const std::uint32_t bound = c.answer + 1 + random.below(200);
      ASSERT_EQ(decoded.source.choose(std::max(bound, 2u), c.kind), c.answer);
    }
    ASSERT_EQ(decoded.source.choose(2, choice::Kind::kThread), 0u);
  }
}

TEST(Bytes, EncodeThePlainCaseAsZeros) {
  EXPECT_THAT(encode({}), testing::ElementsAre(0, 0, 0, 0));
  Case from;
  from.program.threads[0] = {Operation{}};
  EXPECT_THAT(encode(from), testing::ElementsAre(1, 0, 0, 0, 0, 0, 0));
}

TEST(Bytes, ClipLargeAnswersAndDropTheDullTail) {
  Case from;
  using enum choice::Kind;
  from.choices.choices = {{kThread, 1, 2}, {}, {kStore, 500, 1000}, {}, {}};
  EXPECT_THAT(encode(from), testing::ElementsAre(0, 0, 0, 0, 0xff, 0, 0x81));
}

// A fuzzer's own corpus is bytes: what they mean may only change together with the version.
TEST(Bytes, MeanWhatThisVersionSays) {
  ASSERT_EQ(kBytesVersion, 4) << "then give this test the new meaning";
  std::string first_bytes;
  std::string_view last;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const Program one = program_of({1, 0, 0, 0, 0, static_cast<std::uint8_t>(byte), 0});
    const std::string_view name = info(one.threads[0].at(0).verb).name;
    if (name != last) first_bytes += std::to_string(byte) + " " + std::string(name) + " ";
    last = name;
  }
  EXPECT_EQ(first_bytes,
            "0 wrap 36 unwrap 62 drop 86 transfer 96 escape 108 revive 120 finalizer 136 hermetic "
            "148 finalise 154 init 168 check 182 tag 187 load 192 mine 197 has 203 object 208 owns "
            "213 own 227 disown 233 clear 238 destroy 252 misuse ");

  Bytes bytes{21, 0x12, 0xf5, 0};
  for (unsigned i = 0; i < 21; ++i) {
    for (const unsigned byte : {i * 37, i * 12 + 8, i * 5 + 3}) {
      bytes.push_back(static_cast<std::uint8_t>(byte));
    }
  }
  EXPECT_EQ(print(ProgramText{{program_of(bytes), {}}, {}, {}}), R"(slotproof 1
private x0 0
private x2 1
private x3 2
thread 0
  A wrap x0
  B unwrap x0
  C escape x1
  A finalise
  A has x2
  B destroy x3
thread 1
  B wrap x1
  A drop x1
  D revive x2
  A init x3 definitely
  B owns x3
thread 2
  C wrap x2
  - drop x2
  A finalizer x3 throw
  B check x0 ignore
  A own x0
thread 3
  D unwrap x3
  A transfer x0 x2
  B hermetic off
  C load x1
  A clear x1
)");
}

// --- one object for all --------------------------------------------------------------------------

TEST(Decoded, KeepsNothingOfWhatItWas) {
  choice::SplitMix64 random(9);
  Decoded reused;
  for (int i = 0; i < 20000; ++i) {
    const Bytes bytes = random_bytes(random, i % 2 == 0 ? 250 : 12);
    Decoded fresh;
    decode(bytes, fresh);
    decode(bytes, reused);
    ASSERT_EQ(reused.program, fresh.program);
    ASSERT_TRUE(std::ranges::equal(reused.source.left(), fresh.source.left()));
    ASSERT_EQ(answers(reused.source, 10, 9), answers(fresh.source, 10, 9));
  }
}

TEST(Decoded, UsesItsMemoryAgain) {
  Decoded decoded;
  Bytes bytes(kHeaderBytes + kRecordBytes * kMaxOperations);
  bytes[0] = kMaxOperations;
  decode(bytes, decoded);
  const Operation* first = decoded.program.threads[0].data();
  decode({}, decoded);
  EXPECT_EQ(decoded.program, Program{});
  decode(bytes, decoded);
  EXPECT_EQ(decoded.program.threads[0].data(), first);
}

}  // namespace
}  // namespace slotproof::program
