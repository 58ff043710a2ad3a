#include "explore/explain.h"

#include "choice/random_source.h"

namespace slotproof::explore {
namespace {

// Lets another source choose threads, and nothing else: loads read the newest store, stores come at
// the end of the modification order, and no compare-exchange fails for no reason. What is left is
// an interleaving.
class Interleaving final : public choice::Source {
 public:
  explicit Interleaving(choice::Source& threads) : threads_(threads) {}

  std::uint32_t choose(std::uint32_t bound, choice::Kind kind) override {
    return kind == choice::Kind::kThread ? threads_.choose(bound, kind) : 0;
  }

 private:
  choice::Source& threads_;
};

bool is_wanted(Runner& runner, const program::Program& program, choice::Source& source,
               const Wanted& wanted, choice::ChoiceSequence* made = nullptr) {
  runner.run(program, source);
  const program::Case ran{program, runner.choices()};
  if (made != nullptr) *made = ran.choices;
  return wanted(runner, ran);
}

}  // namespace

Needs needs_of(Runner& runner, const program::Case& failing, const Wanted& wanted,
               std::uint64_t runs) {
  Needs needs;
  const std::vector<choice::Choice>& choices = failing.choices.choices;
  for (std::size_t c = 0; c < choices.size(); ++c) {
    if (choices[c].answer == 0) continue;
    choice::ChoiceSequence without = failing.choices;
    without.choices[c].answer = 0;
    choice::ReplaySource source(without);
    needs.deviations.push_back(
        {c, choices[c], !is_wanted(runner, failing.program, source, wanted)});
  }
  const auto found_by = [&](choice::Source& threads) {
    Interleaving source(threads);
    choice::ChoiceSequence made;
    ++needs.runs;
    if (is_wanted(runner, failing.program, source, wanted, &made)) {
      needs.sequentially_consistent = std::move(made);
    }
    return needs.sequentially_consistent.has_value();
  };
  // Only the choices of threads are asked of it, so that the others must not stand in between.
  choice::ChoiceSequence threads;
  for (const choice::Choice& choice : choices) {
    if (choice.kind == choice::Kind::kThread) threads.choices.push_back(choice);
  }
  choice::ReplaySource same(threads);
  if (found_by(same)) return needs;
  for (std::uint64_t seed = 0; seed < runs; ++seed) {
    choice::RandomSource random(seed);
    if (found_by(random)) break;
  }
  return needs;
}

}  // namespace slotproof::explore
