// What the programs of machine_test.h come to, for code that is compiled as the machine is.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "machine/machine.h"
#include "machine_test/machine_test.h"

namespace slotproof::machine_test {

struct Explored {
  std::uint64_t executions = 0;  // not equivalent ones
  std::uint64_t blocked = 0;     // runs besides that led to none
  std::uint64_t diverged = 0;    // runs besides that did not do again what they had done
  std::set<std::string> outcomes;
};

// Every execution graph of the program, once. The machine's step limit holds, not the program's.
Explored explore(machine::Machine& machine, const Program& program);

// A picture (trace/events.h) of the smallest execution (graphs/smallest.h) with this outcome, which
// stands as in Explored; empty if there is none. Atomics, what several threads touch,
// and what pointers that are shown point to, have names: those of machine_test.h, and v1, v2, ...
// in the order in which they are first accessed.
std::string trace_of(machine::Machine& machine, const Program& program, const std::string& outcome);

}  // namespace slotproof::machine_test
