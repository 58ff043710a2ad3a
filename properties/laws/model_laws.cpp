// Laws of the memory model.
#include <memory>

#include "axioms.h"
#include "choice/random_source.h"
#include "generator.h"
#include "law.h"
#include "litmus/simulation.h"
#include "litmus/test.h"
#include "machine/machine.h"

namespace slotproof::laws {

struct RandomTest {
  std::uint64_t seed = 0;
};

litmus::Test test_of(const RandomTest& random) {
  choice::SplitMix64 numbers(random.seed);
  return cross_check::random_test(numbers);
}

void showValue(const RandomTest& test, std::ostream& os) {
  os << '\n' << litmus::print(test_of(test));
}

}  // namespace slotproof::laws

namespace rc {
template <>
struct Arbitrary<slotproof::laws::RandomTest> {
  static Gen<slotproof::laws::RandomTest> arbitrary() {
    return [](Random random, int /*size*/) {
      return shrinkable::just(slotproof::laws::RandomTest{random.next()});
    };
  }
};
}  // namespace rc

namespace slotproof::laws {
namespace {

// Threads interleave at random, every load reads the newest store and every store is the last:
// sequential consistency.
class InterleavingSource final : public choice::Source {
 public:
  explicit InterleavingSource(std::uint64_t seed) : random_(seed) {}

  std::uint32_t choose(std::uint32_t bound, choice::Kind kind) override {
    return kind == choice::Kind::kThread ? random_.below(bound) : 0;
  }

 private:
  choice::SplitMix64 random_;
};

SLOW_LAW(ModelLaws, WhatSequentialConsistencyGivesIsAllowed, 4, (const RandomTest& random)) {
  constexpr int kSchedules = 20;
  const litmus::Test test = test_of(random);
  RC_PRE(cross_check::has_axioms(test));
  const litmus::States allowed = cross_check::allowed_states(test);
  machine::Machine machine{machine::Options{}};
  litmus::Simulation simulation(machine, test);
  for (std::uint64_t schedule = 0; schedule < kSchedules; ++schedule) {
    InterleavingSource source(random.seed + schedule);
    const litmus::State state = simulation.run(source);
    if (!allowed.contains(state)) RC_FAIL("it gives " + litmus::print(test, state));
  }
}

}  // namespace
}  // namespace slotproof::laws
