#include "oracle/cells.h"

#include <algorithm>
#include <vector>

#include "oracle/linearizability.h"

namespace slotproof::oracle {
namespace {

using world::CallRecord;
using world::kNobody;
using world::Misuse;
using world::SlotCall;
using world::Status;

// The indexes of kCellOperationNames.
enum Operation : std::uint8_t {
  kConstruct,
  kDestruct,
  kInitDefinitely,
  kInitMaybe,
  kInitUs,
  kInitOther,
  kCheck,
  kCheckIgnore,
  kInterpreter,
  kLoad,
  kIsTagged,
  kHasObject,
  kObject,
  kOwns,
  kSetOwns,
  kClear,
  kDestroy,
  kMisuseNull,
  kMisuseOdd,
  kMisuseStatus,
};
static_assert(kMisuseStatus + 1 == kCellOperations);

Operation init_operation(Status status) {
  switch (status) {
    case Status::kDefinitely: return kInitDefinitely;
    case Status::kMaybe: return kInitMaybe;
    case Status::kUs: return kInitUs;
    case Status::kOther: break;
  }
  return kInitOther;
}

Operation operation_of(const CallRecord& call) {
  switch (call.misuse) {
    case Misuse::kUntaggedLoad:
    case Misuse::kOwningNothing:
    case Misuse::kNone: break;
    case Misuse::kNullInterpreter: return kMisuseNull;
    case Misuse::kOddObject: return kMisuseOdd;
    case Misuse::kUnknownStatus: return kMisuseStatus;
  }
  switch (call.call) {
    case SlotCall::kConstruct: return kConstruct;
    case SlotCall::kDestruct: return kDestruct;
    case SlotCall::kInit: return init_operation(call.status);
    case SlotCall::kCheck: return call.ignore ? kCheckIgnore : kCheck;
    case SlotCall::kInterpreter: return kInterpreter;
    case SlotCall::kLoad: return kLoad;
    case SlotCall::kIsTaggedBy: return kIsTagged;
    case SlotCall::kHasObject: return kHasObject;
    case SlotCall::kObject: return kObject;
    case SlotCall::kOwns: return kOwns;
    case SlotCall::kSetOwns: return kSetOwns;
    case SlotCall::kClear: return kClear;
    case SlotCall::kDestroyObject: break;
  }
  return kDestroy;
}

AbstractState abstract_state(const SlotState& state, const CallRecord& call) {
  AbstractState seen;
  seen.hermetic = call.hermetic;
  const bool tagged = state.tag != kNobody;
  if (call.self == kNobody) {
    seen.tag = tagged ? SeenTag::kSomeDetached : SeenTag::kNoneDetached;
  } else if (tagged) {
    seen.tag = state.tag == call.self ? SeenTag::kMine : SeenTag::kOther;
  }
  if (state.object != kNobody) seen.object = state.owns ? SeenObject::kOwned : SeenObject::kPresent;
  return seen;
}

}  // namespace

const std::array<AbstractState, kAbstractStates>& abstract_states() {
  static const auto kStates = [] {
    std::array<AbstractState, kAbstractStates> states;
    std::size_t next = 0;
    for (const bool hermetic : {false, true}) {
      for (std::size_t t = 0; t < kSeenTagNames.size(); ++t) {
        const auto tag = static_cast<SeenTag>(t);
        const bool tagged = tag != SeenTag::kNone && tag != SeenTag::kNoneDetached;
        states[next++] = {tag, SeenObject::kNull, hermetic};
        if (!tagged) continue;
        states[next++] = {tag, SeenObject::kPresent, hermetic};
        states[next++] = {tag, SeenObject::kOwned, hermetic};
      }
    }
    return states;
  }();
  return kStates;
}

int cell_operation(const CallRecord& call) { return operation_of(call); }

Cell cell_of(const SlotState& state, const CallRecord& call) {
  const auto& states = abstract_states();
  const auto at = std::ranges::find(states, abstract_state(state, call));
  return {operation_of(call), static_cast<int>(at - states.begin())};
}

bool reachable(const Cell& cell) {
  const auto& [tag, object, hermetic] = abstract_states()[cell.state];
  const bool attached = tag != SeenTag::kNoneDetached && tag != SeenTag::kSomeDetached;
  switch (static_cast<Operation>(cell.operation)) {
    // Tensors are made before the threads are, by nobody's Python.
    case kConstruct: return tag == SeenTag::kNoneDetached && !hermetic;
    // An object that the slot knows and does not own keeps the tensor alive.
    case kDestruct: return object != SeenObject::kPresent;
    case kInitDefinitely: return tag == SeenTag::kNone;
    // Whoever inits has looked before, under the GIL, and found no object of its own there.
    case kInitMaybe:
    case kInitOther: return attached && (tag != SeenTag::kMine || object == SeenObject::kNull);
    case kInitUs: return tag == SeenTag::kMine && object == SeenObject::kNull;
    // An interpreter is among the arguments.
    case kCheck:
    case kCheckIgnore:
    case kIsTagged:
    case kMisuseNull:
    case kMisuseOdd:
    case kMisuseStatus: return attached;
    // All may ask for the tag.
    case kInterpreter:
    case kLoad:
    case kHasObject: return true;
    // The object word is for those alone who hold the GIL of the tag.
    case kObject:
    case kOwns:
    case kSetOwns:
    case kDestroy: return tag == SeenTag::kMine;
    // It would leak what is owned.
    case kClear: return tag == SeenTag::kMine && object != SeenObject::kOwned;
  }
  return false;
}

int reachable_cells() {
  int count = 0;
  for (int o = 0; o < kCellOperations; ++o) {
    for (int s = 0; s < kAbstractStates; ++s) count += reachable({o, s}) ? 1 : 0;
  }
  return count;
}

void Cells::add(const world::World& world) {
  std::vector<Cell> cells;
  for (int x = 0; x < world::kTensors; ++x) {
    cells.clear();
    const bool fits = fits_as_begun(world, x, [&](const SlotState& state, const CallRecord& call) {
                        cells.push_back(cell_of(state, call));
                      }).has_value();
    if (!fits) continue;
    for (const Cell& cell : cells) ++hits_[cell.operation][cell.state];
  }
}

int Cells::reached() const {
  int count = 0;
  for (int o = 0; o < kCellOperations; ++o) {
    for (int s = 0; s < kAbstractStates; ++s) {
      count += reachable({o, s}) && hits_[o][s] != 0 ? 1 : 0;
    }
  }
  return count;
}

}  // namespace slotproof::oracle
