#include "cli/session.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/last_words.h"
#include "program/bytes.h"
#include "program/text.h"
#include "world/load_slot.h"

namespace slotproof::cli {
namespace {

world::SlotLibrary& load(const std::string& name) {
  std::string error;
  world::SlotLibrary* const library = world::load_slot(name, error);
  if (library == nullptr) throw UserError(error);
  return *library;
}

std::string last_words(const program::Case& test_case, const std::string& replay) {
  return fmt::format("\nslotproof died while it ran this:\n\n{}\n{}\n",
                     program::print({test_case, {}, {}}), replay);
}

}  // namespace

Session::Session(const Options& options)
    : slot_(options.slot), rules_(options.rules), library_(load(options.slot)), runner_(library_) {}

Fit run_input(Session& session, const Input& input, const std::string& replay) {
  const LastWords words(last_words(input.text.test_case, replay));
  const program::Program& program = input.text.test_case.program;
  if (!input.is_text) {
    program::Decoded decoded;
    program::decode(input.bytes, decoded, session.language());
    session.runner().run(program, decoded.source);
    return {};
  }
  choice::ReplaySource source(input.text.test_case.choices);
  session.runner().run(program, source);
  return {source.diverged(), input.text.test_case.choices.choices.size() - source.used()};
}

void run_case(Session& session, const program::Case& test_case, const std::string& replay) {
  const LastWords words(last_words(test_case, replay));
  choice::ReplaySource source(test_case.choices);
  session.runner().run(test_case.program, source);
}

int skipped_operations(const report::RunView& run) {
  const auto& operations = run.executor.operations();
  return static_cast<int>(std::ranges::count(operations, world::Done::kSkipped,
                                             [](const auto& operation) { return operation.done; }));
}

}  // namespace slotproof::cli
