// Runs litmus tests on threads of the operating system, with ThreadSanitizer's own runtime as the
// judge: a race that it reports must be one by the memory model, and the states must be allowed.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fcntl.h>
#include <string>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "axioms.h"
#include "choice/random_source.h"
#include "files.h"
#include "generator.h"
#include "on_threads.h"

extern "C" {
void __sanitizer_set_report_fd(void* fd);

// Called by ThreadSanitizer. The same few functions run every test, so equal reports are news too.
const char* __tsan_default_options() { return "exitcode=0:suppress_equal_stacks=0:symbolize=0"; }
std::atomic<int> g_reports = 0;
void __tsan_on_report(void*) { ++g_reports; }
}

namespace slotproof {
namespace {

using litmus::Action;
using litmus::Statement;

constexpr int kDisagree = 1;
constexpr int kBadUsage = 2;
constexpr int kBatch = 20;  // so many runs, then a look at the reports

// ThreadSanitizer takes no fence as one that synchronizes, so what it reports then may be none.
bool has_fence(const std::vector<Statement>& statements) {
  return std::ranges::any_of(statements, [](const Statement& s) {
    return s.action == Action::kFence || has_fence(s.then) || has_fence(s.otherwise);
  });
}

bool has_fence(const litmus::Test& test) {
  return std::ranges::any_of(test.threads,
                             [](const litmus::Thread& t) { return has_fence(t.body); });
}

class Lane {
 public:
  explicit Lane(int runs) : runs_(runs) {}

  // Takes tests that are fit for threads and whose states are known. False, and says why, if
  // what happens is not as the test's states have it.
  bool agrees(const litmus::Test& test) {
    const bool racy = test.states->contains({machine::Halt::kDataRace, {}});
    ++tests_;
    racy_ += racy ? 1 : 0;
    const int before = g_reports;
    for (int done = 0; done < runs_ && g_reports == before; done += kBatch) {
      for (const litmus::State& state : cross_check::run_on_threads(test, kBatch)) {
        if (racy || test.states->contains(state)) continue;
        fmt::print("seen, and not allowed: {}\n{}", litmus::print(test, state),
                   litmus::print(test));
        return false;
      }
    }
    if (g_reports == before) return true;
    if (racy) {
      ++reported_;
      return true;
    }
    if (has_fence(test)) {
      ++disregarded_;
      return true;
    }
    fmt::print("ThreadSanitizer reports a data race, and there is none:\n{}", litmus::print(test));
    return false;
  }

  void print_summary() const {
    fmt::print(
        "{} programs, up to {} times each, {} with data races, {} of them reported by "
        "ThreadSanitizer. Of the others {} with fences are, which does not count, and none "
        "without; no "
        "state was seen that is not allowed\n",
        tests_, runs_, racy_, reported_, disregarded_);
  }

 private:
  int runs_;
  std::uint64_t tests_ = 0;
  std::uint64_t racy_ = 0;
  std::uint64_t reported_ = 0;
  std::uint64_t disregarded_ = 0;  // reports on programs with fences and without data races
};

int main(int argc, char** argv) {
  CLI::App app("Runs litmus tests on real threads, for ThreadSanitizer to judge.",
               "litmus_threads");
  std::uint64_t seed = 1;
  std::uint64_t programs = 500;
  int runs = 200;
  std::vector<std::string> names;
  app.add_option("--seed", seed, "The first program's; each has the next")->capture_default_str();
  app.add_option("--programs", programs, "How many random programs")->capture_default_str();
  app.add_option("--runs", runs, "How often each runs, or until a data race is reported")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("FILE", names, "Run these litmus tests, or folders with them, instead");
  app.footer(
      "Exit code: 0 if all is as the memory model has it, 1 if not, 2 for bad usage or input.");
  CLI11_PARSE(app, argc, argv);

  Lane lane(runs);
  if (names.empty()) {
    for (std::uint64_t i = 0; i < programs; ++i) {
      choice::SplitMix64 random(seed + i);
      litmus::Test test = cross_check::random_test(random);
      test.name = fmt::format("seed-{}", seed + i);
      test.states = cross_check::allowed_states(test);
      if (!lane.agrees(test)) return kDisagree;
    }
  }
  for (const std::string& file : cross_check::tests_in(names)) {
    const litmus::Test test = cross_check::read_test(file);
    if (!test.states || !cross_check::fit_for_threads(test)) {
      fmt::print("{}: left out, its states are unknown or it may not end\n", file);
    } else if (!lane.agrees(test)) {
      return kDisagree;
    }
  }
  lane.print_summary();
  return 0;
}

}  // namespace
}  // namespace slotproof

int main(int argc, char** argv) {
  // What matters of a report is that there is one.
  __sanitizer_set_report_fd(reinterpret_cast<void*>(open("/dev/null", O_WRONLY)));
  try {
    return slotproof::main(argc, argv);
  } catch (const std::exception& e) {
    fmt::print(stderr, "litmus_threads: {}\n", e.what());
    return slotproof::kBadUsage;
  }
}
