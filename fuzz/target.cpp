#include "target.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "choice/choice_sequence.h"
#include "explore/guidance.h"
#include "explore/runner.h"
#include "hunts.h"
#include "kept.h"
#include "oracle/verdict.h"
#include "program/text.h"
#include "report/failure.h"
#include "report/reproducer.h"
#include "report/stack.h"
#include "world/load_slot.h"

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv);
// AFL++'s run-time library has it; libFuzzer's programs have it not.
extern "C" [[gnu::weak]] void __afl_manual_init();

namespace slotproof::fuzz {
namespace {

constexpr const char* kSlotVariable = "SLOTPROOF_SLOT";
constexpr const char* kRulesVariable = "SLOTPROOF_RULES";
constexpr const char* kGuidanceVariable = "SLOTPROOF_GUIDANCE";
constexpr std::string_view kVerdictOnly = "--verdict-only";
constexpr std::string_view kHunts = "--hunts=";
constexpr std::string_view kGilOff = "--gil=off";
constexpr std::string_view kCareless = "--careless";

// libFuzzer reads them after each run, and takes what is not 0 for something new the first time.
[[gnu::section("__libfuzzer_extra_counters")]] std::uint8_t g_counters[explore::kCounters];

world::SlotLibrary* g_library = nullptr;
std::string g_slot = "native";  // as the user named it
program::Language g_language;
Guidance g_guidance;
bool g_verdict_only = false;     // a finding is a line, and no report
std::string g_artifacts = "./";  // libFuzzer's prefix of what it writes
LastInput g_last_input;
std::optional<CaseWriter> g_case_writer;

// How the process spent its runs; printed when it ends.
struct Statistics {
  std::uint64_t runs = 0;
  std::uint64_t invalid = 0;
  std::uint64_t operations = 0;
  std::uint64_t skipped = 0;
} g_statistics;

// The last input, and the runner that ran it.
struct Last {
  std::vector<std::uint8_t> bytes;
  program::Decoded decoded;
  const explore::Runner* runner = nullptr;
} g_last;

// For scripts: one line, however the process ends.
void print_statistics(std::string_view verdict) {
  const auto& [runs, invalid, operations, skipped] = g_statistics;
  if (runs == 0) return;
  fmt::print(stderr, "slotproof: slot={} verdict={} runs={} invalid={} operations={} skipped={}\n",
             g_slot, verdict, runs, invalid, operations, skipped);
  std::fflush(stderr);
}

void count(const report::RunView& run) {
  ++g_statistics.runs;
  if (run.judgement.verdict == oracle::Verdict::kInvalid) ++g_statistics.invalid;
  for (const world::OperationRecord& operation : run.executor.operations()) {
    if (operation.index == world::kTeardown) continue;
    ++g_statistics.operations;
    if (operation.done == world::Done::kSkipped) ++g_statistics.skipped;
  }
}

[[noreturn]] void report_failure(explore::Runner& runner) {
  const program::Case test_case = {runner.view().program, runner.choices()};
  const std::string_view verdict = oracle::name(runner.view().judgement.verdict);
  print_statistics(verdict);
  if (g_verdict_only) std::_Exit(1);
  const auto fingerprint = std::hash<std::string>{}(program::print({test_case, {}, {}}));
  const std::string file = fmt::format("{}{}-{:016x}.slot", g_artifacts, verdict, fingerprint);
  const std::string replay = report::replay_command(g_slot, file);
  std::ofstream(file) << report::reproducer_text(runner.view(), replay);

  // Which events matter is known after a run; their stacks are taken in the next, which is the
  // same.
  runner.set_witness(nullptr);
  const std::vector<machine::EventIndex> events = report::events_with_stacks(runner.view());
  runner.probe_stacks(events);
  choice::ReplaySource source(test_case.choices);
  runner.run(test_case.program, source);
  const report::RunView run = runner.view();
  fmt::print(stderr, "\n{}\n",
             report::failure_text(run, report::find_stacks(run, events), replay, {}));
  std::fflush(stderr);
  std::abort();
}

// False if a word of the list is none.
bool parse_guidance(std::string_view list, Guidance& into) {
  Guidance named{false, false, false};
  const std::array<std::pair<std::string_view, bool*>, 3> words = {{
      {"counters", &named.counters},
      {"mutator", &named.mutator},
      {"swarm", &named.swarm},
  }};
  while (list != "none" && !list.empty()) {
    const std::string_view word = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), word.size() + 1));
    const auto known = std::ranges::find(words, word, &std::pair<std::string_view, bool*>::first);
    if (known == words.end()) return false;
    *known->second = true;
  }
  into = named;
  return true;
}

// libFuzzer's own defaults that do not fit: inputs mean nothing beyond this length, there is
// nothing to be gained by beginning with short ones, and what a slot compares are addresses, which
// no input has, and which differ from process to process.
void add_defaults(int& argc, char**& argv) {
  static std::array<char, 16> max_len{"-max_len=512"};
  static std::array<char, 16> len_control{"-len_control=0"};
  static std::array<char, 16> use_cmp{"-use_cmp=0"};
  static std::vector<char*> arguments;
  arguments.assign(argv, argv + argc);
  for (auto* const flag : {&max_len, &len_control, &use_cmp}) {
    const std::string_view text = flag->data();
    const std::string_view named = text.substr(0, text.find('=') + 1);
    const bool given = std::any_of(argv, argv + argc, [&](const char* argument) {
      return std::string_view(argument).starts_with(named);
    });
    if (!given) arguments.insert(arguments.begin() + 1, flag->data());
  }
  argc = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  argv = arguments.data();
}

}  // namespace

