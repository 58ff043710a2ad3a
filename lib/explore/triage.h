// From inputs to bugs: what several failures have in common.
#pragma once

#include <string>

#include "explore/runner.h"
#include "oracle/verdict.h"
#include "program/program.h"
#include "report/fingerprint.h"
#include "report/severity.h"

namespace slotproof::explore {

// What a case does, run again and again.
struct Sample {
  program::Case test_case;                           // with the choices as they were made
  oracle::Verdict verdict = oracle::Verdict::kPass;  // of the first run
  std::string sentence;
  report::Fingerprint fingerprint;  // of the first run; empty if it does not convict
  report::Rating rating;
  bool flaky = false;  // some other run got another verdict, or showed another bug
};

// Takes a sample of the case whose first run `runner` has just made: runs it `times` times in all.
Sample sample(Runner& runner, int times);

// What it takes to show the bug of a shrunk program, as far as that does not depend on where
// shrinking began: how many operations, and of what kind the last one of each thread is. One
// mistake often has several smallest programs that differ in how they get there.
std::string what_it_takes(const program::Program& program);

}  // namespace slotproof::explore
