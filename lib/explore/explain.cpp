#include "explore/explain.h"

#include <utility>

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

// Notes which event each question is about: the next one, or, as an access is an event before it is
// asked what it reads, the last.
class Listening final : public choice::Source {
 public:
  Listening(choice::Source& source, const machine::Machine& machine)
      : source_(source), machine_(machine) {}

  std::uint32_t choose(std::uint32_t bound, choice::Kind kind) override {
    events_.push_back(machine_.events().size() - (kind == choice::Kind::kThread ? 0 : 1));
    return source_.choose(bound, kind);
  }

  const std::vector<std::size_t>& events() const { return events_; }

 private:
  choice::Source& source_;
  const machine::Machine& machine_;
  std::vector<std::size_t> events_;
};

bool is_wanted(Runner& runner, const program::Program& program, choice::Source& source,
               const Wanted& wanted, choice::ChoiceSequence* made = nullptr) {
  runner.run(program, source);
  const program::Case ran{program, runner.choices()};
  if (made != nullptr) *made = ran.choices;
  return wanted(runner, ran);
}

}  // namespace

std::vector<Deviation> deviations_of(Runner& runner, const program::Case& failing,
                                     const Wanted& wanted) {
  std::vector<Deviation> deviations;
  const std::vector<choice::Choice>& choices = failing.choices.choices;
  for (std::size_t c = 0; c < choices.size(); ++c) {
    if (choices[c].answer == 0) continue;
    choice::ChoiceSequence without = failing.choices;
    without.choices[c].answer = 0;
    choice::ReplaySource source(without);
    const bool necessary = !is_wanted(runner, failing.program, source, wanted);
    deviations.push_back({.position = c, .choice = choices[c], .necessary = necessary});
  }
  choice::ReplaySource replay(failing.choices);
  Listening source(replay, runner.machine());
  runner.run(failing.program, source);
  for (Deviation& deviation : deviations) {
    const std::size_t event = source.events().at(deviation.position);
    if (event == runner.machine().events().size()) continue;
    deviation.event = static_cast<machine::EventIndex>(event);
  }
  return deviations;
}

Sequential without_weak_memory(Runner& runner, const program::Case& failing, const Wanted& wanted,
                               std::uint64_t schedules, Limits limits) {
  Sequential result;
  const auto found_by = [&](choice::Source& threads) {
    Interleaving source(threads);
    choice::ChoiceSequence made;
    ++result.schedules;
    if (is_wanted(runner, failing.program, source, wanted, &made)) {
      result.choices = std::move(made);
    }
    return result.choices.has_value();
  };
  // Only the choices of threads are asked of it, so that the others must not stand in between.
  choice::ChoiceSequence threads;
  for (const choice::Choice& choice : failing.choices.choices) {
    if (choice.kind == choice::Kind::kThread) threads.choices.push_back(choice);
  }
  choice::ReplaySource same(threads);
  if (found_by(same)) return result;
  for (std::uint64_t seed = 0; seed < schedules; ++seed) {
    choice::RandomSource random(seed);
    if (found_by(random)) return result;
  }
  limits.bounds.sequentially_consistent = true;
  result.all = exhaust(runner, failing.program, Enumeration::kReduced, limits);
  return result;
}

}  // namespace slotproof::explore
