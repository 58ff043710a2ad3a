// All small programs, each once; and what is left out could not have been done.
#include "explore/small_programs.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "choice/random_source.h"
#include "explore/all_done.h"
#include "explore/exhaust.h"
#include "hand/hand_slot.h"
#include "native_runner.h"

namespace slotproof::unit {
namespace {

using explore::Bound;
using explore::Circumstances;
using explore::Effects;
using explore::SmallPrograms;
using program::Operation;
using program::Program;
using program::Verb;

// The first operation of each thread that the model takes for impossible; the thread's length if
// there is none.
std::array<std::size_t, program::kThreads> feasible(const Program& program) {
  Circumstances under;
  under.rules = program.rules;
  under.private_to = program.private_to;
  std::array<std::size_t, program::kThreads> prefix{};
  for (int t = 0; t < program::kThreads; ++t) {
    Effects others;
    for (int u = 0; u < program::kThreads; ++u) {
      if (u != t) others.add(effects_of(program.threads[u], under));
    }
    prefix[t] = feasible_prefix(program.threads[t], t, others, under);
  }
  return prefix;
}

bool all_feasible(const Program& program) {
  const auto prefix = feasible(program);
  for (int t = 0; t < program::kThreads; ++t) {
    if (prefix[t] != program.threads[t].size()) return false;
  }
  return true;
}

// ---- Nothing is left out that can be done ----

// Fails if an operation was done in the last run that `prefix` says is not.
void expect_not_done(const explore::Runner& runner, const Program& program,
                     const std::array<std::size_t, program::kThreads>& prefix) {
  if (runner.view().judgement.verdict == oracle::Verdict::kInvalid) return;
  for (const world::OperationRecord& record : runner.view().executor.operations()) {
    const int thread = record.thread - 1;
    if (record.index == world::kTeardown || record.index != prefix[thread]) continue;
    // A section that is entered again is done, to no effect.
    if (program.threads[thread][record.index].verb == Verb::kHermetic) continue;
    EXPECT_NE(record.done, world::Done::kDone)
        << "thread " << thread << ", operation " << record.index << " of\n"
        << text_of(program) << "under " << runner.choices().print();
  }
}

void explore_if_infeasible(explore::Runner& runner, const Program& program) {
  const auto prefix = feasible(program);
  if (all_feasible(program)) return;
  explore::exhaust(runner, program, explore::Enumeration::kReduced, {}, {},
                   [&](const explore::Runner& ran) { expect_not_done(ran, program, prefix); });
}

// Every operation, also where the alphabet has only one of several that are the same.
std::vector<Operation> all_operations(int interpreters, int tensors) {
  std::vector<Operation> all;
  for (const program::VerbInfo& verb : program::verbs()) {
    for (int i = verb.needs_interpreter ? 0 : program::kDetached; i < interpreters; ++i) {
      for (int x = 0; x < (verb.on_tensor ? tensors : 1); ++x) {
        for (int value = 0; value < program::argument_values(verb.argument); ++value) {
          const bool transfers = verb.argument == program::ArgumentKind::kTensor;
          if (transfers && (value == x || value >= tensors)) continue;
          all.push_back({verb.verb, static_cast<std::int8_t>(i), static_cast<std::uint8_t>(x),
                         static_cast<std::uint8_t>(value)});
        }
      }
    }
  }
  return all;
}

TEST(Precondition, NothingIsDoneThatItRulesOutInOneThread) {
  explore::Runner runner = native_runner();
  const std::vector<Operation> all = all_operations(1, 1);
  for (const std::int8_t owner : {Program::kShared, std::int8_t{0}}) {
    Program program;
    program.private_to[0] = owner;
    for (const Operation& a : all) {
      for (const Operation& b : all) {
        for (const Operation& c : all) {
          program.threads[0] = {a, b, c};
          explore_if_infeasible(runner, program);
        }
      }
    }
  }
}

TEST(Precondition, NothingIsDoneThatItRulesOutInTwoThreads) {
  explore::Runner runner = native_runner();
  const std::vector<Operation> all = all_operations(2, 1);
  for (std::int8_t owner = Program::kShared; owner < 2; ++owner) {
    Program program;
    program.private_to[0] = owner;
    for (const Operation& a : all) {
      for (const Operation& b : all) {
        program.threads[0] = {a};
        program.threads[1] = {b};
        explore_if_infeasible(runner, program);
      }
    }
  }
}

TEST(Precondition, CarelessCallersDoWhatTheyPromisedNotTo) {
  explore::Runner runner = native_runner();
  Program program;
  program.threads[0] = {{Verb::kInit, 0, 0, static_cast<std::uint8_t>(world::Status::kUs)}};
  EXPECT_FALSE(all_feasible(program));
  program.rules.careful = false;
  EXPECT_TRUE(all_feasible(program));
  const choice::ChoiceSequence none;
  choice::ReplaySource source(none);
  runner.run(program, source);
  EXPECT_EQ(runner.view().executor.operations().front().done, world::Done::kDone);
}

// Larger programs under one schedule each.
TEST(Precondition, NothingIsDoneThatItRulesOutInLargerPrograms) {
  explore::Runner runner = native_runner();
  choice::SplitMix64 random(1);
  const std::array<program::Rules, 3> kinds = {
      program::Rules{}, {.gil = false, .careful = true}, {.gil = true, .careful = false}};
  for (const program::Rules& rules : kinds) {
    const std::vector<Operation> all = all_operations(2, 2);
    int ruled_out = 0;
    for (int round = 0; round < 30'000; ++round) {
      Program program;
      program.rules = rules;
      for (int x = 0; x < 2; ++x) {
        program.private_to[x] = static_cast<std::int8_t>(static_cast<int>(random.below(6)) - 3);
        if (program.private_to[x] < 0) program.private_to[x] = Program::kShared;
      }
      for (int t = 0; t < 3; ++t) {
        // Mostly programs that the model has nothing against but for their last operations.
        for (int tries = 0; tries < 12 && program.threads[t].size() < 5; ++tries) {
          const auto at = random.below(static_cast<std::uint32_t>(all.size()));
          program.threads[t].push_back(all[at]);
          if (tries < 10 && !all_feasible(program)) program.threads[t].pop_back();
        }
      }
      const auto prefix = feasible(program);
      if (!all_feasible(program)) ++ruled_out;
      choice::RandomSource source(random.next());
      runner.run(program, source);
      expect_not_done(runner, program, prefix);
    }
    EXPECT_GT(ruled_out, rules.careful ? 10'000 : 1'000);
  }
}

// The other way round it may err, but hardly does.
TEST(Precondition, LeavesFewOperationsThatAreNeverDone) {
  explore::Runner runner = native_runner();
  const SmallPrograms programs({1, 3, 1, 1}, runner.features());
  Program program;
  int all = 0;
  int idle = 0;
  for (auto found = programs.next(0, programs.end(), program); found;
       found = programs.next(found->number + 1, programs.end(), program)) {
    choice::DullSource source;
    runner.run(program, source);
    ++all;
    idle += std::ranges::count(runner.view().executor.operations(), world::Done::kSkipped,
                               &world::OperationRecord::done) > 0
                ? 1
                : 0;
  }
  EXPECT_GT(all, 1'000);
  EXPECT_LT(idle, all / 100);
}

// ---- Canonical programs ----

// `program` with its threads, interpreters and tensors renamed.
Program renamed(const Program& program, const std::array<int, 4>& thread,
                const std::array<int, 4>& interpreter, const std::array<int, 4>& tensor) {
  Program result;
  for (int x = 0; x < program::kTensors; ++x) {
    const int owner = program.private_to[x];
    result.private_to[tensor[x]] =
        static_cast<std::int8_t>(owner == Program::kShared ? owner : thread[owner]);
  }
  for (int t = 0; t < program::kThreads; ++t) {
    std::vector<Operation> operations = program.threads[t];
    for (Operation& o : operations) {
      if (o.interpreter >= 0) o.interpreter = static_cast<std::int8_t>(interpreter[o.interpreter]);
      if (info(o.verb).on_tensor) o.tensor = static_cast<std::uint8_t>(tensor[o.tensor]);
      if (o.verb == Verb::kTransfer) o.argument = static_cast<std::uint8_t>(tensor[o.argument]);
    }
    result.threads[thread[t]] = std::move(operations);
  }
  return result;
}

std::vector<std::array<int, 4>> permutations(int size) {
  std::vector<std::array<int, 4>> all;
  std::array<int, 4> p = {0, 1, 2, 3};
  do all.push_back(p);
  while (std::next_permutation(p.begin(), p.begin() + size));
  return all;
}

// One text for all programs that are the same up to names.
std::string class_of(const Program& program, const Bound& bound) {
  std::string least;
  for (const auto& thread : permutations(bound.threads)) {
    for (const auto& interpreter : permutations(bound.interpreters)) {
      for (const auto& tensor : permutations(bound.tensors)) {
        const std::string text = text_of(renamed(program, thread, interpreter, tensor));
        if (least.empty() || text < least) least = text;
      }
    }
  }
  return least;
}

bool refused_at_a_glance(const Operation& o) {
  return o.verb == Verb::kMisuse &&
         o.argument != static_cast<std::uint8_t>(program::MisuseKind::kNull);
}

bool misuses_twice_or_early(const Program& program) {
  std::ptrdiff_t misuses = 0;
  bool early = false;
  for (const auto& operations : program.threads) {
    misuses += std::ranges::count_if(operations, refused_at_a_glance);
    if (operations.empty()) continue;
    early |= std::any_of(operations.begin(), operations.end() - 1, refused_at_a_glance);
  }
  return early || misuses > 1;
}

// Whether a finalizer is given that only `destroy` calls, and no thread can come to one behind it.
bool waits_for_destroy_in_vain(const Program& program) {
  for (int t = 0; t < program::kThreads; ++t) {
    const auto& operations = program.threads[t];
    for (auto o = operations.begin(); o != operations.end(); ++o) {
      const bool only_destroy_calls_it =
          o->verb == Verb::kFinalizer &&
          o->argument != static_cast<std::uint8_t>(program::FinalizerKind::kAgain);
      if (!only_destroy_calls_it) continue;
      const auto destroys = [&](const Operation& other) {
        return other.verb == Verb::kDestroy && other.interpreter == o->interpreter;
      };
      bool destroyed = std::any_of(o, operations.end(), destroys);
      for (int u = 0; u < program::kThreads; ++u) {
        if (u != t) destroyed |= std::ranges::any_of(program.threads[u], destroys);
      }
      if (!destroyed) return true;
    }
  }
  return false;
}

// Whether a thread drops a tensor that another holds to the end, and makes no interpreter by that
// which another shuts down.
bool drops_in_vain(const Program& program, const Bound& bound) {
  const auto finalised = [&](int interpreter) {
    return std::ranges::any_of(program.threads, [&](const auto& operations) {
      return std::ranges::any_of(operations, [&](const Operation& o) {
        return o.verb == Verb::kFinalise && o.interpreter == interpreter;
      });
    });
  };
  for (int x = 0; x < bound.tensors; ++x) {
    bool held = false;
    bool dropped = false;
    for (const auto& operations : program.threads) {
      const auto drop = std::ranges::find_if(
          operations, [&](const Operation& o) { return o.verb == Verb::kDrop && o.tensor == x; });
      const bool uses = std::ranges::any_of(operations, [&](const Operation& o) {
        return (info(o.verb).on_tensor && o.tensor == x) ||
               (o.verb == Verb::kTransfer && o.argument == x);
      });
      held |= uses && drop == operations.end();
      dropped |= drop != operations.end() && !finalised(drop->interpreter);
    }
    if (held && dropped) return true;
  }
  return false;
}

// What SmallPrograms says that it leaves out, beside programs that are not canonical.
bool left_out(const Program& program, const Bound& bound) {
  if (program.operations() == 0 || !all_feasible(program)) return true;
  if (!explore::all_done(program, world::Features::all()).possible) return true;
  for (const auto& operations : program.threads) {
    if (!operations.empty() && operations.back().verb == Verb::kHermetic) return true;
  }
  if (misuses_twice_or_early(program) || waits_for_destroy_in_vain(program)) return true;
  for (int x = 0; x < bound.tensors; ++x) {
    const int owner = program.private_to[x];
    if (owner == Program::kShared) continue;
    const auto& operations = program.threads[owner];
    const auto escape = std::ranges::find_if(
        operations, [&](const Operation& o) { return o.verb == Verb::kEscape && o.tensor == x; });
    const bool needed = std::any_of(operations.begin(), escape, [&](const Operation& o) {
      if (o.verb == Verb::kTransfer) return o.argument == x;
      const bool definitely = o.verb == Verb::kInit && o.argument == 0;
      return o.tensor == x && (o.verb == Verb::kWrap || definitely);
    });
    if (!needed) return true;
  }
  return drops_in_vain(program, bound);
}

// Calls f(program) for all programs of `letters` within the bound.
template <class F>
void for_all_programs(const Bound& bound, const std::vector<Operation>& letters, F&& f) {
  std::vector<std::vector<Operation>> sequences = {{}};
  for (std::size_t s = 0; s < sequences.size(); ++s) {
    if (static_cast<int>(sequences[s].size()) == bound.operations) continue;
    for (const Operation& o : letters) {
      sequences.push_back(sequences[s]);
      sequences.back().push_back(o);
    }
  }
  Program program;
  const auto choose_owner = [&](auto&& self, int x) -> void {
    if (x == bound.tensors) return f(program);
    for (int owner = Program::kShared; owner < bound.threads; ++owner) {
      program.private_to[x] = static_cast<std::int8_t>(owner);
      self(self, x + 1);
    }
  };
  const auto choose_thread = [&](auto&& self, int t) -> void {
    if (t == bound.threads) return choose_owner(choose_owner, 0);
    for (const auto& sequence : sequences) {
      program.threads[t] = sequence;
      self(self, t + 1);
    }
  };
  choose_thread(choose_thread, 0);
}

void expect_complete_and_canonical(const Bound& bound, const std::vector<Operation>& letters) {
  std::map<std::string, std::uint32_t> expected;  // class and its size
  for_all_programs(bound, letters, [&](const Program& program) {
    if (!left_out(program, bound)) ++expected[class_of(program, bound)];
  });
  std::map<std::string, std::uint32_t> found;
  const SmallPrograms programs(bound, world::Features::all(), {}, letters);
  Program program;
  int size = 0;
  for (auto next = programs.next(0, programs.end(), program); next;
       next = programs.next(next->number + 1, programs.end(), program)) {
    EXPECT_GE(program.operations(), size) << "in the order of size";
    size = program.operations();
    EXPECT_TRUE(found.emplace(class_of(program, bound), next->represents).second)
        << "twice:\n"
        << text_of(program);
  }
  EXPECT_EQ(found, expected);
}

const std::vector<Operation> kOneTensor = {
    {Verb::kWrap, 0, 0, 0},      {Verb::kWrap, 1, 0, 0},      {Verb::kUnwrap, 0, 0, 0},
    {Verb::kUnwrap, 1, 0, 0},    {Verb::kDrop, -1, 0, 0},     {Verb::kEscape, -1, 0, 0},
    {Verb::kHermetic, -1, 0, 0}, {Verb::kHermetic, -1, 0, 1}, {Verb::kInit, 0, 0, 0},
    {Verb::kInit, 1, 0, 0},      {Verb::kFinalise, 0, 0, 0},  {Verb::kFinalise, 1, 0, 0}};

TEST(SmallPrograms, AreAllThatThereAreOnceEach) {
  expect_complete_and_canonical({2, 2, 2, 1}, kOneTensor);
}

TEST(SmallPrograms, AreAllOfThreeThreads) {
  expect_complete_and_canonical({3, 1, 2, 1}, kOneTensor);
}

TEST(SmallPrograms, AreAllOfTwoTensors) {
  std::vector<Operation> letters;
  for (const std::uint8_t x : {std::uint8_t{0}, std::uint8_t{1}}) {
    letters.push_back({Verb::kWrap, 0, x, 0});
    letters.push_back({Verb::kUnwrap, 0, x, 0});
    letters.push_back({Verb::kEscape, -1, x, 0});
    letters.push_back({Verb::kTransfer, 0, x, static_cast<std::uint8_t>(1 - x)});
  }
  expect_complete_and_canonical({2, 2, 1, 2}, letters);
  expect_complete_and_canonical({1, 4, 1, 2}, letters);
}

TEST(SmallPrograms, AreAllOfWhatLeavesNothingBehind) {
  std::vector<Operation> letters = {{Verb::kDrop, -1, 0, 0}};
  for (const std::int8_t i : {std::int8_t{0}, std::int8_t{1}}) {
    letters.push_back({Verb::kWrap, i, 0, 0});
    letters.push_back({Verb::kDestroy, i, 0, 0});
    letters.push_back({Verb::kFinalizer, i, 0, 2});
    letters.push_back({Verb::kMisuse, i, 0, 1});
  }
  expect_complete_and_canonical({2, 2, 2, 1}, letters);
  expect_complete_and_canonical({1, 4, 2, 1}, letters);
}

// A finalizer that nobody calls changes neither what is done nor the verdict, also where the slot
// gives objects back when it should not.
TEST(SmallPrograms, LoseNothingByFinalizersThatNobodyCalls) {
  int convicted = 0;
  for (const Bug bug : {Bug::kNone, Bug::kDecrefsTwice, Bug::kForgetsDecref, Bug::kLooksBack}) {
    HandSlot slot(bug);
    explore::Runner runner(slot);
    for (const std::uint8_t kind : {std::uint8_t{1}, std::uint8_t{2}}) {
      for (const Operation& other : all_operations(1, 1)) {
        if (other.verb == Verb::kDestroy) continue;
        Program program;
        program.threads[0] = {{Verb::kWrap, 0, 0, 0}, {Verb::kFinalizer, 0, 0, kind}};
        program.threads[1] = {other};
        const bool with = explore::exhaust(runner, program).finding.has_value();
        program.threads[0].pop_back();
        const bool without = explore::exhaust(runner, program).finding.has_value();
        EXPECT_LE(with, without) << text_of(program);
        convicted += with ? 1 : 0;
      }
    }
  }
  EXPECT_GT(convicted, 0);
}

// What a program fails in that misuses the slot twice, or before its end, a smaller one fails in.
TEST(SmallPrograms, LoseNothingByMisusingOnceAndLast) {
  int convicted = 0;
  for (const Bug bug : {Bug::kNone, Bug::kTerminates, Bug::kWritesAndThrows, Bug::kLocks}) {
    HandSlot slot(bug);
    explore::Runner runner(slot);
    const auto fails = [&](std::vector<Operation> first, std::vector<Operation> second) {
      Program program;
      program.threads[0] = std::move(first);
      program.threads[1] = std::move(second);
      return explore::exhaust(runner, program).finding.has_value();
    };
    for (const std::uint8_t kind : {std::uint8_t{1}, std::uint8_t{2}}) {
      const Operation misuse{Verb::kMisuse, 0, 0, kind};
      if (!program::available(misuse, runner.features())) continue;
      for (const Operation& a : all_operations(2, 1)) {
        const bool early = fails({misuse, a}, {});
        EXPECT_LE(early, fails({misuse}, {}) || fails({a}, {})) << print(a);
        const bool beside = fails({misuse}, {a, misuse});
        EXPECT_LE(beside, fails({misuse}, {a}) || fails({}, {a, misuse})) << print(a);
        convicted += early ? 1 : 0;
      }
    }
  }
  EXPECT_GT(convicted, 0);
}

// Of a tensor that some thread holds to the end it makes no difference who else drops it.
TEST(SmallPrograms, LoseNothingByDroppingAllOrNone) {
  int convicted = 0;
  for (const Bug bug : {Bug::kNone, Bug::kClaimsInTwoSteps, Bug::kDecrefsTwice, Bug::kForgetsDecref,
                        Bug::kLooksBack, Bug::kLocks}) {
    HandSlot slot(bug);
    explore::Runner runner(slot);
    const auto fails = [&](std::vector<Operation> first, const Operation& second) {
      Program program;
      program.threads[0] = std::move(first);
      program.threads[1] = {second};
      return explore::exhaust(runner, program).finding.has_value();
    };
    for (const Operation& drop : {Operation{Verb::kDrop, -1, 0, 0}, Operation{Verb::kDrop, 0, 0, 0},
                                  Operation{Verb::kDrop, 1, 0, 0}}) {
      for (const Operation& a : {Operation{Verb::kWrap, 0, 0, 0}, Operation{Verb::kMine, 0, 0, 0},
                                 Operation{Verb::kInit, 1, 0, 1}}) {
        for (const Operation& b : all_operations(2, 1)) {
          if (b.verb == Verb::kDrop || b.verb == Verb::kFinalise) continue;
          const bool with = fails({a, drop}, b);
          EXPECT_LE(with, fails({a}, b))
              << print(a) << ", " << print(drop) << " beside " << print(b);
          convicted += with ? 1 : 0;
        }
      }
    }
  }
  EXPECT_GT(convicted, 0);
}

// A tensor whose owner does nothing before it escapes may as well be shared.
TEST(SmallPrograms, LoseNothingBySharingWhatIsShownAnyway) {
  int convicted = 0;
  for (const Bug bug : {Bug::kNone, Bug::kClaimsInTwoSteps, Bug::kDecrefsTwice, Bug::kLocks}) {
    HandSlot slot(bug);
    explore::Runner runner(slot);
    for (const Operation& before :
         {Operation{Verb::kCheck, 0, 0, 0}, Operation{Verb::kInit, 0, 0, 1},
          Operation{Verb::kTag, -1, 0, 0}}) {
      for (const Operation& other : all_operations(2, 1)) {
        if (other.verb == Verb::kInit && other.argument != 1) continue;  // breaks a promise
        Program program;
        program.private_to[0] = 0;
        program.threads[0] = {before, {Verb::kEscape, -1, 0, 0}, {Verb::kWrap, 0, 0, 0}};
        program.threads[1] = {other};
        const bool escaping = explore::exhaust(runner, program).finding.has_value();
        program.private_to[0] = Program::kShared;
        program.threads[0].erase(program.threads[0].begin() + 1);
        const bool shared = explore::exhaust(runner, program).finding.has_value();
        EXPECT_LE(escaping, shared) << text_of(program);
        convicted += escaping ? 1 : 0;
      }
    }
  }
  EXPECT_GT(convicted, 0);
}

// Where one starts and stops makes no difference.
TEST(SmallPrograms, CanBeTakenInParts) {
  const SmallPrograms programs({2, 1, 2, 1}, world::Features::all());
  std::vector<std::uint64_t> all;
  std::vector<std::uint64_t> in_parts;
  Program program;
  for (auto next = programs.next(0, programs.end(), program); next;
       next = programs.next(next->number + 1, programs.end(), program)) {
    all.push_back(next->number);
  }
  for (std::uint64_t begin = 0; begin < programs.end(); begin += 7) {
    for (auto next = programs.next(begin, begin + 7, program); next;
         next = programs.next(next->number + 1, begin + 7, program)) {
      in_parts.push_back(next->number);
    }
  }
  EXPECT_GT(all.size(), 100u);
  EXPECT_EQ(all, in_parts);
}

// The alphabet has what text can say, but for what it says that it leaves out.
TEST(Alphabet, HasEveryVerbWithEveryArgument) {
  const std::vector<Operation> letters = explore::alphabet({2, 2, 2, 2}, world::Features::all());
  std::set<std::string> have;
  for (const Operation& o : letters) have.insert(print(o));
  EXPECT_EQ(have.size(), letters.size());
  for (const Operation& o : all_operations(2, 2)) {
    const bool detached_alone = o.verb == Verb::kTag || o.verb == Verb::kLoad ||
                                o.verb == Verb::kHas || o.verb == Verb::kEscape ||
                                o.verb == Verb::kHermetic;
    EXPECT_EQ(have.contains(print(o)), !detached_alone || o.interpreter == program::kDetached)
        << print(o);
  }
}

// What an attached thread finds in such an operation, a detached one finds too.
TEST(Alphabet, LosesNothingByLookingDetached) {
  int convicted = 0;
  for (const Bug bug : {Bug::kNone, Bug::kWritesWhenAsked, Bug::kLocks}) {
    HandSlot slot(bug);
    explore::Runner runner(slot);
    for (const Verb verb : {Verb::kTag, Verb::kLoad, Verb::kHas}) {
      for (const Operation& other : all_operations(2, 1)) {
        Program program;
        program.threads[1] = {other};
        program.threads[0] = {{verb, 0, 0, 0}};
        const bool attached = explore::exhaust(runner, program).finding.has_value();
        program.threads[0] = {{verb, program::kDetached, 0, 0}};
        const bool detached = explore::exhaust(runner, program).finding.has_value();
        EXPECT_LE(attached, detached) << text_of(program);
        convicted += attached ? 1 : 0;
      }
    }
  }
  EXPECT_GT(convicted, 0);
}

}  // namespace
}  // namespace slotproof::unit
