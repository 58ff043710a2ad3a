// Every choice sequence of a program, in lexicographic order.
#pragma once

#include <array>
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

// The same for the sequences with at most so many stale reads (answers to kStore that are not 0)
// and at most so many detours (other answers that are not 0). Without stale reads these are the
// schedules of Emmi, Qadeer, Rakamaric (Delay-bounded scheduling, POPL 2011), except that a delay
// may be long.
class BoundedOdometer final : public Source {
 public:
  BoundedOdometer(std::uint32_t stale_reads, std::uint32_t detours) : left_{stale_reads, detours} {}

  std::uint32_t choose(std::uint32_t bound, Kind kind) override {
    if (at_ == path_.size()) path_.push_back({kind, 0, bound});
    return path_[at_++].answer;
  }

  bool next() {
    at_ = 0;
    for (; !path_.empty(); path_.pop_back()) {
      Choice& last = path_.back();
      std::uint32_t& left = left_[last.kind == Kind::kStore ? 0 : 1];
      if (last.answer == 0 && left == 0) continue;
      if (last.answer + 1 < last.bound) {
        if (last.answer++ == 0) --left;
        return true;
      }
      ++left;
    }
    return false;
  }

 private:
  std::vector<Choice> path_;
  std::size_t at_ = 0;
  std::array<std::uint32_t, 2> left_;  // stale reads and detours that the sequence may still have
};

}  // namespace slotproof::choice
