// Which calls of a slot have been seen in which states: what random programs cover, and what not.
//
// A cell is an operation and an abstract state that it meets. The state is the caller's: a slot
// promises it no more than whether the tag is its own, whether there is an object, who owns that,
// and whether the caller is hermetic.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "oracle/model.h"
#include "world/history.h"
#include "world/world.h"

namespace slotproof::oracle {

// The tag as the caller sees it. A detached caller has no interpreter to compare it with.
enum class SeenTag : std::uint8_t { kNone, kMine, kOther, kNoneDetached, kSomeDetached };
inline constexpr std::array<std::string_view, 5> kSeenTagNames = {
    "untagged", "mine", "other", "detached untagged", "detached tagged"};

enum class SeenObject : std::uint8_t { kNull, kPresent, kOwned };
inline constexpr std::array<std::string_view, 3> kSeenObjectNames = {"null", "present", "owned"};

struct AbstractState {
  SeenTag tag = SeenTag::kNone;
  SeenObject object = SeenObject::kNull;  // kNull where there is no tag
  bool hermetic = false;

  friend bool operator==(const AbstractState&, const AbstractState&) = default;
};

inline constexpr int kAbstractStates = 22;

// All of them: first those of callers that are not hermetic, then the same of those that are.
const std::array<AbstractState, kAbstractStates>& abstract_states();

// What is called: world::SlotCall, but init_pyobj for each status, check_pyobj with and without
// ignore_hermetic_tls, and each misuse apart.
inline constexpr std::array<std::string_view, 20> kCellOperationNames = {
    "construct",  "destruct",   "init definitely", "init maybe",  "init us",
    "init other", "check",      "check ignore",    "interpreter", "load",
    "is_tagged",  "has_object", "object",          "owns",        "set_owns",
    "clear",      "destroy",    "misuse null",     "misuse odd",  "misuse status"};
inline constexpr int kCellOperations = static_cast<int>(kCellOperationNames.size());

struct Cell {
  int operation = 0;  // index of kCellOperationNames
  int state = 0;      // index of abstract_states()

  friend bool operator==(const Cell&, const Cell&) = default;
};

// What `call` is, as an index of kCellOperationNames.
int cell_operation(const world::CallRecord& call);

// The cell of `call`, made in `state`.
Cell cell_of(const SlotState& state, const world::CallRecord& call);

// Whether some program gets there with a right slot, as the protocol of callers and the contract
// say. One that is seen all the same contradicts this table, not the slot.
bool reachable(const Cell& cell);

// How many cells are reachable.
int reachable_cells();

// Counts, run after run.
class Cells {
 public:
  // Adds the calls of the last run of `world`, which the judge passed: each tensor's whose calls
  // fit the model in the order in which they began. (Others would need the order that linearize
  // finds, and there are few.)
  void add(const world::World& world);

  std::uint64_t hits(const Cell& cell) const { return hits_[cell.operation][cell.state]; }

  // How many of the reachable cells have been hit.
  int reached() const;

 private:
  std::array<std::array<std::uint64_t, kAbstractStates>, kCellOperations> hits_{};
};

}  // namespace slotproof::oracle
