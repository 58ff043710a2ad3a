// Failures, as several commands show and keep them.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "cli/session.h"
#include "explore/search.h"
#include "oracle/verdict.h"
#include "program/program.h"

namespace slotproof::cli {

struct FailureOptions {
  std::string replay;  // the command that replays it
  bool verbose = false;
  bool colour = false;
};

// Runs the case once more, with an eye on the stacks, and describes it; it ends with the replay
// command.
std::string describe_failure(Session& session, const program::Case& test_case,
                             const FailureOptions& options);

// The same for programs. Also for cases that pass.
nlohmann::ordered_json failure_json(Session& session, const program::Case& test_case,
                                    const std::string& replay);

// A program of the user's that convicts the slot.
struct Failing {
  program::Case test_case;  // with the choices as they were made
  oracle::Verdict verdict{};
  std::string replay;  // the command that replays it
};

// Reads and runs it. Throws UserError, also if it does not fail: then there is nothing to
// `purpose`.
Failing run_failing(Session& session, const std::string& file, std::string_view purpose);

// Where to keep a failure that the user gave no name: findings/VERDICT-FINGERPRINT.slot, the
// fingerprint being that of the program.
std::string default_file(const program::Program& program, std::string_view verdict);

// The command that replays `file` in a session like this one; `options` are those that it has not
// got itself, with a space before each.
std::string replay_command(const Session& session, const std::string& file,
                           const std::string& options = {});

// Runs the case and keeps it in `file` as a reproducer, which names that command.
void save_reproducer(Session& session, const program::Case& test_case, const std::string& file,
                     const std::string& options = {});

// A finding, as small as it gets, and where it is kept.
struct KeptFinding {
  program::Case test_case;
  std::string file;
  std::string replay;  // the command that replays it
};

// Keeps what a search has found in `file`, or, if that is empty, in default_file(); shrinks it
// before, unless that is not wanted. `again` is the command that found it, to be told if the
// process dies meanwhile.
KeptFinding keep_finding(Session& session, const explore::Finding& finding, const std::string& file,
                         const std::string& again, bool shrinks = true);

}  // namespace slotproof::cli
