// Commands whose slot may take the process down.
//
// The machine turns what it can into verdicts: signals, exit, loops. What is left are deaths that
// no handler hears of, and those of slots outside of simulated threads. So a command runs in a
// child, at full speed. If that dies, the command runs in a second one, which notes each run before
// it makes it: commands are deterministic, so that it dies of the same, and then it is known of
// what.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "cli/command.h"
#include "cli/failure.h"
#include "cli/options.h"
#include "explore/child.h"
#include "explore/runner.h"
#include "program/program.h"

namespace slotproof::cli {

// The action, in a child. If the child dies of a run, the verdict is `crash`: gives its exit code,
// having shrunk the program, kept it in findings/ and shown it. If a death does not come again (the
// case came from standard input, say), the command ends as its child did, with exit code 4.
Action supervised(const Options& options, const Action& action);

// A run that the process dies of, as small as it gets.
struct Death {
  program::Case test_case;
  std::string sentence;
  std::uint64_t counted = 0;  // by the black box, until then
};

struct Supervised {
  explore::ChildEnd end;
  std::optional<Death> death;  // if the child died of a run, and would do so again

  // Nobody reads on, or wants it to go on.
  bool ended() const;
};

// Runs `body` in a child, and in a second one if that dies. Shrinks to programs that satisfy
// `keeps`, if it is given.
Supervised supervise(const Options& options, const std::function<std::string()>& body,
                     const std::function<bool(const program::Program&)>& keeps = {});

// Keeps the death in `file` as a reproducer.
KeptFinding keep_death(const Options& options, const Death& death, const std::string& file);
nlohmann::ordered_json death_json(const Death& death, const KeptFinding& kept);

// Who is to see the runs of this process; null if nobody.
explore::Witness* witness();

}  // namespace slotproof::cli
