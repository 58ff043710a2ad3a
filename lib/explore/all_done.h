// Whether all operations of a program can be done, and which of them have to come first then.
//
// An operation that would be skipped may be done once another has been: an interpreter is shut down
// only behind all that happens in it, an empty slot is filled once. So all operations are done in
// some of their orders alone, and in none of many programs. Here the orders of whole operations are
// tried out on a model of the world in which slots do what they should. (Where a slot does not,
// what was done up to there convicts it already.)
#pragma once

#include "program/precedence.h"
#include "program/program.h"
#include "world/slot_library.h"

namespace slotproof::explore {

struct AllDone {
  // False: each execution skips an operation or breaks a promise.
  bool possible = true;
  // Pairs of operations of which the later one, in every order in which all are done, comes behind
  // the other. Only such as the world orders, so that to await the one is no more than what happens
  // anyway: both hold the GIL of one interpreter, or one shuts it down, or one shows the other its
  // tensor.
  program::Precedences precedences;
};

// Of a program under the rules of careful callers with GILs; of others it says nothing, nor of
// those with too many operations to try all orders.
AllDone all_done(const program::Program& program, world::Features features);

}  // namespace slotproof::explore
