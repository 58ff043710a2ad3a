#include "oracle/linearizability.h"

#include <set>
#include <utility>

namespace slotproof::oracle {
namespace {

using world::CallRecord;
using world::World;

constexpr int kMaxNodes = 100'000;

// A node: which calls are placed, and the state behind them.
using Placed = std::vector<bool>;

class Search {
 public:
  Search(const World& world, std::vector<const CallRecord*> calls)
      : world_(world), calls_(std::move(calls)), placed_(calls_.size()) {}

  // Whether some order fits. `exhausted` says that the search gave up.
  bool run(const SlotState& state, std::size_t placed, SlotState& final_state) {
    if (placed == calls_.size()) {
      final_state = state;
      return true;
    }
    if (nodes_ >= kMaxNodes) return false;
    ++nodes_;
    if (!seen_.emplace(placed_, state).second) return false;
    for (std::size_t c = 0; c < calls_.size(); ++c) {
      if (placed_[c] || !minimal(c)) continue;
      const CallRecord& call = *calls_[c];
      const Expected expected = step(state, call);
      placed_[c] = true;
      const bool fits = !call.finished ||
                        compare(state, call, expected, world_, nullptr) == Verdict::kPass;
      if (fits && run(expected.next, placed + 1, final_state)) return true;
      if (!call.finished && run(state, placed + 1, final_state)) return true;  // without effect
      placed_[c] = false;
    }
    return false;
  }

  bool exhausted() const { return nodes_ >= kMaxNodes; }

 private:
  bool minimal(std::size_t c) const {
    for (std::size_t other = 0; other < calls_.size(); ++other) {
      if (other == c || placed_[other] || !calls_[other]->finished) continue;
      if (calls_[other]->happens_before(*calls_[c])) return false;
    }
    return true;
  }

  const World& world_;
  std::vector<const CallRecord*> calls_;
  Placed placed_;
  std::set<std::pair<Placed, SlotState>> seen_;
  int nodes_ = 0;
};

}  // namespace

Linearization linearize(const World& world, int tensor) {
  Linearization result;
  SlotState state;
  const std::vector<CallRecord>& calls = world.calls();
  bool fits = true;
  SlotState blamed_state;
  for (std::size_t c = 0; c < calls.size() && fits; ++c) {
    const CallRecord& call = calls[c];
    if (call.tensor != tensor) continue;
    const Expected expected = step(state, call);
    fits = call.finished && compare(state, call, expected, world, nullptr) == Verdict::kPass;
    if (!fits) {
      result.call = static_cast<int>(c);
      blamed_state = state;
    }
    state = expected.next;
  }
  if (fits) {
    result.final_state = state;
    return result;
  }

  std::vector<const CallRecord*> own;
  for (const CallRecord& call : calls) {
    if (call.tensor == tensor) own.push_back(&call);
  }
  Search search(world, std::move(own));
  if (search.run({}, 0, result.final_state)) {
    result.call = -1;
    return result;
  }
  if (search.exhausted()) {
    result.verdict = Verdict::kStepLimit;
    result.why = "too many orders of the calls to try";
    return result;
  }
  // No order fits; the first call that contradicts the order of execution is the one to show.
  const CallRecord& blamed = calls[result.call];
  result.verdict =
      blamed.finished
          ? compare(blamed_state, blamed, step(blamed_state, blamed), world, &result.why)
          : Verdict::kResult;
  if (!blamed.finished) result.why = "no order of the calls explains their results";
  return result;
}

}  // namespace slotproof::oracle
