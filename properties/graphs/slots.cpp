// Random programs of slots: is each of their graphs met, and each verdict?
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "choice/random_source.h"
#include "compare.h"
#include "explore/runner.h"
#include "explore/search.h"
#include "explore/small_programs.h"
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

// All programs of three threads and at most so many operations that look at a slot or shut an
// interpreter down: those share a mutex with all others. The smallest come first.
std::vector<program::Program> sharing_programs(int operations, const world::Features& features) {
  std::vector<program::Operation> letters = {{program::Verb::kHas, program::kDetached, 0, 0}};
  for (const std::int8_t i : {std::int8_t{0}, std::int8_t{1}}) {
    letters.push_back({program::Verb::kFinalise, i, 0, 0});
    letters.push_back({program::Verb::kMine, i, 0, 0});
  }
  const explore::SmallPrograms small(
      {.threads = 3, .operations = 2, .interpreters = 2, .tensors = 1}, features, {}, letters);
  std::vector<program::Program> programs;
  program::Program program;
  for (auto found = small.next(0, small.end(), program); found;
       found = small.next(found->number + 1, small.end(), program)) {
    if (program.operations() > operations) break;
    programs.push_back(program);
  }
  return programs;
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
  int sharing = 0;
  std::string slot = "native";
  app.add_option("--seed", seed, "The first program's; each has the next")->capture_default_str();
  app.add_option("--programs", programs, "How many random programs")->capture_default_str();
  app.add_option(
         "--sharing", sharing,
         "Instead: every program of at most so many operations, up to 6, that look at a slot "
         "or shut an interpreter down")
      ->check(CLI::Range(1, 6));
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
  std::vector<program::Program> all;
  if (sharing != 0) {
    all = sharing_programs(sharing, runner.features());
    programs = all.size();
  }
  std::uint64_t large = 0, sequences = 0, graphs = 0, runs = 0;
  for (std::uint64_t i = 0; i < programs; ++i) {
    choice::SplitMix64 random(seed + i);
    const program::Program program =
        sharing != 0 ? all[i] : small_program(random, {runner.features(), {}});
    const graphs::Comparison c = graphs::compare(
        runner.machine(), most, shares_mutexes(program), [&](choice::Source& source) {
          return std::string(oracle::name(runner.run(program, source).verdict));
        });
    if (!c.complaint.empty()) {
      if (sharing == 0) fmt::print("--seed {} --programs 1:\n", seed + i);
      fmt::print("{}\n{}", c.complaint, program::print({{program, {}}, {}, {}}));
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
