// Random programs of slots: is each of their graphs met, and each verdict?
#include <algorithm>
#include <cstdint>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "choice/random_source.h"
#include "compare.h"
#include "explore/runner.h"
#include "explore/search.h"
#include "program/text.h"
#include "world/load_slot.h"

namespace {

using namespace slotproof;  // NOLINT(google-build-using-namespace): its layers

constexpr int kDisagree = 1;
constexpr int kBadUsage = 2;
constexpr std::size_t kMostOperations = 5;

// A random program cut down to what has not too many schedules.
program::Program small_program(choice::SplitMix64& random, const program::Language& language) {
  program::Program program = explore::random_program(random, language);
  std::size_t operations = 0;
  for (auto& thread : program.threads) {
    thread.resize(std::min({thread.size(), std::size_t{3}, kMostOperations - operations}));
    operations += thread.size();
  }
  return program;
}

bool shares_mutexes(const program::Program& program) {
  return std::ranges::any_of(program.threads, [](const auto& thread) {
    return std::ranges::any_of(
        thread, [](const program::Operation& o) { return o.verb == program::Verb::kFinalise; });
  });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Compares the exploration of graphs with that of all choice sequences.",
               "graphs_slots");
  std::uint64_t seed = 1;
  std::uint64_t programs = 1'000;
  std::uint64_t most = 3'000;
  std::string slot = "native";
  app.add_option("--seed", seed, "The first program's; each has the next")->capture_default_str();
  app.add_option("--programs", programs, "How many random programs")->capture_default_str();
  app.add_option("--most", most, "Leave a program alone that has more choice sequences")
      ->capture_default_str();
  app.add_option("--slot", slot, "The slot")->capture_default_str();
  app.footer("Exit code: 0 if they agree, 1 if not, 2 for bad usage.");
  CLI11_PARSE(app, argc, argv);
  std::string error;
  world::SlotLibrary* const library = world::load_slot(slot, error);
  if (library == nullptr) {
    fmt::print(stderr, "graphs_slots: {}\n", error);
    return kBadUsage;
  }
  explore::Runner runner(*library);
  std::uint64_t large = 0, sequences = 0, graphs = 0, runs = 0;
  for (std::uint64_t i = 0; i < programs; ++i) {
    choice::SplitMix64 random(seed + i);
    const program::Program program = small_program(random, {runner.features(), {}});
    const graphs::Comparison c = graphs::compare(
        runner.machine(), most, shares_mutexes(program), [&](choice::Source& source) {
          return std::string(oracle::name(runner.run(program, source).verdict));
        });
    if (!c.complaint.empty()) {
      fmt::print("--seed {} --programs 1:\n{}\n{}", seed + i, c.complaint,
                 program::print({{program, {}}, {}, {}}));
      return kDisagree;
    }
    large += c.plain.complete ? 0 : 1;
    sequences += c.plain.complete ? c.plain.runs : 0;
    graphs += c.reduced.graphs.size();
    runs += c.reduced.runs;
  }
  fmt::print("{} programs, {} of them too large; {} choice sequences, {} graphs, met by {} runs\n",
             programs, large, sequences, graphs, runs);
}
