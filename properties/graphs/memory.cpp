// Random programs of properties/cross_check, and litmus tests: is each of their graphs met, once?
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "choice/random_source.h"
#include "compare.h"
#include "files.h"
#include "generator.h"
#include "litmus/simulation.h"

namespace {

using namespace slotproof;  // NOLINT(google-build-using-namespace): its layers

constexpr int kDisagree = 1;
constexpr int kBadUsage = 2;

struct Options {
  std::uint64_t seed = 1;
  std::uint64_t programs = 1'000;
  std::uint64_t most = 3'000;
  std::vector<std::string> files;
};

class Check {
 public:
  explicit Check(std::uint64_t most) : most_(most) {}

  // Gives whether the two explorations of the test agree.
  bool agrees(const litmus::Test& test, const std::string& name, bool shares_mutexes) {
    litmus::Simulation simulation(machine_, test);
    const graphs::Comparison c = graphs::compare(
        machine_, most_, shares_mutexes,
        [&](choice::Source& source) { return litmus::print(test, simulation.run(source)); });
    if (!c.plain.complete) ++large_;
    ++programs_;
    runs_ += c.plain.complete ? c.plain.runs : 0;
    graphs_ += c.reduced.graphs.size();
    reduced_ += c.reduced.runs;
    blocked_ += c.blocked;
    if (!c.complaint.empty()) fmt::print("{}:\n{}{}\n", name, c.complaint, litmus::print(test));
    return c.complaint.empty();
  }

  void print_summary() const {
    fmt::print(
        "{} programs, {} of them too large; {} choice sequences, {} graphs, met by {} runs and {} "
        "that led nowhere\n",
        programs_, large_, runs_, graphs_, reduced_, blocked_);
  }

 private:
  std::uint64_t most_;
  machine::Machine machine_;
  std::uint64_t programs_ = 0, large_ = 0, runs_ = 0, graphs_ = 0, reduced_ = 0, blocked_ = 0;
};

bool check_random_programs(Check& check, const Options& options) {
  for (std::uint64_t i = 0; i < options.programs; ++i) {
    choice::SplitMix64 random(options.seed + i);
    const std::string name = fmt::format("--seed {} --programs 1", options.seed + i);
    if (!check.agrees(cross_check::random_test(random), name, false)) return false;
  }
  return true;
}

bool check_files(Check& check, const Options& options) {
  bool agree = true;
  for (const std::string& file : cross_check::tests_in(options.files)) {
    const litmus::Test test = cross_check::read_test(file);
    // Which of the two verdicts it is that an access and a free get which nothing orders depends
    // on which comes first, and that is no matter of the graph.
    if (test.states && test.states->contains({machine::Halt::kDataRace, {}}) &&
        test.states->contains({machine::Halt::kAddress, {}})) {
      continue;
    }
    const bool shares = litmus::print(test).find("rwlock_t") != std::string::npos;
    agree &= check.agrees(test, file, shares);
  }
  return agree;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Compares the exploration of graphs with that of all choice sequences.",
               "graphs_memory");
  Options options;
  app.add_option("--seed", options.seed, "The first program's; each has the next")
      ->capture_default_str();
  app.add_option("--programs", options.programs, "How many random programs")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--most", options.most, "Leave a program alone that has more choice sequences")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("FILE", options.files, "These litmus tests instead; folders");
  app.footer("Exit code: 0 if they agree, 1 if not, 2 for bad usage or input.");
  CLI11_PARSE(app, argc, argv);
  try {
    Check check(options.most);
    const bool agree =
        options.files.empty() ? check_random_programs(check, options) : check_files(check, options);
    check.print_summary();
    return agree ? 0 : kDisagree;
  } catch (const std::exception& e) {
    fmt::print(stderr, "graphs_memory: {}\n", e.what());
    return kBadUsage;
  }
}
