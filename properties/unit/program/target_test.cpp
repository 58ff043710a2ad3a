// What fuzz targets make of programs.
#include "program/target.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

#include "choice/random_source.h"
#include "program/text.h"
#include "random_case.h"

namespace slotproof::program {
namespace {

constexpr std::array kTargets = {Target::kConcurrent, Target::kLifecycle, Target::kSequential};

Program program(const std::string& threads) {
  ProgramText text;
  ParseError error;
  EXPECT_TRUE(parse("slotproof 1\n" + threads, text, error)) << error.message;
  return text.test_case.program;
}

std::string adapted(const std::string& threads, Target target) {
  Program made = program(threads);
  adapt(made, target);
  return print({{made, {}}, {}, {}});
}

TEST(Target, SequentialProgramsHaveOneThread) {
  EXPECT_EQ(
      adapted("private x1 2\nthread 0\n  A wrap x0\nthread 2\n  B drop x1\n", Target::kSequential),
      "slotproof 1\nprivate x1 0\nthread 0\n  A wrap x0\n  B drop x1\n");
}

TEST(Target, WhatOnlyLooksBecomesWhatComesLate) {
  EXPECT_EQ(adapted("thread 0\n  A tag x2\n  A mine x0\n  B check x0\n", Target::kLifecycle),
            "slotproof 1\nthread 0\n  A finalise\n  A transfer x0 x1\n  B check x0\n");
}

TEST(Target, IsReadAsItIsNamed) {
  for (const Target target : kTargets) EXPECT_EQ(target_named(name(target)), target);
  EXPECT_FALSE(target_named("program_text"));
}

TEST(Target, OnesOwnProgramsStayWhatTheyAre) {
  choice::SplitMix64 random(1);
  for (int i = 0; i < 1000; ++i) {
    for (const Target target : kTargets) {
      Program once = random_case(random, 2).program;
      adapt(once, target);
      Program twice = once;
      adapt(twice, target);
      EXPECT_EQ(once, twice);
      Program as_found = once;
      adapt(as_found, target_of(once));
      EXPECT_EQ(as_found, once);
    }
  }
}

TEST(Target, IsFoundByWhatAProgramHas) {
  EXPECT_EQ(target_of(program("thread 0\n  A wrap x0\n  B check x0\n")), Target::kSequential);
  EXPECT_EQ(target_of(program("thread 0\n  A wrap x0\nthread 1\n  B check x0\n")),
            Target::kConcurrent);
  EXPECT_EQ(target_of(program("thread 0\n  A wrap x0\nthread 1\n  A finalise\n")),
            Target::kLifecycle);
  EXPECT_EQ(target_of(program("thread 0\n  A tag x0\nthread 1\n  A finalise\n")),
            Target::kConcurrent);
}

}  // namespace
}  // namespace slotproof::program
