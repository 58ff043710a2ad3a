// Compares the machine with the axioms of C++20: on random programs, or on litmus tests.
#include <cstdio>
#include <exception>
#include <string>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "axioms.h"
#include "check.h"
#include "choice/random_source.h"
#include "files.h"
#include "generator.h"
#include "on_threads.h"

namespace {

using namespace slotproof;  // NOLINT(google-build-using-namespace): its layers

constexpr int kDisagree = 1;
constexpr int kBadUsage = 2;

struct Options {
  std::uint64_t seed = 1;
  std::uint64_t programs = 500;
  std::uint64_t most = 3'000;
  int runs = 1'000;
  std::vector<std::string> files;
};

void show_progress(std::uint64_t done, std::uint64_t programs) {
  if (done % 50 == 0 && isatty(STDERR_FILENO) == 1) {
    fmt::print(stderr, "\r{} of {} programs\033[K{}", done, programs, done == programs ? "\n" : "");
  }
}

// On real threads only such states may be seen as the test has. Of a test with a data race, or with
// unknown states, nothing is claimed.
class RealThreads {
 public:
  explicit RealThreads(int runs) : runs_(runs) {}

  // Lines that name the other states.
  std::string complaint(const litmus::Test& test) {
    if (runs_ == 0 || !test.states || !cross_check::fit_for_threads(test)) return "";
    if (test.states->contains({machine::Halt::kDataRace, {}})) return "";
    ++tests_;
    const litmus::States seen = cross_check::run_on_threads(test, runs_);
    seen_ += seen.size();
    allowed_ += test.states->size();
    std::string lines;
    for (const litmus::State& state : seen) {
      if (test.states->contains(state)) continue;
      lines +=
          fmt::format("seen on real threads, and not allowed: {}\n", litmus::print(test, state));
    }
    return lines;
  }

  std::string summary() const {
    return fmt::format(
        "{} programs without data races on real threads, {} times each: {} of {} states", tests_,
        runs_, seen_, allowed_);
  }

 private:
  int runs_;
  std::uint64_t tests_ = 0;
  std::uint64_t seen_ = 0;
  std::uint64_t allowed_ = 0;
};

int check_random_programs(const Options& options) {
  machine::Machine machine;
  RealThreads real_threads(options.runs);
  std::uint64_t large = 0;
  std::uint64_t executions = 0;
  std::uint64_t states = 0;
  std::uint64_t racy = 0;
  for (std::uint64_t i = 0; i < options.programs; ++i) {
    choice::SplitMix64 random(options.seed + i);
    litmus::Test test = cross_check::random_test(random);
    cross_check::Check check = cross_check::check_against_axioms(machine, test, options.most);
    executions += check.executions;
    if (check.complete && check.complaint.empty()) {
      test.states = check.states;
      check.complaint = real_threads.complaint(test);
    }
    if (!check.complaint.empty()) {
      test.name = fmt::format("seed-{}", options.seed + i);
      test.states = cross_check::allowed_states(test);
      fmt::print("Disagreement (--seed {} --programs 1):\n{}\n{}", options.seed + i,
                 check.complaint, litmus::print(test));
      return kDisagree;
    }
    if (!check.complete) ++large;
    states += check.states.size();
    racy += check.states.contains({machine::Halt::kDataRace, {}}) ? 1 : 0;
    show_progress(i + 1, options.programs);
  }
  fmt::print(
      "seed {}: {} programs, {} of them with data races, {} too large (more than {} executions); "
      "{} executions, {} states: machine and axioms agree\n{}\n",
      options.seed, options.programs, racy, large, options.most, executions, states,
      real_threads.summary());
  return 0;
}

// What a file says is allowed is held against the axioms, its runs against their own traces.
int check_files(const Options& options) {
  machine::Machine machine;
  RealThreads real_threads(options.runs);
  std::uint64_t without_axioms = 0;
  bool agree = true;
  const std::vector<std::string> files = cross_check::tests_in(options.files);
  for (const std::string& file : files) {
    const litmus::Test test = cross_check::read_test(file);
    std::string complaint = cross_check::check_runs(machine, test, options.most).complaint;
    if (!cross_check::has_axioms(test)) {
      ++without_axioms;
    } else if (test.states) {
      const litmus::States allowed = cross_check::allowed_states(test);
      if (allowed != *test.states) {
        complaint += fmt::format("the axioms allow {}\n", allowed.size());
        for (const litmus::State& state : allowed) {
          complaint += litmus::print(test, state) + "\n";
        }
      }
    }
    complaint += real_threads.complaint(test);
    if (!complaint.empty()) fmt::print("{}: {}", file, complaint);
    agree &= complaint.empty();
  }
  fmt::print("{} files, {} of which say what the axioms do not speak of{}\n{}\n", files.size(),
             without_axioms, agree ? ": the others agree with them" : "", real_threads.summary());
  return agree ? 0 : kDisagree;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Compares the machine with the axioms of C++20.", "cross_check");
  Options options;
  app.add_option("--seed", options.seed, "The first program's; each has the next")
      ->capture_default_str();
  app.add_option("--programs", options.programs, "How many random programs")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--most", options.most, "Leave a program alone after this many executions")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--runs", options.runs, "How often each program runs on real threads")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("FILE", options.files, "Check the states of these litmus tests instead; folders");
  app.footer("Exit code: 0 if they agree, 1 if not, 2 for bad usage or input.");
  CLI11_PARSE(app, argc, argv);
  try {
    return options.files.empty() ? check_random_programs(options) : check_files(options);
  } catch (const std::exception& e) {
    fmt::print(stderr, "cross_check: {}\n", e.what());
    return kBadUsage;
  }
}
