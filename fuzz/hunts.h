// Many hunts from one process: what it takes to start a program is paid once, so that a hunt of a
// few hundred runs costs no more than these. For scripts/ablation and properties/guidance.
#pragma once

namespace slotproof::fuzz {

// Reads lines `SLOT GUIDANCE SEED RUNS` and forks a process for each, in which it returns with the
// arguments of that hunt: libFuzzer, from an empty corpus, until its first finding or so many runs,
// with `folder` for its artifacts. Prints `VERDICT RUNS` for each, or one line on standard error,
// and exits: with 0 behind the last line, with 2 at one that cannot be read or a hunt that says
// nothing.
void serve_hunts(const char* folder, int& argc, char**& argv);

}  // namespace slotproof::fuzz
