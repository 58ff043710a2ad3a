#include "oracle/model.h"

#include <fmt/format.h>

namespace slotproof::oracle {

using world::CallRecord;
using world::kNobody;
using world::kUnknown;
using world::Raised;
using world::SlotCall;
using world::Status;
using world::World;

Expected step(const SlotState& state, const CallRecord& call) {
  Expected e;
  e.next = state;
  if (call.breaks_promise && call.result.raised == Raised::kError) {
    e.raised = Raised::kError;
    return e;
  }
  const auto gives = [&](int value) {
    e.has_value = true;
    e.value = value;
  };
  switch (call.call) {
    case SlotCall::kConstruct: e.next = {}; break;
    case SlotCall::kInit:
      if (call.misuse != world::Misuse::kNone) {
        e.raised = Raised::kError;
      } else if (call.status == Status::kOther ||
                 (state.tag != kNobody && state.tag != call.self)) {
        e.raised = Raised::kError;
      } else {
        e.next = {call.self, call.object, false};
      }
      break;
    case SlotCall::kCheck:
      if (state.tag == kNobody) break;
      if (state.tag != call.self || call.misuse != world::Misuse::kNone) {
        e.raised = Raised::kError;
      } else if (!call.hermetic || call.ignore) {
        gives(state.object);
      }
      break;
    case SlotCall::kInterpreter: gives(state.tag); break;
    case SlotCall::kLoad:
      if (state.tag == kNobody) {
        e.raised = Raised::kError;
      } else {
        gives(state.tag);
      }
      break;
    case SlotCall::kIsTaggedBy: gives(state.tag == call.self ? 1 : 0); break;
    case SlotCall::kHasObject: gives(state.tag != kNobody ? 1 : 0); break;
    case SlotCall::kObject: gives(state.object); break;
    case SlotCall::kOwns: gives(state.owns ? 1 : 0); break;
    case SlotCall::kSetOwns:
      if (call.flag && state.object == kNobody) {
        e.raised = Raised::kError;
      } else {
        e.next.owns = call.flag;
      }
      break;
    case SlotCall::kClear:
      e.next.object = kNobody;
      e.next.owns = false;
      break;
    case SlotCall::kDestruct:
    case SlotCall::kDestroyObject:
      if (!state.owns) break;
      e.decrefs = call.tag_unloaded ? 0 : 1;
      if (call.decref_threw) e.raised = Raised::kForeign;
      e.next.object = kNobody;
      e.next.owns = false;
      break;
  }
  return e;
}

std::string expected_text(const SlotState& state, const CallRecord& call, const World& world) {
  const auto pointer = [&](int interpreter) {
    const void* p = interpreter == kNobody ? nullptr : world.interpreter_handle(interpreter);
    return p == nullptr ? std::string("0") : fmt::format("{}", p);
  };
  if (call.breaks_promise || !world.features().has(world::Feature::kTexts)) return {};
  switch (call.call) {
    case SlotCall::kInit:
      if (call.misuse != world::Misuse::kNone) return {};
      return fmt::format(
          "cannot allocate PyObject for Tensor on interpreter {} that has already been used by "
          "another torch deploy interpreter {}",
          pointer(call.self), pointer(state.tag));
    case SlotCall::kCheck:
      if (call.misuse != world::Misuse::kNone) return {};
      return fmt::format(
          "cannot access PyObject for Tensor on interpreter {} that has already been used by "
          "another torch deploy interpreter {}",
          World::interpreter_name(call.self),
          call.tag_unloaded ? "<unloaded interpreter>" : World::interpreter_name(state.tag));
    case SlotCall::kLoad: return "cannot access PyObject for Tensor - no interpreter set";
    default: return {};
  }
}

namespace {

bool tells_of_tag(SlotCall call) {
  return call == SlotCall::kInterpreter || call == SlotCall::kLoad ||
         call == SlotCall::kIsTaggedBy || call == SlotCall::kHasObject;
}

std::string interpreter_or_none(int i) {
  if (i == kNobody) return "none";
  return i == kUnknown ? "an unknown pointer" : World::interpreter_name(i);
}

std::string object_or_null(int o) {
  if (o == kNobody) return "null";
  return o == kUnknown ? "an unknown pointer" : fmt::format("p{}", o);
}

std::string describe_value(SlotCall call, bool has_value, int value) {
  if (!has_value) return call == SlotCall::kCheck ? "nullopt" : "nothing";
  switch (call) {
    case SlotCall::kInterpreter:
    case SlotCall::kLoad: return interpreter_or_none(value);
    case SlotCall::kCheck:
    case SlotCall::kObject: return object_or_null(value);
    default: return value != 0 ? "true" : "false";
  }
}

std::string describe_state(const SlotState& s) {
  return fmt::format("tag {}, object {}{}", interpreter_or_none(s.tag), object_or_null(s.object),
                     s.owns ? ", owned by the slot" : "");
}

}  // namespace

std::string_view call_name(SlotCall call) {
  static constexpr std::string_view kNames[world::kSlotCalls] = {"construct",
                                                                 "destruct",
                                                                 "init_pyobj",
                                                                 "check_pyobj",
                                                                 "pyobj_interpreter",
                                                                 "load_pyobj_interpreter",
                                                                 "check_interpreter",
                                                                 "has_pyobj_nonhermetic",
                                                                 "_unchecked_untagged_pyobj",
                                                                 "owns_pyobj",
                                                                 "set_owns_pyobj",
                                                                 "unchecked_clear_pyobj",
                                                                 "maybe_destroy_pyobj"};
  return kNames[static_cast<int>(call)];
}

std::string describe(const CallRecord& call) {
  static constexpr const char* kStatusNames[world::kStatuses] = {
      "DEFINITELY_UNINITIALIZED", "MAYBE_UNINITIALIZED", "TAGGED_BY_US", "TAGGED_BY_OTHER"};
  std::string arguments;
  switch (call.call) {
    case SlotCall::kInit:
      arguments = fmt::format("{}, p{}{}, {}", interpreter_or_none(call.self), call.object,
                              call.misuse == world::Misuse::kOddObject ? " + 1" : "",
                              call.misuse == world::Misuse::kUnknownStatus
                                  ? "an unknown status"
                                  : kStatusNames[static_cast<int>(call.status)]);
      break;
    case SlotCall::kCheck:
      arguments = call.misuse == world::Misuse::kNone ? interpreter_or_none(call.self) : "nullptr";
      if (call.ignore) arguments += ", ignore_hermetic";
      break;
    case SlotCall::kIsTaggedBy:
    case SlotCall::kClear: arguments = interpreter_or_none(call.self); break;
    case SlotCall::kSetOwns: arguments = call.flag ? "true" : "false"; break;
    default: break;
  }
  return fmt::format("x{}.{}({})", call.tensor, call_name(call.call), arguments);
}

std::string describe_result(const CallRecord& call) {
  if (!call.finished) return "did not return";
  std::string text;
  switch (call.result.raised) {
    case Raised::kNothing:
      text = describe_value(call.call, call.result.has_value, call.value);
      break;
    case Raised::kError: text = fmt::format("threw \"{}\"", call.result.text); break;
    case Raised::kForeign:
      text = fmt::format("threw a foreign exception \"{}\"", call.result.text);
      break;
  }
  if (call.decrefs > 0) text += fmt::format(", {} decref", call.decrefs);
  return text;
}

Verdict compare(const SlotState& state, const CallRecord& call, const Expected& expected,
                const World& world, std::string* why) {
  // What is wanted is put into words only where somebody reads them.
  const auto differs = [&](Verdict verdict, auto&& wanted) {
    if (why != nullptr) {
      *why = fmt::format("{}: {}; with {} a right slot {}", describe(call), describe_result(call),
                         describe_state(state), wanted());
    }
    return verdict;
  };
  if (call.result.raised != expected.raised) {
    if (expected.raised != Raised::kNothing) {
      const bool second_winner = call.result.raised == Raised::kNothing &&
                                 call.call == SlotCall::kInit && call.status != Status::kOther &&
                                 call.misuse == world::Misuse::kNone;
      return differs(second_winner ? Verdict::kTag : Verdict::kException, [] { return "throws"; });
    }
    return differs(Verdict::kException, [] { return "does not throw"; });
  }
  if (call.result.raised == Raised::kError) {
    const std::string text = expected_text(state, call, world);
    if (!text.empty() && text != call.result.text) {
      return differs(Verdict::kException, [&] { return fmt::format("throws \"{}\"", text); });
    }
  }
  if (call.decrefs != expected.decrefs ||
      (call.decrefs != 0 && call.decref_object != state.object)) {
    return differs(Verdict::kOwnership, [&] {
      return expected.decrefs == 0 ? "calls no decref"
                                   : fmt::format("calls decref(p{}) once", state.object);
    });
  }
  if (call.result.has_value != expected.has_value || call.value != expected.value) {
    return differs(tells_of_tag(call.call) ? Verdict::kTag : Verdict::kResult, [&] {
      return "gives " + describe_value(call.call, expected.has_value, expected.value);
    });
  }
  return Verdict::kPass;
}

}  // namespace slotproof::oracle
