// Is there an order of a slot's calls that the model could have seen?
//
// The order must keep happens-before, not the order of execution: on weak memory a call may legally
// miss what another has already done. Slots are judged one by one: only a slot promises an order
// among its own calls.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "oracle/model.h"

namespace slotproof::oracle {

struct Linearization {
  Verdict verdict = Verdict::kPass;  // kStepLimit: the search gave up
  std::string why;                   // if not kPass
  int call = -1;                     // the call that fits nowhere, in the world's calls()
  SlotState final_state;             // if kPass: after all calls, in the order that was found
};

// Takes the calls of `tensor` in the order in which they began, and tells visit(state, call) of
// each with the state that it meets. Gives the state behind them, or nothing, at the first call
// that did not return or that does not fit.
template <class Visit>
std::optional<SlotState> fits_as_begun(const world::World& world, int tensor, Visit&& visit) {
  SlotState state;
  for (const world::CallRecord& call : world.calls()) {
    if (call.tensor != tensor) continue;
    const Expected expected = step(state, call);
    if (!call.finished || compare(state, call, expected, world, nullptr) != Verdict::kPass) {
      return std::nullopt;
    }
    visit(state, call);
    state = expected.next;
  }
  return state;
}

// Judges the calls of `tensor`. A call that did not return may have taken effect or not.
//
// The search is Wing and Gong's (JPDC 1993) with the memo of Lowe ("Testing for linearizability",
// 2017), over a partial order instead of intervals; the order in which the calls began is tried
// first and nearly always fits.
Linearization linearize(const world::World& world, int tensor);

}  // namespace slotproof::oracle
