// Commands whose slot may take the process down.
//
// The machine turns what it can into verdicts: signals, exit, loops. What is left are deaths that
// no handler hears of, and those of slots outside of simulated threads. So a command runs in a
// child, at full speed. If that dies, the command runs in a second one, which notes each run before
// it makes it: commands are deterministic, so that it dies of the same, and then it is known of
// what.
#pragma once

#include "cli/command.h"
#include "cli/options.h"
#include "explore/runner.h"

namespace slotproof::cli {

// The action, in a child. If the child dies of a run, the verdict is `crash`: gives its exit code,
// having shrunk the program, kept it in findings/ and shown it. If a death does not come again (the
// case came from standard input, say), the command ends as its child did, with exit code 4.
Action supervised(const Options& options, const Action& action);

// Who is to see the runs of this process; null if nobody.
explore::Witness* witness();

}  // namespace slotproof::cli
