// What happened in a run, in the words of slots: every call of a slot with its result, and every
// operation.
#pragma once

#include <cstdint>
#include <string>

#include "machine/clock.h"
#include "machine/event.h"
#include "world/slot_library.h"

namespace slotproof::world {

// Objects and interpreters by number, in histories. Objects are numbered in the order of their
// creation in the run.
inline constexpr int kNobody = -1;   // null
inline constexpr int kUnknown = -2;  // a pointer that the world never gave to a slot

// How a call is misused: the contract says what a slot does then.
enum class Misuse : std::uint8_t {
  kNone,
  kNullInterpreter,  // kCheck: no interpreter
  kOddObject,        // kInit: bit 0 of the object is set
  kUnknownStatus,    // kInit: a status that is none of the four
  kUntaggedLoad,     // kLoad: nobody has tagged the slot, as far as the world knows
  kOwningNothing,    // kSetOwns: there is no object
};

// One call of a slot.
struct CallRecord {
  SlotCall call{};
  machine::ThreadId thread = 0;
  std::uint8_t tensor = 0;
  bool hermetic = false;        // the thread, when it called
  bool ignore = false;          // kCheck
  bool flag = false;            // kSetOwns: what to set
  bool finished = false;        // it came back
  bool in_destruction = false;  // of the tensor, or called from there
  Status status{};              // kInit
  Misuse misuse = Misuse::kNone;
  bool breaks_promise = false;  // kInit, kClear: a careless caller's; the slot may refuse it
  int self = kNobody;           // the interpreter passed, and whose GIL is held; kNobody: none
  int object = kNobody;         // kInit: the object passed
  Result result;                // as it came from the slot
  int value = kNobody;  // the result's value as a number of an object or interpreter, or 0/1
  int decrefs = 0;      // how often the slot called decref meanwhile
  int decref_object = kNobody;  // the last one's object
  bool decref_threw = false;
  bool tag_unloaded =
      false;  // kDestruct, kDestroyObject, kCheck: the tag's interpreter was finalised before

  machine::EventIndex begin =
      0;  // events [begin, end) of the trace came while it ran (of all threads)
  machine::EventIndex end = 0;
  std::uint32_t started = 0;  // counts starts and ends of calls in the run
  std::uint32_t ended = 0;
  machine::Time end_time = 0;  // of the thread
  machine::VectorClock known;  // what happens before its start

  // Whether this call happens before `later` (its end before the other's start).
  bool happens_before(const CallRecord& later) const {
    return thread == later.thread ? ended < later.started : later.known.knows(thread, end_time);
  }
};

// What became of an operation of a program.
enum class Done : std::uint8_t {
  kRunning,  // the run ended in the middle of it
  kDone,
  kSkipped,  // its precondition did not hold: the caller would not have done it
};

struct OperationRecord {
  machine::ThreadId thread = 0;
  std::uint32_t index = 0;  // in the thread's list; kTeardown for what is done after the program
  Done done = Done::kRunning;
  machine::EventIndex begin = 0;
  machine::EventIndex end = 0;
};

inline constexpr std::uint32_t kTeardown = 0xffffffff;

// What the world itself saw go wrong.
enum class Violation : std::uint8_t {
  kNone,
  kOwnership,  // a reference dropped too often, by the wrong interpreter, without its GIL, or never
  kBrokenPromise,  // the program did what its caller may not: no fault of the slot
};

}  // namespace slotproof::world
