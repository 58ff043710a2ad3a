#include "cli/session.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/last_words.h"
#include "cli/output.h"
#include "cli/supervise.h"
#include "program/bytes.h"
#include "program/text.h"
#include "report/reproducer.h"
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
    : slot_(options.slot), rules_(options.rules), library_(load(options.slot)), runner_(library_) {
  runner_.set_witness(witness());
  for (const std::string& option : options.orders) {
    const std::size_t equals = option.rfind('=');
    const auto orders = equals == std::string::npos
                            ? std::nullopt
                            : explore::parse_orders(std::string_view(option).substr(equals + 1));
    if (!orders) {
      throw UserError(fmt::format(
          "--order {}: write FILE:LINE:COLUMN=ORDER, with relaxed, acquire, release, acq_rel or "
          "seq_cst, and two of them (acq_rel/relaxed) for a compare-exchange",
          printable(option)));
    }
    ordered_places_.push_back(option.substr(0, equals));
    sites_.override_orders(ordered_places_.back(), *orders);
    order_options_ += order_option(ordered_places_.back(), *orders);
  }
  if (!options.orders.empty()) watch_orders();
}

void Session::expect_orders_met() const {
  const std::vector<std::string> met = sites_.met();
  for (const std::string& place : ordered_places_) {
    if (std::ranges::binary_search(met, place)) continue;
    throw UserError(fmt::format("--order {}: no run came by an atomic operation there, but by: {}",
                                printable(place), fmt::join(met, " ")));
  }
}

std::string order_option(const std::string& place, const explore::Orders& orders) {
  return " --order " + report::shell_word(fmt::format("{}={}", place, explore::print(orders)));
}

Fit run_input(Session& session, const Input& input, const std::string& replay) {
  const LastWords words(last_words(input.text.test_case, replay));
  const program::Program& program = input.text.test_case.program;
  if (!input.is_text) {
    program::Decoded decoded;
    program::decode(input.bytes, decoded, session.language());
    session.runner().run(program, decoded.source);
    if (session.sites().learn()) return run_input(session, input, replay);
    return {};
  }
  choice::ReplaySource source(input.text.test_case.choices);
  session.runner().run(program, source);
  if (session.sites().learn()) return run_input(session, input, replay);
  return {source.diverged(), input.text.test_case.choices.choices.size() - source.used()};
}

void run_case(Session& session, const program::Case& test_case, const std::string& replay) {
  const LastWords words(last_words(test_case, replay));
  do {
    choice::ReplaySource source(test_case.choices);
    session.runner().run(test_case.program, source);
  } while (session.sites().learn());
}

int skipped_operations(const report::RunView& run) {
  const auto& operations = run.executor.operations();
  return static_cast<int>(std::ranges::count(operations, world::Done::kSkipped,
                                             [](const auto& operation) { return operation.done; }));
}

}  // namespace slotproof::cli
