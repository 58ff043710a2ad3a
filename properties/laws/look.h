// What laws ask of a call.
#pragma once

#include <string>

#include "oracle/model.h"
#include "report/run_view.h"
#include "world/history.h"

namespace slotproof::laws {

// It came back without an exception.
inline bool returned(const world::CallRecord& call) {
  return call.finished && call.result.raised == world::Raised::kNothing;
}

inline bool refused(const world::CallRecord& call) {
  return call.finished && call.result.raised == world::Raised::kError;
}

// It is init_pyobj as the contract allows it, from somebody who may get the slot.
inline bool claims(const world::CallRecord& call) {
  return call.call == world::SlotCall::kInit && call.misuse == world::Misuse::kNone &&
         call.status != world::Status::kOther;
}

// It only asks.
inline bool is_query(const world::CallRecord& call) {
  switch (call.call) {
    case world::SlotCall::kCheck:
    case world::SlotCall::kInterpreter:
    case world::SlotCall::kLoad:
    case world::SlotCall::kIsTaggedBy:
    case world::SlotCall::kHasObject:
    case world::SlotCall::kObject:
    case world::SlotCall::kOwns: return true;
    default: return false;
  }
}

// Whether the call itself, not one from inside it, wrote to its slot.
bool writes_to_slot(const world::CallRecord& call, const report::RunView& run);

// The call and what it gave.
inline std::string told(const world::CallRecord& call) {
  return oracle::describe(call) + ": " + oracle::describe_result(call);
}

}  // namespace slotproof::laws
