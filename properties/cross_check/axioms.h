// C++20's memory model as its axioms have it: all candidate executions of a program, and of these
// the consistent ones.
//
// Nothing here is shared with the machine, which executes one operation after the other and cannot
// take anything back; here an execution is a graph that is judged as a whole. Where the two differ,
// one of them is wrong.
#pragma once

#include "litmus/test.h"

namespace slotproof::cross_check {

// Whether the axioms below say something about the test: it has no locks, gives no memory back,
// keeps what a compare-exchange expects in registers, and is small.
bool has_axioms(const litmus::Test& test);

// The final states that C++20 allows the test, if sequenced-before and reads-from together have no
// cycle. An execution with a data race is the state "data race", whatever its values are.
litmus::States allowed_states(const litmus::Test& test);

}  // namespace slotproof::cross_check
