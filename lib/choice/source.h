// The one place where nondeterminism enters a run.
//
// Whatever a run may do in more than one way (which thread goes on, which store a load reads,
// whether a weak compare-exchange fails) is asked here as a bounded number. libFuzzer's bytes, a
// random walk, an exhaustive search and a replayer are all just different `Source`s.
#pragma once

#include <cstdint>
#include <span>

namespace slotproof::choice {

// What a question is about. The letter is the kind's name in the text form of a choice sequence.
enum class Kind : std::uint8_t {
  kThread,    // 't': which runnable thread goes on; 0 = the one that ran last, if it still can
  kStore,     // 's': which store an atomic load reads; 0 = the newest in modification order
  kPlace,     // 'p': where a store enters the modification order; 0 = at its end
  kSpurious,  // 'w': whether a weak compare-exchange fails though it could succeed; 0 = it succeeds
};

inline constexpr int kKinds = 4;

// The letter of `kind` in text.
constexpr char letter(Kind kind) { return "tspw"[static_cast<int>(kind)]; }

// Answers bounded questions. Not thread-safe: one source serves one run at a time.
class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  // Gives a number in [0, bound). `bound` is at least 2 (a question with one answer is not asked).
  // 0 is always the dullest answer, so a source that has run out answers 0 and the rest of the run
  // is plain.
  virtual std::uint32_t choose(std::uint32_t bound, Kind kind) = 0;

  // A question of kind kThread: answer i is threads[i]. For sources to which it matters who is
  // meant; to all others it is a question like any other.
  virtual std::uint32_t choose_thread(std::span<const std::uint8_t> threads) {
    return choose(static_cast<std::uint32_t>(threads.size()), Kind::kThread);
  }
};

// Answers 0 to everything: threads run one after the other, loads read the newest store.
class DullSource final : public Source {
 public:
  std::uint32_t choose(std::uint32_t /*bound*/, Kind /*kind*/) override { return 0; }
};

}  // namespace slotproof::choice
