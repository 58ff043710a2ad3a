#include "report/reproducer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hand/failing_case.h"
#include "report/failure.h"
#include "report/trace.h"
#include "report/words.h"

namespace slotproof::unit {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Reproducer, IsAProgramThatFailsAgain) {
  FailingCase failing(Bug::kClaimsInTwoSteps, kTwoClaims);
  const std::string trace = report::trace_text(failing.run());
  const std::string text = report::reproducer_text(failing.run(), "slotproof run FILE");

  program::ProgramText parsed;
  program::ParseError error;
  ASSERT_TRUE(program::parse(text, parsed, error)) << error.message;
  EXPECT_EQ(program::print(parsed), text);
  EXPECT_THAT(parsed.expect, ::testing::ElementsAre("data-race"));
  EXPECT_THAT(parsed.story, StartsWith("data-race: data race on x0.slot+8"));
  EXPECT_THAT(parsed.story, EndsWith("\nslotproof run FILE"));

  choice::ReplaySource source(parsed.test_case.choices);
  failing.runner().run(parsed.test_case.program, source);
  EXPECT_FALSE(source.diverged());
  EXPECT_EQ(report::trace_text(failing.runner().view()), trace);
}

TEST(Reproducer, QuotesWordsForAShell) {
  EXPECT_EQ(report::shell_word("findings/a-1.slot"), "findings/a-1.slot");
  EXPECT_EQ(report::shell_word("mutant:x"), "mutant:x");
  EXPECT_EQ(report::shell_word(""), "''");
  EXPECT_EQ(report::shell_word("a b"), "'a b'");
  EXPECT_EQ(report::shell_word("it's;"), "'it'\\''s;'");
  EXPECT_EQ(report::replay_command("native", "a b"), "slotproof run --slot native 'a b'");
}

TEST(Failure, EndsWithTheCommandThatReplaysIt) {
  FailingCase failing(Bug::kDecrefsTwice, kDroppedTwice);
  const std::string text = report::failure_text(failing.run(), {}, "slotproof run FILE", {});
  EXPECT_THAT(text, StartsWith("ownership: A.decref(p0): the object is dead\n\nslotproof 1\n"));
  EXPECT_THAT(text, EndsWith("\n\nslotproof run FILE\n"));
}

TEST(Words, ReplaceAddressesByNames) {
  FailingCase failing(Bug::kDecrefsTwice, kDroppedTwice);
  const report::RunView run = failing.run();
  const auto a = reinterpret_cast<std::uintptr_t>(run.world.interpreter_handle(0));
  const std::string text = fmt::format("interpreter {:#x} and {:#x}\n and 0x1", a, a + 0x10000000);
  EXPECT_EQ(report::without_addresses(run.world, text), "interpreter A and ?? and 0x1");
}

TEST(Words, CountThreadsAsProgramsDo) {
  FailingCase failing(Bug::kLocks, kCrossedLocks);
  EXPECT_EQ(report::sentence(failing.run()),
            "thread 0 waits for a mutex that thread 1 holds; "
            "thread 1 waits for a mutex that thread 0 holds");
}

TEST(Words, CutTheTextsOfExceptions) {
  FailingCase passing(Bug::kNone, "slotproof 1\nthread 0\n  A wrap x0\n  B check x0\n");
  const report::RunView run = passing.run();
  const world::CallRecord& call = run.world.calls()[3];
  EXPECT_EQ(report::call_text(run, call, false),
            "x0.check_pyobj(B) -> threw \"cannot access PyObject ...\"");
  EXPECT_THAT(report::call_text(run, call, true), HasSubstr("torch deploy interpreter A\""));
}

}  // namespace
}  // namespace slotproof::unit
