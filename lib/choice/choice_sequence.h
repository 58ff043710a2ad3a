// A run's choices as a value: recorded, compared, printed, pasted back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "choice/source.h"

namespace slotproof::choice {

// One answered question. `bound` is 0 in a sequence that was parsed from text, which does not carry
// bounds.
struct Choice {
  Kind kind = Kind::kThread;
  std::uint32_t answer = 0;
  std::uint32_t bound = 0;

  // Bounds follow from the run, and so does what a dull answer was about.
  friend bool operator==(const Choice& a, const Choice& b) {
    return a.answer == b.answer && (a.answer == 0 || a.kind == b.kind);
  }
};

// The choices of a run, in the order in which they were asked.
//
// Text form, version 1: `v1:` and then, for every answer that is not 0, the number of dull answers
// before it (left out when there are none), the kind's letter and the answer; dull answers at the
// end are dropped. So `v1:3t1.s2` says: three times 0, thread 1, then at once store 2, then 0 for
// ever. Tokens are separated by dots.
struct ChoiceSequence {
  std::vector<Choice> choices;

  // The text form. parse(print()) is this sequence without its dull tail.
  std::string print() const;

  // Takes the text form. On bad text returns false and describes the first mistake in `error`, with
  // its position; `into` is then unchanged. A sequence longer than kMaxLength choices is refused.
  static bool parse(std::string_view text, ChoiceSequence& into, std::string& error);

  // Drops the dull answers at the end: they are what an exhausted source gives anyway.
  void trim();

  static constexpr std::size_t kMaxLength = std::size_t{1} << 20;

  friend bool operator==(const ChoiceSequence&, const ChoiceSequence&) = default;
};

// Passes questions on to another source and keeps the answers.
class RecordingSource final : public Source {
 public:
  // Begins a new recording; `inner` answers from now on.
  void restart(Source& inner) {
    inner_ = &inner;
    recorded_.choices.clear();
  }

  std::uint32_t choose(std::uint32_t bound, Kind kind) override {
    const std::uint32_t answer = inner_->choose(bound, kind);
    recorded_.choices.push_back({kind, answer, bound});
    return answer;
  }

  std::uint32_t choose_thread(std::span<const std::uint8_t> threads) override {
    const std::uint32_t answer = inner_->choose_thread(threads);
    recorded_.choices.push_back(
        {Kind::kThread, answer, static_cast<std::uint32_t>(threads.size())});
    return answer;
  }

  const ChoiceSequence& recorded() const { return recorded_; }

 private:
  Source* inner_ = nullptr;
  ChoiceSequence recorded_;
};

// Answers from a sequence. Lenient: an answer beyond the bound becomes the largest possible one,
// and where the kind asked differs from the kind recorded the answer is taken all the same;
// `diverged()` then says that the run was not the recorded one. Shrinking relies on the leniency,
// replaying checks the flag.
class ReplaySource final : public Source {
 public:
  // Keeps a reference: `sequence` must outlive this object.
  explicit ReplaySource(const ChoiceSequence& sequence) : sequence_(sequence) {}

  std::uint32_t choose(std::uint32_t bound, Kind kind) override {
    if (next_ == sequence_.choices.size()) return 0;
    const Choice& recorded = sequence_.choices[next_++];
    // A dull answer parsed from text does not know its kind.
    if (recorded.answer != 0 && recorded.kind != kind) diverged_ = true;
    if (recorded.answer < bound) return recorded.answer;
    diverged_ = true;
    return bound - 1;
  }

  // True if the run asked something else than what was recorded.
  bool diverged() const { return diverged_; }
  // How many recorded choices were used.
  std::size_t used() const { return next_; }

 private:
  const ChoiceSequence& sequence_;
  std::size_t next_ = 0;
  bool diverged_ = false;
};

}  // namespace slotproof::choice
