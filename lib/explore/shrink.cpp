#include "explore/shrink.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "explore/smaller.h"

namespace slotproof::explore {
namespace {

using program::Program;

// Runs that looking for a schedule of a smaller program may take, and for the final schedule.
constexpr std::uint64_t kRunsPerAttempt = 1500;
constexpr std::uint64_t kRunsForSchedule = 20'000;

std::size_t deviations(const choice::ChoiceSequence& choices) {
  return static_cast<std::size_t>(std::count_if(choices.choices.begin(), choices.choices.end(),
                                                [](const auto& c) { return c.answer != 0; }));
}

class Shrinker {
 public:
  Shrinker(Runner& runner, const program::Case& from, const Wanted& wanted,
           const Progress& progress)
      : runner_(runner), wanted_(wanted), progress_(progress) {
    best_.test_case = from;
    fails_ = take(from.program, from.choices);
    if (!fails_) best_.judgement = runner_.view().judgement;
  }

  Shrunk run() {
    if (!fails_) return std::move(best_);
    while (pass() && !stopped_) {
    }
    plain_schedule();
    return std::move(best_);
  }

 private:
  // Tries all smaller programs; where one fails too it goes on from there at the same place of the
  // list, where the next step of that kind is.
  bool pass() {
    bool any = false;
    std::vector<Program> candidates = smaller(best_.test_case.program);
    for (std::size_t c = 0; c < candidates.size() && !stopped_;) {
      if (try_program(candidates[c])) {
        any = true;
        candidates = smaller(best_.test_case.program);
      } else {
        ++c;
      }
    }
    return any;
  }

  // Takes `candidate` for the best if it fails too, under a schedule like the present one or a
  // plain one.
  bool try_program(const Program& candidate) {
    if (stopped_ || candidate == best_.test_case.program) return false;
    if (take(candidate, best_.test_case.choices)) return true;
    SearchResult found = deviation_search(runner_, candidate, wanted_, kRunsPerAttempt);
    return take(found);
  }

  // Runs `program` with `choices`, and takes the case that was run if it is wanted.
  bool take(const Program& program, const choice::ChoiceSequence& choices) {
    choice::ReplaySource source(choices);
    ++best_.runs;
    oracle::Judgement judgement = runner_.run(program, source);
    program::Case ran{program, runner_.choices()};
    if (!wanted_(runner_, ran)) return false;
    best_.test_case = std::move(ran);
    best_.judgement = std::move(judgement);
    return true;
  }

  bool take(SearchResult& found) {
    best_.runs += found.runs;
    if (progress_ && !progress_(best_.runs)) stopped_ = true;
    if (!found.finding) return false;
    best_.test_case = std::move(found.finding->test_case);
    best_.judgement = std::move(found.finding->judgement);
    return true;
  }

  // The plainest schedule that there is; where it takes too long to find, the present one without
  // what it can spare.
  void plain_schedule() {
    SearchResult found =
        deviation_search(runner_, best_.test_case.program, wanted_, kRunsForSchedule);
    if (take(found)) return;
    for (std::size_t c = 0; c < best_.test_case.choices.choices.size(); ++c) {
      choice::ChoiceSequence candidate = best_.test_case.choices;
      if (candidate.choices[c].answer == 0) continue;
      candidate.choices[c].answer = 0;
      const Shrunk before = best_;
      if (take(before.test_case.program, candidate) &&
          deviations(best_.test_case.choices) >= deviations(before.test_case.choices)) {
        best_.test_case = before.test_case;
        best_.judgement = before.judgement;
      }
    }
  }

  Runner& runner_;
  const Wanted& wanted_;
  const Progress& progress_;
  Shrunk best_;
  bool fails_ = false;
  bool stopped_ = false;
};

}  // namespace

Shrunk shrink(Runner& runner, const program::Case& from, const Wanted& wanted,
              const Progress& progress) {
  return Shrinker(runner, from, wanted, progress).run();
}

}  // namespace slotproof::explore
