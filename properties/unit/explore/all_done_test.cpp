// Which programs can be done to their last operation, and that nothing is lost where only such
// executions are looked for.
#include "explore/all_done.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "choice/random_source.h"
#include "explore/exhaust.h"
#include "explore/precondition.h"
#include "explore/small_programs.h"
#include "native_runner.h"

namespace slotproof::unit {
namespace {

using explore::AllDone;
using explore::SmallPrograms;
using program::Operation;
using program::Precedence;
using program::Precedences;
using program::Program;
using program::Verb;

Program parsed(const std::string& text) {
  program::ProgramText result;
  program::ParseError error;
  EXPECT_TRUE(program::parse("slotproof 1\n" + text, result, error)) << error.message;
  return result.test_case.program;
}

AllDone all_done(const Program& program) {
  return explore::all_done(program, world::Features::all());
}
AllDone all_done(const std::string& text) { return all_done(parsed(text)); }

Precedence precedence(int thread, int index, int later_thread, int later_index) {
  return {{static_cast<std::uint8_t>(thread), static_cast<std::uint8_t>(index)},
          {static_cast<std::uint8_t>(later_thread), static_cast<std::uint8_t>(later_index)}};
}

// ---- By hand ----

TEST(AllDone, WhatHindersNoneNeedsNoOrder) {
  const AllDone all = all_done("thread 0\n A wrap x0\nthread 1\n A wrap x0\n");
  EXPECT_TRUE(all.possible);
  EXPECT_TRUE(all.precedences.empty());
}

TEST(AllDone, AnInterpreterIsShutDownBehindAllThatHappensInIt) {
  const AllDone all =
      all_done("thread 0\n A finalise\n B check x0\nthread 1\n A check x0\n B check x0\n");
  EXPECT_TRUE(all.possible);
  EXPECT_EQ(all.precedences, Precedences{precedence(1, 0, 0, 0)});
}

TEST(AllDone, ItIsShutDownOnce) {
  EXPECT_FALSE(all_done("thread 0\n A wrap x0\n A finalise\nthread 1\n A finalise\n").possible);
}

TEST(AllDone, InterpretersCannotBeShutDownBehindOneAnother) {
  EXPECT_FALSE(
      all_done("thread 0\n A finalise\n B mine x0\nthread 1\n B finalise\n A mine x0\n").possible);
}

TEST(AllDone, WhoFillsASlotComesBeforeWhoFindsItFull) {
  const AllDone all = all_done("thread 0\n A wrap x0\nthread 1\n A init x0 maybe\n");
  EXPECT_TRUE(all.possible);
  EXPECT_EQ(all.precedences, Precedences{precedence(1, 0, 0, 0)});
  EXPECT_FALSE(all_done("thread 0\n A init x0 maybe\nthread 1\n A init x0 maybe\n").possible);
}

TEST(AllDone, ATagIsForOneInterpreter) {
  EXPECT_FALSE(
      all_done("thread 0\n A wrap x0\n A own x0\nthread 1\n B wrap x0\n B disown x0\n").possible);
}

TEST(AllDone, ATensorIsShownBeforeItIsSeen) {
  const AllDone all = all_done("private x0 0\nthread 0\n - escape x0\nthread 1\n - tag x0\n");
  EXPECT_TRUE(all.possible);
  EXPECT_EQ(all.precedences, Precedences{precedence(0, 0, 1, 0)});
}

TEST(AllDone, InterpretersAreNotOrderedWithOneAnother) {
  // B finds another tag, so it comes later; but no GIL says so.
  const AllDone all = all_done("thread 0\n A wrap x0\n A owns x0\nthread 1\n B wrap x0\n");
  EXPECT_TRUE(all.possible);
  EXPECT_TRUE(all.precedences.empty());
}

TEST(AllDone, WithoutAGilItSaysNothing) {
  Program program = parsed("thread 0\n A finalise\n A wrap x0\n");
  EXPECT_FALSE(all_done(program).possible);
  program.rules.gil = false;
  EXPECT_TRUE(all_done(program).possible);
}

// ---- Nothing is lost ----

// What the threads of the last run have seen.
std::string outcome(const explore::Runner& runner) {
  std::array<std::string, program::kThreads + 1> seen;
  for (const world::CallRecord& call : runner.view().world.calls()) {
    const bool object =
        call.call == world::SlotCall::kCheck || call.call == world::SlotCall::kObject;
    seen[call.thread] +=
        fmt::format("{} {} {} {} {}; ", static_cast<int>(call.call),
                    static_cast<int>(call.result.raised), call.result.has_value,
                    object ? int{call.value == world::kNobody} : call.value, call.decrefs);
  }
  std::string all{oracle::name(runner.view().judgement.verdict)};
  for (const std::string& thread : seen) all += " | " + thread;
  return all;
}

bool did_all(const explore::Runner& runner) {
  const std::vector<world::OperationRecord>& records = runner.view().executor.operations();
  return runner.view().judgement.verdict != oracle::Verdict::kInvalid &&
         std::ranges::none_of(records, [](const world::OperationRecord& r) {
           return r.done == world::Done::kSkipped;
         });
}

constexpr explore::Limits kSmall{.executions = 3'000, .bounds = {}};

// The outcomes of the executions in which all operations are done; nothing if there are too many.
// With `precedences` no others are looked for.
std::optional<std::set<std::string>> outcomes(explore::Runner& runner, const Program& program,
                                              const Precedences* precedences) {
  std::set<std::string> all;
  runner.set_all_done(precedences);
  const explore::Exhausted result = explore::exhaust(
      runner, program, explore::Enumeration::kReduced, kSmall, {}, [&](const explore::Runner& ran) {
        if (did_all(ran)) all.insert(outcome(ran));
      });
  runner.set_all_done(nullptr);
  if (!result.complete) return std::nullopt;
  return all;
}

// Gives whether the program was small enough to tell.
bool compare(explore::Runner& runner, const Program& program) {
  const auto expected = outcomes(runner, program, nullptr);
  if (!expected) return false;
  const AllDone all = explore::all_done(program, runner.features());
  if (!all.possible) {
    EXPECT_TRUE(expected->empty()) << text_of(program) << *expected->begin();
  } else {
    EXPECT_EQ(expected, outcomes(runner, program, &all.precedences)) << text_of(program);
  }
  return true;
}

void compare_every(std::uint64_t stride, const explore::Bound& bound) {
  explore::Runner runner = native_runner();
  const SmallPrograms programs(bound, runner.features());
  Program program;
  int compared = 0;
  for (auto found = programs.next(0, programs.end(), program); found;
       found = programs.next(found->number + stride, programs.end(), program)) {
    compared += compare(runner, program) ? 1 : 0;
  }
  EXPECT_GT(compared, 300);
}

TEST(AllDone, LosesNoOutcomeOfOneThread) { compare_every(211, {1, 4, 1, 1}); }
TEST(AllDone, LosesNoOutcomeOfTwoThreads) { compare_every(199, {2, 2, 2, 1}); }
TEST(AllDone, LosesNoOutcomeOfThreeThreads) { compare_every(1, {3, 1, 2, 1}); }
TEST(AllDone, LosesNoOutcomeOfTwoTensors) { compare_every(1, {2, 1, 2, 2}); }

// Whether no thread by itself rules out that all is done.
bool has_no_hopeless_thread(const Program& program) {
  explore::Circumstances under;
  under.private_to = program.private_to;
  return std::ranges::all_of(program.threads, [&](const auto& operations) {
    const auto thread = static_cast<int>(&operations - program.threads.data());
    explore::Effects others;
    for (const auto& other : program.threads) {
      if (&other != &operations) others.add(explore::effects_of(other, under));
    }
    return explore::feasible_prefix(operations, thread, others, under) == operations.size();
  });
}

// Of every program of two operations on one thread, and a third there or on another one: what is
// said to be impossible is never done. SmallPrograms has none of these.
void compare_impossible(int interpreters, bool one_thread) {
  explore::Runner runner = native_runner();
  const std::vector<Operation> letters =
      explore::alphabet({2, 3, interpreters, 1}, runner.features());
  int impossible = 0;
  for (const std::int8_t owner : {Program::kShared, std::int8_t{0}}) {
    Program program;
    program.private_to[0] = owner;
    for (const Operation& a : letters) {
      for (const Operation& b : letters) {
        for (const Operation& c : letters) {
          program.threads[0] = {a, b};
          program.threads[1].clear();
          program.threads[one_thread ? 0 : 1].push_back(c);
          if (!has_no_hopeless_thread(program) || all_done(program).possible) continue;
          EXPECT_EQ(outcomes(runner, program, nullptr)->size(), 0u) << text_of(program);
          ++impossible;
        }
      }
    }
  }
  EXPECT_GT(impossible, 10);
}

TEST(AllDone, RulesOutNothingThatOneThreadDoes) { compare_impossible(1, true); }
TEST(AllDone, RulesOutNothingThatTwoThreadsDo) { compare_impossible(2, false); }

// Programs that SmallPrograms would leave out as well; of those that a single thread's operations
// rule out, few.
TEST(AllDone, LosesNoOutcomeOfRandomPrograms) {
  explore::Runner runner = native_runner();
  const std::vector<Operation> letters = explore::alphabet({3, 3, 2, 2}, runner.features());
  choice::SplitMix64 random(1);
  const auto operation = [&] {
    return letters[random.below(static_cast<std::uint32_t>(letters.size()))];
  };
  int compared = 0, impossible = 0;
  while (compared < 4'000) {
    Program program;
    for (int x = 0; x < 2; ++x) {
      program.private_to[x] = random.below(3) == 0 ? std::int8_t{0} : Program::kShared;
    }
    for (int o = 0; o < 5; ++o) program.threads[random.below(3)].push_back(operation());
    const bool likely = has_no_hopeless_thread(program);
    if (!likely && random.below(50) != 0) continue;
    if (!compare(runner, program)) continue;
    ++compared;
    impossible += explore::all_done(program, runner.features()).possible ? 0 : 1;
  }
  EXPECT_GT(impossible, 400);
  EXPECT_LT(impossible, 3'600);
}

// A precedence that there is not takes outcomes away, and the comparison sees it.
TEST(AllDone, APrecedenceTooManyIsSeen) {
  explore::Runner runner = native_runner();
  const Program program = parsed("thread 0\n A wrap x0\nthread 1\n A check x0\n");
  EXPECT_EQ(outcomes(runner, program, nullptr)->size(), 2u);
  const Precedences none;
  EXPECT_EQ(outcomes(runner, program, &none)->size(), 2u);
  const Precedences wrong = {precedence(0, 0, 1, 0)};
  EXPECT_EQ(outcomes(runner, program, &wrong)->size(), 1u);
}

}  // namespace
}  // namespace slotproof::unit
