// All that there is to say about a run.
#pragma once

#include "choice/choice_sequence.h"
#include "machine/machine.h"
#include "oracle/judge.h"
#include "program/execute.h"
#include "program/program.h"
#include "world/world.h"

namespace slotproof::report {

// A look at the last run of a machine; good until its next.
struct RunView {
  const program::Program& program;
  const choice::ChoiceSequence& choices;  // as they were made, without the dull tail
  const machine::Machine& machine;
  const world::World& world;
  const program::Executor& executor;
  const oracle::Judgement& judgement;
};

}  // namespace slotproof::report