const Guidance& guidance() { return g_guidance; }

program::Decoded& decode(std::span<const std::uint8_t> bytes) {
  g_last_input.keep(bytes);
  g_last.bytes.assign(bytes.begin(), bytes.end());
  g_last.runner = nullptr;
  if (bytes.size() >= program::kHeaderBytes) {
    std::uint8_t& modes = g_last.bytes[program::kHeaderBytes - 1];
    if (!g_guidance.swarm) modes &= static_cast<std::uint8_t>(~program::kSwarmBit);
  }
  program::decode(g_last.bytes, g_last.decoded, g_language);
  return g_last.decoded;
}

int run(program::Decoded& decoded) {
  // Made in the first run rather than at the start: by then libFuzzer has its signal handlers in
  // place, and the machine hands on to them what no simulated thread has caused.
  static explore::Runner runner(*g_library);
  if (g_case_writer) runner.set_witness(&*g_case_writer);
  const oracle::Verdict verdict = runner.run(decoded.program, decoded.source).verdict;
  g_last.runner = &runner;
  count(runner.view());
  if (verdict == oracle::Verdict::kInvalid) return -1;
  if (verdict != oracle::Verdict::kPass) report_failure(runner);
  if (g_guidance.counters) explore::count(runner.view(), g_counters);
  return 0;
}

program::Editing editing(std::span<const std::uint8_t> bytes) {
  program::Editing editing{g_language, {}};
  if (g_last.runner != nullptr && std::ranges::equal(bytes, g_last.bytes)) {
    editing.asked = g_last.runner->asked().choices;
  }
  return editing;
}

}  // namespace slotproof::fuzz

// Called by libFuzzer, and by replay.cpp, before the first input.
int LLVMFuzzerInitialize(int* argc, char*** argv) {
  using namespace slotproof;  // NOLINT(google-build-using-namespace)
  for (int i = 1; i < *argc; ++i) {
    const std::string_view argument = (*argv)[i];
    if (!argument.starts_with(fuzz::kHunts)) continue;
    fuzz::serve_hunts((*argv)[i] + fuzz::kHunts.size(), *argc, *argv);
    break;
  }
  if (const char* const slot = std::getenv(fuzz::kSlotVariable)) fuzz::g_slot = slot;
  const char* const set = std::getenv(fuzz::kRulesVariable);
  std::string rules = set != nullptr ? set : "";
  std::string last_input;
  std::string text;
  const char* const guided = std::getenv(fuzz::kGuidanceVariable);
  std::string guidance = guided != nullptr ? guided : "";
  for (int i = 1; i < *argc; ++i) {
    const std::string_view argument = (*argv)[i];
    const auto take = [&](std::string_view name, std::string& into) {
      if (argument.starts_with(name)) into = argument.substr(name.size());
    };
    take("--slot=", fuzz::g_slot);
    take("--guidance=", guidance);
    take("-artifact_prefix=", fuzz::g_artifacts);
    take("--last-input=", last_input);
    take("--text=", text);
    if (argument == fuzz::kVerdictOnly) fuzz::g_verdict_only = true;
    if (argument == fuzz::kGilOff || argument == fuzz::kCareless)
      rules += " " + std::string(argument);
  }
  fuzz::g_language.rules = {.gil = rules.find(fuzz::kGilOff) == std::string::npos,
                            .careful = rules.find(fuzz::kCareless) == std::string::npos};
  if (!guidance.empty() && !fuzz::parse_guidance(guidance, fuzz::g_guidance)) {
    fmt::print(stderr, "--guidance={}: words are counters, mutator, swarm, with commas, or none\n",
               guidance);
    std::exit(2);
  }
  // For the processes that libFuzzer starts, which may not get all arguments.
  setenv(fuzz::kSlotVariable, fuzz::g_slot.c_str(), 1);
  setenv(fuzz::kRulesVariable, rules.c_str(), 1);
  setenv(fuzz::kGuidanceVariable, guidance.c_str(), 1);
  std::string error;
  fuzz::g_library = world::load_slot(fuzz::g_slot, error);
  if (fuzz::g_library == nullptr) {
    fmt::print(stderr, "{}\n", error);
    std::exit(2);
  }
  fuzz::g_language.features = fuzz::g_library->features();
  if (!last_input.empty() && !fuzz::g_last_input.open(last_input)) {
    fmt::print(stderr, "--last-input={}: cannot make this file\n", last_input);
    std::exit(2);
  }
  if (!text.empty()) fuzz::g_case_writer.emplace(text);
  std::atexit([] { fuzz::print_statistics(oracle::name(oracle::Verdict::kPass)); });
  // AFL++'s driver takes no options; and no files, if the first argument looks like one.
  if (__afl_manual_init == nullptr) fuzz::add_defaults(*argc, *argv);
  return 0;
}
