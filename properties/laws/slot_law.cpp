#include "slot_law.h"

#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "choice/random_source.h"
#include "explore/search.h"
#include "explore/smaller.h"
#include "program/text.h"
#include "world/load_slot.h"

namespace slotproof::laws {
namespace {

using oracle::SlotState;
using program::Program;
using world::CallRecord;

constexpr int kSchedules = 8;           // of a program as it was generated
constexpr std::uint64_t kPlain = 1500;  // of a smaller one: plain ones first,
constexpr std::uint64_t kRandom = 500;  // then random ones

struct UnderTest {
  std::string program;
  std::string slot = "native";
  std::unique_ptr<explore::Runner> runner;
};

UnderTest& under_test() {
  static UnderTest one;
  return one;
}

std::string& last_broken() {
  static std::string text;
  return text;
}

// Has all operations meet at one tensor, under one interpreter: where the rare states are.
void meet(Program& program) {
  for (auto& thread : program.threads) {
    for (program::Operation& o : thread) {
      if (o.verb == program::Verb::kTransfer) continue;
      o.tensor = 0;
      if (o.interpreter != program::kDetached) o.interpreter = 0;
    }
  }
}

// Puts a hermetic section into one of the threads, with a check that ignores it.
void add_hermetic_section(Program& program, choice::SplitMix64& random) {
  auto& thread = program.threads[random.below(program::kThreads)];
  if (thread.empty() || program.operations() + 2 > program::kMaxOperations) return;
  const program::Operation& beside =
      thread[random.below(static_cast<std::uint32_t>(thread.size()))];
  if (beside.interpreter == program::kDetached) return;
  const auto at = thread.begin() + random.below(static_cast<std::uint32_t>(thread.size()) + 1);
  const program::Operation check{program::Verb::kCheck, beside.interpreter, beside.tensor, 1};
  thread.insert(at, {program::Operation{program::Verb::kHermetic, 0, 0, 1}, check});
}

std::string text_of(const program::Case& test_case) {
  return program::print(program::ProgramText{test_case, {}, {}});
}

// Runs `program`; gives what the law says if it is broken.
std::optional<Ruling> broken_by(SlotLaw law, const Program& program, choice::Source& source) {
  const oracle::Verdict verdict = runner().run(program, source).verdict;
  RC_PRE(verdict != oracle::Verdict::kInvalid);
  const program::Case ran{program, runner().choices()};
  Ruling ruling = law(runner(), ran);
  if (ruling.applies) BlackBox::instance().applied();
  if (!ruling.applies || ruling.holds) return std::nullopt;
  last_broken() = text_of(ran);
  return ruling;
}

std::optional<Ruling> broken_by_search(SlotLaw law, const Program& program) {
  std::optional<Ruling> broken;
  const auto breaks = [&](explore::Runner& runner, const program::Case& ran) {
    if (runner.view().judgement.verdict == oracle::Verdict::kInvalid) return false;
    Ruling ruling = law(runner, ran);
    if (!ruling.applies || ruling.holds) return false;
    broken = std::move(ruling);
    last_broken() = text_of(ran);
    return true;
  };
  const std::uint64_t runs = explore::deviation_search(runner(), program, breaks, kPlain).runs;
  if (runs < kPlain) return broken;  // those were all that there are
  for (std::uint64_t seed = 1; seed <= kRandom && !broken; ++seed) {
    choice::RandomSource source(seed);
    runner().run(program, source);
    breaks(runner(), {program, runner().choices()});
  }
  return broken;
}

// The calls of the tensor up to the first that is unordered with another, in their order. A call
// from inside another, of the same thread, comes after it.
std::vector<const CallRecord*> ordered_calls(const world::World& world, int tensor) {
  std::vector<const CallRecord*> own;
  for (const CallRecord& call : world.calls()) {
    if (call.tensor == tensor) own.push_back(&call);
  }
  const auto ordered = [](const CallRecord& a, const CallRecord& b) {
    return a.thread == b.thread || (a.finished && a.happens_before(b)) ||
           (b.finished && b.happens_before(a));
  };
  for (std::size_t c = 0; c < own.size(); ++c) {
    for (const CallRecord* other : own) {
      if (!ordered(*own[c], *other)) {
        own.resize(c);
        return own;
      }
    }
  }
  return own;
}

}  // namespace

const std::string& slot_name() { return under_test().slot; }
const std::string& program_name() { return under_test().program; }
explore::Runner& runner() { return *under_test().runner; }

void choose_slot(int argc, char** argv) {
  UnderTest& it = under_test();
  it.program = argv[0];
  CLI::App app(
      "Checks the laws. RC_PARAMS=\"seed=N max_success=N\" says which cases and how many.");
  app.add_option("--slot", it.slot, "the slot under test: native, mutant:NAME, or a plug-in's path")
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    std::exit(app.exit(e));
  }
  std::string error;
  world::SlotLibrary* library = world::load_slot(it.slot, error);
  if (library == nullptr) throw std::runtime_error(error);
  it.runner = std::make_unique<explore::Runner>(*library);
  it.runner->set_witness(&BlackBox::instance());
}

