#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "choice/odometer.h"
#include "choice/random_source.h"
#include "generator.h"
#include "litmus/parse.h"
#include "litmus/simulation.h"

namespace slotproof::litmus {
namespace {

// A program of one thread with this body, and what is behind it.
std::string with_body(std::string_view body, std::string_view end = "exists true") {
  return fmt::format(
      "C test\n{{ x=1; }}\nP0 (atomic_int* x, int* d, spinlock_t* l) {{\n  {}\n}}\n{}\n", body,
      end);
}

// "line:column: message" of the mistake, or "" if there is none.
std::string mistake(std::string_view text) {
  try {
    parse(text);
  } catch (const ParseError& e) {
    return fmt::format("{}:{}: {}", e.line, e.column, e.what());
  }
  return {};
}

// The only state of a program of one thread whose register r0 is looked at.
std::string outcome(std::string_view body) {
  machine::Machine machine;
  const Test test = parse(with_body(body, "locations [0:r0]\nexists true"));
  const Exploration exploration = explore(machine, test, 1000);
  EXPECT_TRUE(exploration.complete);
  EXPECT_EQ(exploration.states.size(), 1U);
  return print(test, *exploration.states.begin());
}

TEST(LitmusText, MistakesHaveAPlace) {
  EXPECT_EQ(mistake(with_body("")), "");
  EXPECT_EQ(mistake(""), "1:1: found the end, expected 'C' and the name of the test");
  EXPECT_EQ(mistake("C test\n{ x=; }"), "2:5: found ';', expected a number");
  EXPECT_EQ(mistake("C test\n{ x=0 y=0; }"), "2:7: found 'y', expected ';' or '}'");
  EXPECT_EQ(mistake("C test\n{ }\nexists true"),
            "3:1: found 'exists', expected a thread: P0, P1, ...");
  EXPECT_EQ(mistake("C test\n{ }\nP1 () { }\nexists true"), "3:1: found 'P1', expected P0");
  EXPECT_EQ(mistake("C test\n{ }\nP0 (int x) { }\nexists true"),
            "3:9: found 'x', expected '*': threads get pointers");
  EXPECT_EQ(mistake("C test\n{ }\nP0 (int* x) { }\nP1 (atomic_int* x) { }\nexists true"),
            "4:5: found 'atomic_int* x', expected the type that it has elsewhere");
  EXPECT_EQ(mistake(with_body("int r0 = 1")), "5:1: found '}', expected ';'");
  EXPECT_EQ(mistake(with_body("r0 = 1;")),
            "4:3: found 'r0', expected a register, declared by int; an access to memory is a "
            "statement of its own");
  EXPECT_EQ(mistake(with_body("atomic_lod(x);")),
            "4:3: found 'atomic_lod', expected a function that README.md lists");
  EXPECT_EQ(mistake(with_body("int r0 = atomic_load_explicit(x, memory_order_release);")),
            "4:36: found 'memory_order_release', expected an order that this operation may have");
  EXPECT_EQ(mistake(with_body("atomic_store(d, 1);")), "4:16: found 'd', expected an atomic_int");
  EXPECT_EQ(mistake(with_body("atomic_store(x);")),
            "4:3: found 'atomic_store(x)', expected 2 arguments");
  EXPECT_EQ(mistake(with_body("", "exists 0:r7=1")),
            "6:8: found '0:r7', expected a register of that thread");
  EXPECT_EQ(mistake(with_body("", "exists (x=1 /\\ )")),
            "6:16: found ')', expected a condition, such as 1:r0=0 or x=2");
  EXPECT_EQ(mistake(with_body("", "exists x=1 (* States 2\nx=1;\n*)")),
            "6:22: found '2', expected 1, as many as follow");
  EXPECT_EQ(mistake(with_body("", "exists x=1 (* States 1\nd=1;\n*)")),
            "7:1: found 'd=1;', expected what the condition or the locations name");
  EXPECT_EQ(mistake(with_body("", "exists true more")),
            "6:13: found 'more', expected nothing more");
  EXPECT_EQ(mistake(with_body("/* ")), "7:1: found the end, expected '*/' before the end");
}

TEST(LitmusText, DeepNestingIsRefused) {
  const std::string many(10'000, '(');
  EXPECT_THAT(mistake(with_body("int r0 = " + many)), testing::HasSubstr("nested deeper than"));
  EXPECT_THAT(mistake(with_body("", "exists " + many)), testing::HasSubstr("nested deeper than"));
  EXPECT_THAT(mistake(std::string(kMaxText + 1, ' ')), testing::HasSubstr("longer than"));
}

TEST(LitmusText, ExpressionsAreThoseOfC) {
  EXPECT_EQ(outcome("int r0 = 1 + 2 * 3 - 4;"), "0:r0=3;");
  EXPECT_EQ(outcome("int r0 = (1 + 2) * 3 == 9 && !0;"), "0:r0=1;");
  EXPECT_EQ(outcome("int r0 = 1 | 2 ^ 3 & 6;"), "0:r0=1;");
  EXPECT_EQ(outcome("int r0 = 10 - 4 - 3;"), "0:r0=3;");
  EXPECT_EQ(outcome("int r1 = 5; int r0 = -r1 + ~r1 - -1;"), "0:r0=-10;");
  EXPECT_EQ(outcome("int r0; if (1 < 2) { r0 = 3; } else r0 = 4;"), "0:r0=3;");
}

TEST(LitmusText, AccessesToMemory) {
  EXPECT_EQ(outcome("int r0 = *x;"), "0:r0=1;");
  EXPECT_EQ(outcome("*x = 4; int r0 = atomic_fetch_sub(x, 1); r0 = *x;"), "0:r0=3;");
  EXPECT_EQ(outcome("*d = 7; int r0 = *d;"), "0:r0=7;");
  EXPECT_EQ(outcome("*d = 5; int r0 = atomic_compare_exchange_strong(x, d, 2); r0 = *d;"),
            "0:r0=1;");
  EXPECT_EQ(outcome("int r1 = 1; int r0 = atomic_compare_exchange_strong(x, &r1, 2);"), "0:r0=1;");
  EXPECT_EQ(outcome("int r0; spin_unlock(l);"), "crash");
}

TEST(LitmusText, PrintedTestsAreReadAgain) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    choice::SplitMix64 random(seed);
    litmus::Test test = cross_check::random_test(random);
    test.name = "random";
    test.states = {{machine::Halt::kDataRace, {}},
                   {machine::Halt::kFinished, std::vector<Value>(test.observables.size())}};
    const std::string text = print(test);
    EXPECT_EQ(print(parse(text)), text);
  }
}

TEST(LitmusText, AJudgementGoesBothWays) {
  machine::Machine machine;
  const auto judged = [&](std::string_view end) {
    const litmus::Test test = parse(with_body("int r0 = *x;", end));
    return judge(test, explore(machine, test, 10));
  };
  EXPECT_TRUE(judged("exists 0:r0=2").good());
  EXPECT_TRUE(judged("forall 0:r0=1").good());
  EXPECT_FALSE(judged("forall 0:r0=2").condition_holds);
  EXPECT_FALSE(judged("~exists 0:r0=1").condition_holds);
  EXPECT_TRUE(judged("exists 0:r0=2 (* States 1\n0:r0=1;\n*)").good());
  EXPECT_EQ(judged("exists 0:r0=2 (* States 0\n*)").forbidden.size(), 1U);
  EXPECT_EQ(judged("exists 0:r0=2 (* States 2\n0:r0=1;\n0:r0=2;\n*)").missing.size(), 1U);
}

// The event that ends a run with a data race is as complete as any other.
TEST(LitmusRun, AnAtomicReadThatRacesSaysWhatItRead) {
  const litmus::Test test = parse(R"(C race
{ }
P0 (atomic_int* x) { atomic_init(x, 5); *x = 6; }
P1 (atomic_int* x) { int r0 = atomic_load_explicit(x, memory_order_relaxed); }
exists true)");
  machine::Machine machine;
  Simulation simulation(machine, test);
  choice::Odometer odometer;
  bool seen = false;
  do {
    if (simulation.run(odometer).halt != machine::Halt::kDataRace) continue;
    const machine::Event& second = machine.events()[machine.ending().second];
    if (second.kind != machine::EventKind::kLoad || second.reads_from == machine::kNoEvent)
      continue;
    EXPECT_EQ(second.value, 6U);
    EXPECT_EQ(machine.events()[second.reads_from].kind, machine::EventKind::kStore);
    seen = true;
  } while (odometer.next());
  EXPECT_TRUE(seen);
}

}  // namespace
}  // namespace slotproof::litmus
