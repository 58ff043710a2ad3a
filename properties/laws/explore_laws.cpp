// Laws of searching and shrinking. They need something to find: planted bugs.
#include <array>
#include <cstdint>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>

#include "choice/odometer.h"
#include "choice/random_source.h"
#include "explore/runner.h"
#include "explore/search.h"
#include "explore/shrink.h"
#include "law.h"
#include "world/load_slot.h"

namespace slotproof::laws {

// A bug and where a search for it starts.
struct Planted {
  int mutant = 0;
  std::uint64_t seed = 0;
};

constexpr std::array kMutants = {"claim-by-load-and-store", "claim-relaxed",
                                 "destroy-decrefs-twice", "loser-gets-runtime-error"};

void showValue(const Planted& planted, std::ostream& os) {
  os << "mutant:" << kMutants[static_cast<std::size_t>(planted.mutant)] << " from seed "
     << planted.seed;
}

}  // namespace slotproof::laws

namespace rc {
template <>
struct Arbitrary<slotproof::laws::Planted> {
  static Gen<slotproof::laws::Planted> arbitrary() {
    using slotproof::laws::kMutants;
    return [](Random random, int /*size*/) {
      const auto mutant = static_cast<int>(random.next() % kMutants.size());
      return shrinkable::just(slotproof::laws::Planted{mutant, random.next()});
    };
  }
};
}  // namespace rc

namespace slotproof::laws {
namespace {

using oracle::Verdict;
using program::Program;

explore::Runner& runner_of(const Planted& planted) {
  static std::array<std::unique_ptr<explore::Runner>, kMutants.size()> runners;
  auto& runner = runners[static_cast<std::size_t>(planted.mutant)];
  if (runner == nullptr) {
    std::string error;
    const std::string name = kMutants[static_cast<std::size_t>(planted.mutant)];
    world::SlotLibrary* const library = world::load_slot("mutant:" + name, error);
    if (library == nullptr) throw std::runtime_error(error);
    runner = std::make_unique<explore::Runner>(*library);
    runner->set_witness(&explore::BlackBox::instance());
  }
  return *runner;
}

constexpr std::uint64_t kRunsToFind = 100'000;

SLOW_LAW(ExploreLaws, ShrinkingKeepsTheVerdictAndNeverGrows, 40, (const Planted& planted)) {
  explore::Runner& runner = runner_of(planted);
  const auto found = explore::random_search(runner, nullptr, planted.seed, kRunsToFind).finding;
  RC_ASSERT(found.has_value());
  const Verdict verdict = found->judgement.verdict;
  const explore::Shrunk shrunk = explore::shrink(runner, found->test_case, explore::gets(verdict));
  RC_ASSERT(shrunk.judgement.verdict == verdict);
  RC_ASSERT(shrunk.test_case.program.operations() <= found->test_case.program.operations());
  choice::ReplaySource replay(shrunk.test_case.choices);
  RC_ASSERT(runner.run(shrunk.test_case.program, replay).verdict == verdict);
  RC_ASSERT(!replay.diverged());
}

SLOW_LAW(ExploreLaws, WhatWasShrunkCannotBeShrunkFurther, 40, (const Planted& planted)) {
  explore::Runner& runner = runner_of(planted);
  const auto found = explore::random_search(runner, nullptr, planted.seed, kRunsToFind).finding;
  RC_ASSERT(found.has_value());
  const explore::Wanted wanted = explore::gets(found->judgement.verdict);
  const program::Case once = explore::shrink(runner, found->test_case, wanted).test_case;
  RC_ASSERT(explore::shrink(runner, once, wanted).test_case == once);
}

// One operation each of two threads, which meet.
Program tiny_program(std::uint64_t seed) {
  choice::SplitMix64 numbers(seed);
  Program tiny;
  for (int t = 0; t < 2; ++t) {
    const Program random = explore::random_program(numbers);
    for (const auto& thread : random.threads) {
      if (thread.empty() || !tiny.threads[t].empty()) continue;
      program::Operation o = thread.front();
      if (o.verb != program::Verb::kTransfer) o.tensor = 0;
      tiny.threads[t].push_back(o);
    }
  }
  return tiny;
}

SLOW_LAW(ExploreLaws, TheExplorersAgree, 20, (const Planted& planted)) {
  constexpr int kAll = 20'000;
  constexpr int kRandom = 200;
  explore::Runner& runner = runner_of(planted);
  const Program program = tiny_program(planted.seed);

  std::set<Verdict> all;
  choice::Odometer odometer;
  int executions = 0;
  do {
    all.insert(runner.run(program, odometer).verdict);
    RC_PRE(++executions <= kAll);
  } while (odometer.next());

  for (const Verdict verdict : all) {
    RC_ASSERT(
        explore::deviation_search(runner, program, explore::gets(verdict), 10 * kAll).finding);
  }
  choice::SplitMix64 seeds(planted.seed);
  for (int run = 0; run < kRandom; ++run) {
    choice::RandomSource source(seeds.next());
    RC_ASSERT(all.contains(runner.run(program, source).verdict));
  }
}

}  // namespace
}  // namespace slotproof::laws
