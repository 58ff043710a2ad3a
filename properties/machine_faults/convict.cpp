// Tries a machine: with litmus tests and with random programs, each up to the first conviction.
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "check.h"
#include "choice/random_source.h"
#include "files.h"
#include "generator.h"
#include "litmus/simulation.h"

namespace {

using namespace slotproof;  // NOLINT(google-build-using-namespace): its layers

constexpr std::uint64_t kMostOfTest = 2'000'000;
constexpr std::uint64_t kPrograms = 200;
constexpr std::uint64_t kMostOfProgram = 3'000;

// The first test that is not as it says, or an empty string.
std::string convicted_by_litmus(machine::Machine& machine, const char* folder) {
  for (const std::string& file : cross_check::tests_in({folder})) {
    const litmus::Test test = cross_check::read_test(file);
    const litmus::Exploration exploration = litmus::explore(machine, test, kMostOfTest);
    const litmus::Judgement judgement = litmus::judge(test, exploration);
    if (judgement.good()) continue;
    std::string how = test.name;
    if (!judgement.complete) how += "\n  which has too many executions";
    for (const litmus::State& state : judgement.forbidden) {
      how += fmt::format("\n  observed and not allowed: {}", litmus::print(test, state));
    }
    for (const litmus::State& state : judgement.missing) {
      how += fmt::format("\n  allowed and not observed: {}", litmus::print(test, state));
    }
    return how;
  }
  return {};
}

// The first random program about which machine and axioms disagree, or an empty string.
std::string convicted_by_cross_check(machine::Machine& machine) {
  for (std::uint64_t seed = 1; seed <= kPrograms; ++seed) {
    choice::SplitMix64 random(seed);
    const litmus::Test test = cross_check::random_test(random);
    const cross_check::Check check =
        cross_check::check_against_axioms(machine, test, kMostOfProgram);
    if (!check.complaint.empty()) return fmt::format("seed {}\n{}", seed, check.complaint);
  }
  return {};
}

}  // namespace

// convict FOLDER-OF-LITMUS-TESTS
int main(int argc, char** argv) {
  if (argc != 2) return 2;
  machine::Machine machine;
  const std::string by_litmus = convicted_by_litmus(machine, argv[1]);
  const std::string by_cross_check = convicted_by_cross_check(machine);
  fmt::print("litmus tests: {}\n", by_litmus.empty() ? "acquitted" : "convicted by " + by_litmus);
  fmt::print("random programs: {}\n",
             by_cross_check.empty() ? "acquitted" : "convicted by " + by_cross_check);
}