std::string broken_case() {
  if (last_broken().empty()) return {};
  return "the case, for `slotproof run` and the corpus:\n\n" + last_broken() + "\n";
}

void note_death(std::string text) { last_broken() = std::move(text); }

void showValue(const Trial& trial, std::ostream& os) {
  os << '\n' << text_of({trial.program, {}});
  if (trial.seed != 0) os << "under random schedules of seed " << trial.seed << '\n';
}

void check_slot_law(SlotLaw law) {
  check(Kind::kSlot, 1, [law](const Guard& guard) {
    return rc::detail::toProperty([law, guard](const Trial& trial) {
      guard([&] {
        std::optional<Ruling> broken;
        if (trial.seed == 0) {
          broken = broken_by_search(law, trial.program);
        } else {
          choice::SplitMix64 seeds(trial.seed);
          for (int s = 0; s < kSchedules && !broken; ++s) {
            choice::RandomSource source(seeds.next());
            broken = broken_by(law, trial.program, source);
          }
        }
        if (!broken) return;
        const std::string& sentence = runner().view().judgement.sentence;
        RC_FAIL(broken->why.empty() ? sentence : broken->why);
      });
    });
  });
}

Ruling of_calls(CallLaw law, const report::RunView& run) {
  Ruling ruling;
  for (int x = 0; x < world::kTensors; ++x) {
    SlotState state;
    for (const CallRecord* call : ordered_calls(run.world, x)) {
      if (!call->finished) break;
      const Said said = law(state, *call, run.world);
      if (said.applies && !said.holds) {
        return Ruling::broken(oracle::describe(*call) + ": " + oracle::describe_result(*call));
      }
      ruling.applies |= said.applies;
      const oracle::Expected expected = oracle::step(state, *call);
      if (oracle::compare(state, *call, expected, run.world, nullptr) != oracle::Verdict::kPass) {
        break;
      }
      state = expected.next;
    }
  }
  return ruling;
}

rc::Gen<Trial> trials() {
  const auto smaller = [](const Trial& trial) {
    std::vector<Trial> trials;
    if (trial.seed != 0) trials.push_back({trial.program, 0});
    for (Program& program : explore::smaller(trial.program)) {
      trials.push_back({std::move(program), 0});
    }
    return rc::seq::fromContainer(std::move(trials));
  };
  return [smaller](rc::Random random, int /*size*/) {
    choice::SplitMix64 numbers(random.next());
    Program program = explore::random_program(numbers);
    if (numbers.below(2) == 0) meet(program);
    if (numbers.below(4) == 0) add_hermetic_section(program, numbers);
    return rc::shrinkable::shrinkRecur(Trial{std::move(program), numbers.next() | 1}, smaller);
  };
}

}  // namespace slotproof::laws
