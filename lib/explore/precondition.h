// What a thread can do at all, told from the program's text alone.
//
// World does an operation only where a careful caller would (a reference to the tensor, a tag that
// the thread has seen). Most programs that can be written down contain an operation for which that
// is so in no execution: they are programs with less operations, and need not be explored. This
// model says of an operation that it is certainly not done: it is skipped, or breaks a promise that
// is kept under the rules, in every execution. In doubt it says nothing: it looks at one thread,
// and of the others only at what they can bring about. Orders of all operations are for all_done.h.
//
// It takes for granted that slot calls give what those of a right slot give. Where they do not, the
// program without the operation in question convicts the slot already, and it is smaller.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "program/program.h"
#include "world/slot_library.h"

namespace slotproof::explore {

// Bit i: interpreter i.
using Interpreters = std::uint8_t;

// What the operations of some threads can bring about for the others, each being done.
struct Effects {
  struct OfTensor {
    Interpreters claims = 0;   // tags the slot and puts an object there
    Interpreters owns = 0;     // makes the slot own its object
    Interpreters rewraps = 0;  // a finalizer that puts a new object into the slot
    bool empties = false;      // takes the object out of the slot
    bool escapes = false;
  };
  std::array<OfTensor, program::kTensors> tensors{};
  Interpreters attaches = 0;  // makes the interpreter, if it does not exist yet
  Interpreters finalises = 0;
  Interpreters destroys = 0;  // has a slot give back an object, outside of a destructor

  void add(const Effects& other);
};

// What a program's operations are done under.
struct Circumstances {
  world::Features features = world::Features::all();
  program::Rules rules;  // a careless caller does all that it can
  std::array<std::int8_t, program::kTensors> private_to = {
      program::Program::kShared, program::Program::kShared, program::Program::kShared,
      program::Program::kShared};
};

// What a slot has that refuses such a misuse; careful callers do not try it on others.
world::Feature refusal(program::MisuseKind misuse);

Effects effects_of(std::span<const program::Operation> operations, const Circumstances& under);

// How far thread `thread` gets with `operations`, beside other threads which bring about `others`:
// the number of operations before the first that is certainly not done, or that changes nothing (a
// hermetic section that is entered within one).
std::size_t feasible_prefix(std::span<const program::Operation> operations, int thread,
                            const Effects& others, const Circumstances& under);

}  // namespace slotproof::explore
