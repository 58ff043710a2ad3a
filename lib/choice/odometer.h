// Every choice sequence of a program, in lexicographic order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "choice/choice_sequence.h"

namespace slotproof::choice {

// Enumerates all runs: use it as the source of a run, then `next()`, and again until `next()` gives
// false. The plain reference search: no reduction, so equivalent runs are visited once for each of
// their schedules.
class Odometer final : public Source {
 public:
  std::uint32_t choose(std::uint32_t bound, Kind kind) override {
    if (at_ == path_.size()) path_.push_back({kind, 0, bound});
    return path_[at_++].answer;
  }

  // Gives the same answers once more.
  void again() { at_ = 0; }

  // Turns to the next sequence: the last choice that has an answer left takes it, those behind it
  // are forgotten. Gives false when all sequences were visited.
  bool next() {
    again();
    while (!path_.empty() && path_.back().answer + 1 == path_.back().bound) path_.pop_back();
    if (path_.empty()) return false;
    ++path_.back().answer;
    return true;
  }

 private:
  std::vector<Choice> path_;
  std::size_t at_ = 0;
};

}  // namespace slotproof::choice
