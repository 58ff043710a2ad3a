#include "hunts.h"

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <iostream>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

namespace slotproof::fuzz {
namespace {

struct Hunt {
  std::string slot, guidance, seed, runs;
};

// The child's arguments, which stay where they are.
void become(const Hunt& hunt, const char* folder, int said, int& argc, char**& argv) {
  dup2(said, STDERR_FILENO);
  dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
  static std::vector<std::string> words;
  words = {argv[0],
           "--slot=" + hunt.slot,
           "--guidance=" + hunt.guidance,
           "-seed=" + hunt.seed,
           "-runs=" + hunt.runs,
           "--verdict-only",
           "-verbosity=0",
           "-print_funcs=0",   // their names would cost more than the hunt
           "-detect_leaks=0",  // runs that seem to leak would be repeated, and counted again
           fmt::format("-artifact_prefix={}/", folder)};
  static std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  argc = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  argv = arguments.data();
}

// What the target says of its runs (print_statistics in target.cpp); empty if it says nothing.
std::string verdict_and_runs(std::FILE* said) {
  char* line = nullptr;
  std::size_t room = 0;
  std::string found;
  std::array<char, 32> verdict{};
  unsigned long long runs = 0;
  while (found.empty() && getline(&line, &room, said) > 0) {
    if (std::sscanf(line, "slotproof: slot=%*s verdict=%31s runs=%llu", verdict.data(), &runs) == 2)
      found = fmt::format("{} {}", verdict.data(), runs);
  }
  std::free(line);
  return found;
}

}  // namespace

void serve_hunts(const char* folder, int& argc, char**& argv) {
  for (std::string line; std::getline(std::cin, line);) {
    Hunt next;
    if (!(std::istringstream(line) >> next.slot >> next.guidance >> next.seed >> next.runs)) {
      fmt::print(stderr, "expected SLOT GUIDANCE SEED RUNS, not \"{}\"\n", line);
      std::exit(2);
    }
    std::array<int, 2> ends{};
    const pid_t child = pipe(ends.data()) == 0 ? fork() : -1;
    if (child < 0) {
      fmt::print(stderr, "no process for the hunt \"{}\"\n", line);
      std::exit(2);
    }
    if (child == 0) return become(next, folder, ends[1], argc, argv);
    close(ends[1]);
    std::FILE* const said = fdopen(ends[0], "r");
    const std::string found = verdict_and_runs(said);
    kill(child, SIGKILL);  // what else it has to say is for people
    std::fclose(said);
    int status = 0;
    waitpid(child, &status, 0);
    if (found.empty()) {
      fmt::print(stderr, "the hunt \"{}\" ended without a verdict, with status {}\n", line, status);
      std::exit(2);
    }
    fmt::print("{}\n", found);
    std::fflush(stdout);
  }
  std::exit(0);
}

}  // namespace slotproof::fuzz
