#include "oracle/linearizability.h"

#include <cstdint>
#include <set>
#include <utility>

namespace slotproof::oracle {
namespace {

using world::CallRecord;
using world::World;

constexpr int kMaxNodes = 100'000;

// Which calls are placed, 64 to a word: std::vector<bool> compares and copies bit by bit.
class Placed {
 public:
  explicit Placed(std::size_t calls) : words_((calls + 63) / 64) {}

  bool operator[](std::size_t call) const { return (words_[call / 64] >> call % 64 & 1) != 0; }
  void flip(std::size_t call) { words_[call / 64] ^= std::uint64_t{1} << call % 64; }

  friend auto operator<=>(const Placed&, const Placed&) = default;

 private:
  std::vector<std::uint64_t> words_;
};

class Search {
 public:
  Search(const World& world, std::vector<const CallRecord*> calls)
      : world_(world), calls_(std::move(calls)), placed_(calls_.size()) {}

  // Whether some order fits; `final_state` is then the state behind it.
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
      const bool fits =
          !call.finished || compare(state, call, expected, world_, nullptr) == Verdict::kPass;
      if (!fits && placed >= blame_.placed) blame_ = {placed + 1, c, state};
      placed_.flip(c);
      if (fits && run(expected.next, placed + 1, final_state)) return true;
      if (!call.finished && run(state, placed + 1, final_state)) return true;  // without effect
      placed_.flip(c);
    }
    return false;
  }

  bool exhausted() const { return nodes_ >= kMaxNodes; }

  // The call that stopped the order which came furthest, and the state that it met. `placed` is 0
  // if no call contradicted the model.
  struct Blame {
    std::size_t placed = 0;
    std::size_t call = 0;
    SlotState state;
  };
  const Blame& blame() const { return blame_; }

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
  std::set<std::pair<Placed, SlotState>> seen_;  // nodes: the state is that behind what is placed
  Blame blame_;
  int nodes_ = 0;
};

}  // namespace

Linearization linearize(const World& world, int tensor) {
  Linearization result;
  const auto as_begun = fits_as_begun(world, tensor, [](const SlotState&, const CallRecord&) {});
  if (as_begun) {
    result.final_state = *as_begun;
    return result;
  }

  const std::vector<CallRecord>& calls = world.calls();
  std::vector<const CallRecord*> own;
  for (const CallRecord& call : calls) {
    if (call.tensor == tensor) own.push_back(&call);
  }
  Search search(world, own);
  if (search.run({}, 0, result.final_state)) return result;
  const Search::Blame& blame = search.blame();
  if (search.exhausted() || blame.placed == 0) {
    result.verdict = search.exhausted() ? Verdict::kStepLimit : Verdict::kHarness;
    result.why = search.exhausted() ? "too many orders of the calls to try"
                                    : "no order of the calls keeps what happens before what";
    return result;
  }
  const CallRecord& blamed = *own[blame.call];
  result.call = static_cast<int>(own[blame.call] - calls.data());
  result.verdict = compare(blame.state, blamed, step(blame.state, blamed), world, &result.why);
  return result;
}

}  // namespace slotproof::oracle
