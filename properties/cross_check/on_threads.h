// Runs litmus tests on the processor: real threads, real memory, `std::atomic_ref`.
#pragma once

#include "litmus/test.h"

namespace slotproof::cross_check {

// Whether run_on_threads() may be called: it gives no memory back, and there is no execution that
// it would wait in for ever. Asks the test's states, which must be known.
bool fit_for_threads(const litmus::Test& test);

// Runs it `runs` times and gives the states that were seen. A test with a data race has no defined
// ones.
litmus::States run_on_threads(const litmus::Test& test, int runs);

}  // namespace slotproof::cross_check
