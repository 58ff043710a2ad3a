// From what happened to a verdict.
#pragma once

#include <string>

#include "machine/machine.h"
#include "oracle/verdict.h"
#include "world/world.h"

namespace slotproof::oracle {

struct Judgement {
  Verdict verdict = Verdict::kPass;
  std::string sentence;  // what is wrong; empty for kPass
  // The events (of the machine's trace) and the call (of the world's history) at fault, where there
  // are such.
  machine::EventIndex first = machine::kNoEvent;
  machine::EventIndex second = machine::kNoEvent;
  int call = -1;
};

// Judges the last run by how the machine ended it, by its history and by the world.
Judgement judge(const machine::Machine& machine, const world::World& world);

}  // namespace slotproof::oracle
