// Compares the machine with the axioms of C++20: on random programs, or on litmus tests.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "axioms.h"
#include "check.h"
#include "choice/random_source.h"
#include "generator.h"
#include "litmus/parse.h"

namespace {

using namespace slotproof;  // NOLINT(google-build-using-namespace): its layers

constexpr int kDisagree = 1;
constexpr int kBadUsage = 2;

struct Options {
  std::uint64_t seed = 1;
  std::uint64_t programs = 500;
  std::uint64_t most = 3'000;
  std::vector<std::string> files;
};

void show_progress(std::uint64_t done, std::uint64_t programs) {
  if (done % 50 == 0 && isatty(STDERR_FILENO) == 1) {
    fmt::print(stderr, "\r{} of {} programs\033[K{}", done, programs, done == programs ? "\n" : "");
  }
}

int check_random_programs(const Options& options) {
  machine::Machine machine;
  std::uint64_t large = 0;
  std::uint64_t executions = 0;
  std::uint64_t states = 0;
  std::uint64_t racy = 0;
  for (std::uint64_t i = 0; i < options.programs; ++i) {
    choice::SplitMix64 random(options.seed + i);
    litmus::Test test = cross_check::random_test(random);
    const cross_check::Check check = cross_check::check_against_axioms(machine, test, options.most);
    executions += check.executions;
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
      "{} executions, {} states: machine and axioms agree\n",
      options.seed, options.programs, racy, large, options.most, executions, states);
  return 0;
}

litmus::Test read_test(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw std::runtime_error(file + ": cannot read");
  const std::string text((std::istreambuf_iterator<char>(stream)), {});
  try {
    return litmus::parse(text);
  } catch (const litmus::ParseError& e) {
    throw std::runtime_error(fmt::format("{}:{}:{}: {}", file, e.line, e.column, e.what()));
  }
}

// With the tests that are in a folder in its place, sorted by name.
std::vector<std::string> expand(const std::vector<std::string>& names) {
  std::vector<std::string> files;
  for (const std::string& name : names) {
    if (!std::filesystem::is_directory(name)) {
      files.push_back(name);
      continue;
    }
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(name)) {
      if (entry.path().extension() == ".litmus") found.push_back(entry.path());
    }
    if (found.empty()) throw std::runtime_error(name + ": there is no litmus test in this folder");
    std::ranges::sort(found);
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

// What a file says is allowed is held against the axioms, its runs against their own traces.
int check_files(const Options& options) {
  machine::Machine machine;
  std::uint64_t without_axioms = 0;
  bool agree = true;
  const std::vector<std::string> files = expand(options.files);
  for (const std::string& file : files) {
    const litmus::Test test = read_test(file);
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
    if (!complaint.empty()) fmt::print("{}: {}", file, complaint);
    agree &= complaint.empty();
  }
  fmt::print("{} files, {} of which say what the axioms do not speak of{}\n", files.size(),
             without_axioms, agree ? ": the others agree with them" : "");
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
