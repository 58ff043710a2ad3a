#include "target.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "choice/choice_sequence.h"
#include "explore/runner.h"
#include "kept.h"
#include "oracle/verdict.h"
#include "program/text.h"
#include "report/failure.h"
#include "report/reproducer.h"
#include "report/stack.h"
#include "world/load_slot.h"

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv);

namespace slotproof::fuzz {
namespace {

constexpr const char* kSlotVariable = "SLOTPROOF_SLOT";
constexpr const char* kRulesVariable = "SLOTPROOF_RULES";
constexpr std::string_view kGilOff = "--gil=off";
constexpr std::string_view kCareless = "--careless";

world::SlotLibrary* g_library = nullptr;
std::string g_slot = "native";  // as the user named it
program::Language g_language;
std::string g_artifacts = "./";  // libFuzzer's prefix of what it writes
LastInput g_last_input;
std::optional<CaseWriter> g_case_writer;

// How the process spent its runs; printed when it ends for another reason than a finding.
struct Statistics {
  std::uint64_t runs = 0;
  std::uint64_t invalid = 0;
  std::uint64_t operations = 0;
  std::uint64_t skipped = 0;
} g_statistics;

void print_statistics() {
  const auto& [runs, invalid, operations, skipped] = g_statistics;
  if (runs == 0) return;
  fmt::print(stderr, "slotproof: slot={} runs={} invalid={} operations={} skipped={}\n", g_slot,
             runs, invalid, operations, skipped);
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

}  // namespace

program::Decoded& decode(std::span<const std::uint8_t> bytes) {
  static program::Decoded decoded;
  g_last_input.keep(bytes);
  program::decode(bytes, decoded, g_language);
  return decoded;
}

int run(program::Decoded& decoded) {
  // Made in the first run rather than at the start: by then libFuzzer has its signal handlers in
  // place, and the machine hands on to them what no simulated thread has caused.
  static explore::Runner runner(*g_library);
  if (g_case_writer) runner.set_witness(&*g_case_writer);
  const oracle::Verdict verdict = runner.run(decoded.program, decoded.source).verdict;
  count(runner.view());
  if (verdict == oracle::Verdict::kInvalid) return -1;
  if (verdict != oracle::Verdict::kPass) report_failure(runner);
  return 0;
}

}  // namespace slotproof::fuzz

// Called by libFuzzer, and by replay.cpp, before the first input.
int LLVMFuzzerInitialize(int* argc, char*** argv) {
  using namespace slotproof;  // NOLINT(google-build-using-namespace)
  if (const char* const slot = std::getenv(fuzz::kSlotVariable)) fuzz::g_slot = slot;
  const char* const set = std::getenv(fuzz::kRulesVariable);
  std::string rules = set != nullptr ? set : "";
  std::string last_input;
  std::string text;
  for (int i = 1; i < *argc; ++i) {
    const std::string_view argument = (*argv)[i];
    const auto take = [&](std::string_view name, std::string& into) {
      if (argument.starts_with(name)) into = argument.substr(name.size());
    };
    take("--slot=", fuzz::g_slot);
    take("-artifact_prefix=", fuzz::g_artifacts);
    take("--last-input=", last_input);
    take("--text=", text);
    if (argument == fuzz::kGilOff || argument == fuzz::kCareless)
      rules += " " + std::string(argument);
  }
  fuzz::g_language.rules = {.gil = rules.find(fuzz::kGilOff) == std::string::npos,
                            .careful = rules.find(fuzz::kCareless) == std::string::npos};
  // For the processes that libFuzzer starts, which may not get all arguments.
  setenv(fuzz::kSlotVariable, fuzz::g_slot.c_str(), 1);
  setenv(fuzz::kRulesVariable, rules.c_str(), 1);
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
  std::atexit(fuzz::print_statistics);
  return 0;
}
