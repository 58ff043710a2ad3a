// The sequential model: what a right slot does, as a pure function.
#pragma once

#include <string>
#include <string_view>

#include "oracle/verdict.h"
#include "world/history.h"
#include "world/world.h"

namespace slotproof::oracle {

// All that a slot remembers. Objects and interpreters are numbers as in histories.
struct SlotState {
  int tag = world::kNobody;
  int object = world::kNobody;
  bool owns = false;

  friend auto operator<=>(const SlotState&, const SlotState&) = default;
};

// What a right slot does when it is called.
struct Expected {
  world::Raised raised = world::Raised::kNothing;
  bool has_value = false;
  int value = world::kNobody;
  int decrefs = 0;
  SlotState next;
};

// The model: the effect of `call` on `state`. It is a function of the call's arguments alone, but
// for a call that breaks a promise: the slot may refuse that.
Expected step(const SlotState& state, const world::CallRecord& call);

// The text that an exception of `call` must have in `state`; empty where the contract leaves it
// open.
std::string expected_text(const SlotState& state, const world::CallRecord& call,
                          const world::World& world);

// Compares what `call` did with what the model expects in `state`. Gives kPass if they agree, else
// the verdict that names the difference; `why` (if not null) then describes it.
Verdict compare(const SlotState& state, const world::CallRecord& call, const Expected& expected,
                const world::World& world, std::string* why);

// The name that c10 has for the call: "init_pyobj".
std::string_view call_name(world::SlotCall call);

// The call in the words of a report: "init x0 maybe by A with p0".
std::string describe(const world::CallRecord& call);

// What a call gave, likewise: "p0", "nothing", "error: ...".
std::string describe_result(const world::CallRecord& call);

}  // namespace slotproof::oracle
