// What a run has done that is worth doing again in other ways: what guides a fuzzer beside the
// branches of the slot, of which a hundred lines have few.
//
// Each thing that a run can do has a place among counters. Places follow from what happened, never
// from addresses, so they are the same in every process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "oracle/cells.h"
#include "report/run_view.h"

namespace slotproof::explore {

// How a call ended, as far as it is counted: nothing was given, null or false, something or true,
// an exception; the last two with the slot's reference dropped meanwhile.
inline constexpr int kCallOutcomes = 6;

// Four parts, one after the other. The first has a place for each thing there is, the others are
// tables of hashes: two things may share a place, and then the second is no news.
//
//   cells        abstract state x operation x outcome (oracle/cells.h), of calls that fit the model
//                in the order in which they began
//   sequels      of two operations that were done to a tensor one after the other: both, and
//                whether thread and interpreter were the same. What a state of the slot does not
//                show, a finalizer that waits for one, is a step on the way all the same
//   reads-from   of an atomic load: its call, what it accesses, how; the call and the kind of the
//                store that it reads, if another thread made it; whether there was a newer one
//   preemptions  of two threads that follow one another in the middle of an operation of the first:
//                the operations of both, the call of each, and how far the first had got
inline constexpr std::size_t kCellCounters =
    std::size_t{oracle::kAbstractStates} * oracle::kCellOperations * kCallOutcomes;
inline constexpr std::size_t kSequelCounters = 2048;
inline constexpr std::size_t kReadsFromCounters = 2048;
inline constexpr std::size_t kPreemptionCounters = 2048;
inline constexpr std::size_t kCounters =
    kCellCounters + kSequelCounters + kReadsFromCounters + kPreemptionCounters;

// Sets the counter of each thing that the run did to 1, and leaves the others alone.
void count(const report::RunView& run, std::span<std::uint8_t, kCounters> counters);

}  // namespace slotproof::explore
