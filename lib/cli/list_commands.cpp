// slotproof verdicts, verbs: the words of the other commands.
#include <array>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/output.h"
#include "oracle/verdict.h"
#include "program/operation.h"
#include "report/json.h"

namespace slotproof::cli {
namespace {

using nlohmann::ordered_json;
using oracle::Verdict;

const char* meaning(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass: return "nothing is wrong with this run";
    case Verdict::kDataRace: return "conflicting accesses that nothing orders, one of them plain";
    case Verdict::kAddress: return "use of memory that was freed, or never allocated";
    case Verdict::kCrash: return "std::terminate, abort or a fatal signal";
    case Verdict::kDeadlock: return "threads are left, and none can go on";
    case Verdict::kStepLimit: return "the run does not end";
    case Verdict::kTag: return "the tag changed after it was set, or was won twice";
    case Verdict::kOwnership:
      return "an object was dropped too often, too seldom, or by the wrong one";
    case Verdict::kResult: return "a call gave what no order of the calls allows";
    case Verdict::kException: return "an exception that is wrong, missing or too many";
    case Verdict::kGil: return "the object was written without the GIL of the tag";
    case Verdict::kInvalid:
      return "the program broke a promise of its caller: neither pass nor failure";
    case Verdict::kHarness: return "the suite contradicts itself: a bug in it, not in the slot";
  }
  return "";
}

int verdicts(const Options& options) {
  ordered_json list = ordered_json::array();
  std::string text;
  for (int v = 0; v < oracle::kVerdicts; ++v) {
    const auto verdict = static_cast<Verdict>(v);
    const int code = oracle::exit_code(verdict);
    list.push_back({{"verdict", oracle::name(verdict)},
                    {"exit_code", code},
                    {"convicts", oracle::convicts(verdict)},
                    {"meaning", meaning(verdict)}});
    text += fmt::format("{:>2}  {:<10}  {}\n", code, oracle::name(verdict), meaning(verdict));
  }
  text += " 2              bad usage, or input that cannot be read\n";
  if (options.json) {
    put_json({{"schema_version", report::kSchemaVersion}, {"verdicts", std::move(list)}});
  } else {
    put(text);
  }
  return 0;
}

// What may stand behind the tensor: "definitely|maybe|us|other", "[ignore]".
std::string argument_words(program::ArgumentKind kind) {
  std::string words;
  bool optional = false;
  for (int v = 0; v < program::argument_values(kind); ++v) {
    const std::string_view word = program::argument_word(kind, static_cast<std::uint8_t>(v));
    optional |= word.empty() && kind != program::ArgumentKind::kNone;
    if (word.empty()) continue;
    words += words.empty() ? "" : "|";
    words += word;
  }
  return optional ? "[" + words + "]" : words;
}

int verbs(const Options& options) {
  ordered_json list = ordered_json::array();
  std::string text;
  for (const program::VerbInfo& verb : program::verbs()) {
    const std::string words = argument_words(verb.argument);
    list.push_back({{"verb", verb.name},
                    {"on_tensor", verb.on_tensor},
                    {"needs_interpreter", verb.needs_interpreter},
                    {"argument", words},
                    {"summary", verb.summary}});
    const std::string usage = fmt::format("{} {}{} {}", verb.needs_interpreter ? "A" : "-",
                                          verb.name, verb.on_tensor ? " x0" : "", words);
    text += fmt::format("{:<38}{}\n", usage, verb.summary);
  }
  text +=
      "\nAn operation starts with the interpreter that its thread is attached to (A to D), or "
      "with\n"
      "- on a detached thread. Those with A above need one.\n";
  if (options.json) {
    put_json({{"schema_version", report::kSchemaVersion}, {"verbs", std::move(list)}});
  } else {
    put(text);
  }
  return 0;
}

}  // namespace

void add_verdicts(CLI::App& app, Action& action) {
  CLI::App* const command = app.add_subcommand("verdicts", "List verdicts and exit codes");
  const auto options = std::make_shared<Options>();
  add_json_option(*command, *options);
  command->callback([options, &action] { action = [options] { return verdicts(*options); }; });
}

void add_verbs(CLI::App& app, Action& action) {
  CLI::App* const command = app.add_subcommand("verbs", "List the operations of programs");
  const auto options = std::make_shared<Options>();
  add_json_option(*command, *options);
  command->callback([options, &action] { action = [options] { return verbs(*options); }; });
}

}  // namespace slotproof::cli
