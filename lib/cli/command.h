// The commands, one function each: it adds a subcommand to `app` and lets `action` be what that one
// does.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace slotproof::cli {

// Gives the exit code: that of a verdict, or 0. Throws UserError for what only the user can mend.
using Action = std::function<int()>;

// The exit code of a search that was cut short, and of a certificate that does not hold.
inline constexpr int kIncomplete = 1;

// What the action gives; the exit code of what it throws, having said what it is.
int answer_of(const Action& action);

void add_run(CLI::App& app, Action& action);
void add_print(CLI::App& app, Action& action);
void add_encode(CLI::App& app, Action& action);
void add_decode(CLI::App& app, Action& action);
void add_shrink(CLI::App& app, Action& action);
void add_random(CLI::App& app, Action& action);
void add_explore(CLI::App& app, Action& action);
void add_prove(CLI::App& app, Action& action);
void add_weaken(CLI::App& app, Action& action);
void add_export(CLI::App& app, Action& action);
void add_explain(CLI::App& app, Action& action);
void add_triage(CLI::App& app, Action& action);
void add_audit(CLI::App& app, Action& action);
void add_coverage(CLI::App& app, Action& action);
void add_litmus(CLI::App& app, Action& action);
void add_verdicts(CLI::App& app, Action& action);
void add_verbs(CLI::App& app, Action& action);

}  // namespace slotproof::cli
