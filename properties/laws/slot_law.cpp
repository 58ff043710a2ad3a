#include "slot_law.h"

#include <algorithm>
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
#include "protocol.h"
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

constexpr int kTensors = 2;
constexpr std::uint32_t kMaxPrefix = 6;
constexpr std::uint32_t kMaxBranch = 4;

// Any operation on these tensors, all verbs as likely as others. Mostly it is of the tensor and the
// interpreter of the one before it, so that operations meet.
program::Operation any_operation(const program::Operation& before, choice::SplitMix64& random) {
  constexpr std::uint32_t kElsewhere = 4;  // one in so many
  program::Operation o{.verb = static_cast<program::Verb>(random.below(program::kVerbs))};
  const program::VerbInfo& info = program::info(o.verb);
  o.interpreter = before.interpreter;
  if (random.below(kElsewhere) == 0) {
    o.interpreter =
        static_cast<std::int8_t>(static_cast<int>(random.below(program::kInterpreters + 1)) - 1);
  }
  if (info.needs_interpreter && o.interpreter == program::kDetached) o.interpreter = 0;
  if (info.on_tensor) {
    const bool elsewhere = random.below(kElsewhere) == 0;
    o.tensor = elsewhere ? static_cast<std::uint8_t>(random.below(kTensors)) : before.tensor;
  }
  const auto values = static_cast<std::uint32_t>(program::argument_values(info.argument));
  o.argument = static_cast<std::uint8_t>(random.below(values));
  if (info.argument == program::ArgumentKind::kTensor) {
    o.argument = static_cast<std::uint8_t>(1 - o.tensor);
  }
  return o;
}

// Up to `most` operations of a thread, each legal if no other thread comes between.
void add_legal(std::vector<program::Operation>& to, Protocol& now, std::uint32_t most,
               choice::SplitMix64& random) {
  constexpr int kAttempts = 4;  // for each
  program::Operation before = to.empty() ? program::Operation{} : to.back();
  for (std::uint32_t attempts = kAttempts * random.below(most + 1); attempts > 0; --attempts) {
    const program::Operation o = any_operation(before, random);
    std::optional<Protocol> next = after(now, o);
    if (!next || to.size() == most) continue;
    to.push_back(o);
    before = o;
    now = *std::move(next);
  }
}

// The concurrent state machine: a prefix of thread 0 that brings tensors into some state, then
// branches of up to three threads that go on from there.
Trial prefix_and_branches(choice::SplitMix64& random) {
  Trial trial;
  Protocol now;
  add_legal(trial.program.threads[0], now, kMaxPrefix, random);
  trial.prefix = trial.program.threads[0].size();
  const std::uint32_t branches = 1 + random.below(3);
  for (std::uint32_t t = 0; t < branches; ++t) {
    Protocol seen = t == 0 ? now : as_seen_by_another(now);
    std::vector<program::Operation> branch;
    add_legal(branch, seen, kMaxBranch, random);
    auto& thread = trial.program.threads[t];
    thread.insert(thread.end(), branch.begin(), branch.end());
  }
  return trial;
}

// Dull until thread 0 has done the prefix, then random.
class BranchingSource final : public choice::Source {
 public:
  BranchingSource(std::uint64_t seed, std::size_t prefix) : random_(seed), prefix_(prefix) {}

  std::uint32_t choose(std::uint32_t bound, choice::Kind kind) override {
    if (in_prefix_) in_prefix_ = runner().view().executor.operations().size() <= prefix_;
    return in_prefix_ ? 0 : random_.choose(bound, kind);
  }

 private:
  choice::RandomSource random_;
  std::size_t prefix_;
  bool in_prefix_ = true;
};

std::ptrdiff_t busy_threads(const Program& program) {
  return std::count_if(program.threads.begin(), program.threads.end(),
                       [](const auto& thread) { return !thread.empty(); });
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
  if (ruling.applies) explore::BlackBox::instance().count();
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
  it.runner->set_witness(&explore::BlackBox::instance());
}

std::string broken_case() {
  if (last_broken().empty()) return {};
  return "the case, for `slotproof run` and the corpus:\n\n" + last_broken() + "\n";
}

void note_broken(const program::Case& test_case) { last_broken() = text_of(test_case); }
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
          const int schedules = busy_threads(trial.program) > 1 ? kSchedules : 1;
          for (int s = 0; s < schedules && !broken; ++s) {
            BranchingSource source(seeds.next(), trial.prefix);
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
    if (trial.seed != 0) trials.push_back({.program = trial.program});
    for (Program& program : explore::smaller(trial.program)) {
      trials.push_back({.program = std::move(program)});
    }
    return rc::seq::fromContainer(std::move(trials));
  };
  return [smaller](rc::Random random, int /*size*/) {
    choice::SplitMix64 numbers(random.next());
    Trial trial;
    if (numbers.below(2) == 0) {
      trial.program =
          explore::random_program(numbers, {.features = runner().features(), .rules = {}});
    } else {
      trial = prefix_and_branches(numbers);
    }
    trial.seed = numbers.next() | 1;
    return rc::shrinkable::shrinkRecur(std::move(trial), smaller);
  };
}

}  // namespace slotproof::laws
