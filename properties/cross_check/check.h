// Holds the machine against the axioms, one test at a time.
#pragma once

#include <cstdint>
#include <string>

#include "litmus/test.h"
#include "machine/machine.h"

namespace slotproof::cross_check {

struct Check {
  std::uint64_t executions = 0;
  bool complete = false;  // false: more executions than allowed, and no complaint about those seen
  litmus::States states;  // that the machine showed
  std::string complaint;  // empty: none
};

// Runs every execution of the test, at most `most` of them. Of each run, what it says about data
// races must be so by its trace, and a replay of its choices must leave the same trace.
Check check_runs(machine::Machine& machine, const litmus::Test& test, std::uint64_t most);

// The same, and the machine's states must be those that the axioms allow. has_axioms(test) holds.
Check check_against_axioms(machine::Machine& machine, const litmus::Test& test, std::uint64_t most);

// Lines that say which states are in one of the sets only.
std::string difference(const litmus::Test& test, const litmus::States& of_machine,
                       const litmus::States& of_axioms);

}  // namespace slotproof::cross_check
