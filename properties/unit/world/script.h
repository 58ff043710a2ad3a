// What a program of one thread does, as text.
#pragma once

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "explore/runner.h"
#include "hand/failing_case.h"
#include "report/words.h"
#include "world/load_slot.h"

namespace slotproof::unit {

inline world::SlotLibrary& native() {
  std::string error;
  world::SlotLibrary* const library = world::load_slot("native", error);
  if (library == nullptr) throw std::runtime_error(error);
  return *library;
}

// Each operation of thread 0, and below it the calls of slots that it made, below an empty line.
// The run must pass.
inline std::string script(const std::string& operations, const std::string& before = "") {
  explore::Runner runner(native());
  const program::Case test_case =
      parsed("slotproof 1\n" + before + "thread 0\n" + operations).test_case;
  choice::DullSource dull;
  const oracle::Judgement& judgement = runner.run(test_case.program, dull);
  EXPECT_EQ(judgement.verdict, oracle::Verdict::kPass) << judgement.sentence;
  const report::RunView run = runner.view();
  std::string text = "\n";
  for (const world::OperationRecord& operation : run.executor.operations()) {
    text += report::operation_text(run, operation);
    text += operation.done == world::Done::kSkipped ? " (skipped)\n" : "\n";
    for (const world::CallRecord& call : run.world.calls()) {
      if (call.begin < operation.begin || call.begin >= operation.end) continue;
      text += "  " + report::call_text(run, call, false) + "\n";
    }
  }
  return text;
}

}  // namespace slotproof::unit
