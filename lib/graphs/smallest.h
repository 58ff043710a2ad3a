// The plainest run of a program that has a given outcome: what to show to people.
#pragma once

#include <functional>

#include "choice/source.h"
#include "machine/machine.h"

namespace slotproof::graphs {

// Runs the program once, on always the same machine; gives whether that run had the outcome.
using Trial = std::function<bool(choice::Source&)>;

// Leaves `machine` with the smallest run that has the outcome, as it is without an observer: it
// ends where it fails. Gives false if no execution has it.
//
// Smallest: the fewest stale reads; then the fewest detours (another thread than the plainest goes
// on, which is the one that ran last if it can; a store enters the modification order before
// another; a compare-exchange fails spuriously); then the fewest changes of the thread, the fewest
// events, and what is found first.
//
// The explorer, bounded, finds out how few stale reads do; then choice sequences with no more than
// these and ever more detours are tried. If that takes too many, the explorer's execution is the
// answer: it has the outcome, but is no plainer than it happened to be found.
bool run_smallest(machine::Machine& machine, const Trial& trial);

}  // namespace slotproof::graphs
