// One file, run and judged.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "choice/choice_sequence.h"
#include "cli/input.h"
#include "cli/session.h"
#include "oracle/verdict.h"
#include "program/program.h"

namespace slotproof::cli {

// How files are to be run.
struct RunMode {
  Form form = Form::kAny;
  std::optional<choice::ChoiceSequence> choices;  // instead of those of the file
  int repeat = 1;                                 // all of these runs must be equal
  bool trace = false;
};

struct FileRun {
  std::string name;  // of the file, fit to print
  std::string replay;
  oracle::Verdict verdict = oracle::Verdict::kPass;
  std::string sentence;
  std::string trace;        // if asked for
  program::Case test_case;  // with the choices as they were made
  bool expected = false;    // the text names this verdict
  std::vector<std::string> remarks;

  // Whether nobody needs to look at it.
  bool good() const { return verdict == oracle::Verdict::kPass || expected; }
};

// Reads and runs `file`. A case that differs when it is repeated gets kHarness. Throws UserError.
FileRun run_file(Session& session, const std::string& file, const RunMode& mode);

}  // namespace slotproof::cli
