// What a bounded proof of some slots comes to, on the machine that this is linked with.
//
//   proofs --write FILE SLOT...     writes it
//   proofs --differs FILE SLOT...   exit code 0 if it is not what is written there
#include <cstdint>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "explore/exhaust.h"
#include "explore/prove.h"
#include "explore/small_programs.h"
#include "oracle/verdict.h"
#include "world/load_slot.h"

namespace {

using namespace slotproof;

// The smallest bound within which two threads meet.
constexpr explore::Bound kBound{.threads = 2, .operations = 1, .interpreters = 2, .tensors = 1};

// With the verdict of the first program that fails.
std::string proof_of(const char* slot) {
  std::string error;
  world::SlotLibrary* const library = world::load_slot(slot, error);
  if (library == nullptr) throw std::runtime_error(error);
  explore::Runner runner(*library);
  const explore::SmallPrograms programs(kBound, runner.features());
  const explore::Proved proved = explore::prove(runner, programs, {0, programs.end()}, {});
  std::string verdict = "pass";
  if (proved.failing) {
    program::Program program;
    programs.next(*proved.failing, *proved.failing + 1, program);
    const auto finding = explore::exhaust(runner, program).finding;
    verdict = finding ? oracle::name(finding->judgement.verdict) : "no failure any more";
  }
  return fmt::format("{}: {} programs, {} executions, {}\n", library->name(), proved.tally.programs,
                     proved.tally.executions, verdict);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
    if (arguments.size() < 4) throw std::runtime_error("--write or --differs, FILE, SLOT...");
    std::string now;
    for (const char* slot : arguments.subspan(3)) {
      try {
        now += proof_of(slot);
      } catch (const std::exception& e) {
        now += fmt::format("{}: the suite contradicts itself: {}\n", slot, e.what());
      }
    }
    fmt::print("{}", now);
    if (std::string_view(arguments[1]) == "--write") {
      std::ofstream(arguments[2]) << now;
      return 0;
    }
    std::ifstream file(arguments[2]);
    const std::string before(std::istreambuf_iterator<char>(file), {});
    if (before.empty()) throw std::runtime_error("nothing to compare with");
    return now == before ? 1 : 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "proofs: {}\n", e.what());
    return 2;
  }
}
