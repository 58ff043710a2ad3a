// Laws of what may be changed in a program without changing what its calls give.
//
// They look at the operations of one thread, done one after the other, with and without the change.
#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <vector>

#include "choice/choice_sequence.h"
#include "look.h"
#include "slot_law.h"

namespace slotproof::laws {
namespace {

using program::ArgumentKind;
using program::Operation;
using program::Program;
using program::Verb;
using world::CallRecord;
using world::Done;
using world::kNobody;
using world::SlotCall;

// What a call gave, apart from texts, which have addresses in them.
struct Given {
  SlotCall call{};
  int self = kNobody;
  int object = kNobody;  // by first appearance among the tensor's calls
  world::Raised raised{};
  bool has_value = false;
  int value = kNobody;  // likewise, where it is an object
  int decrefs = 0;

  friend bool operator==(const Given&, const Given&) = default;
};

using Results = std::array<std::vector<Given>, world::kTensors>;

// What the calls of the last run gave, tensor by tensor, apart from those for which `skip` is true.
Results results(const report::RunView& run, const std::function<bool(const CallRecord&)>& skip) {
  Results all;
  std::array<std::map<int, int>, world::kTensors> names;
  for (const CallRecord& call : run.world.calls()) {
    if (skip(call)) continue;
    const auto name = [&](int object) {
      if (object < 0) return object;
      auto& known = names[call.tensor];
      return known.try_emplace(object, static_cast<int>(known.size())).first->second;
    };
    const bool gives_object = call.call == SlotCall::kCheck || call.call == SlotCall::kObject;
    all[call.tensor].push_back({call.call, call.self, name(call.object), call.result.raised,
                                call.result.has_value, gives_object ? name(call.value) : call.value,
                                call.decrefs});
  }
  return all;
}

constexpr auto kExceptNone = [](const CallRecord&) { return false; };

// The thread of the program that has most to do, alone.
Program busiest_thread(const Program& program) {
  const auto* const busiest =
      std::max_element(program.threads.begin(), program.threads.end(),
                       [](const auto& a, const auto& b) { return a.size() < b.size(); });
  Program alone;
  alone.threads[0] = *busiest;
  for (std::size_t x = 0; x < alone.private_to.size(); ++x) {
    if (program.private_to[x] == busiest - program.threads.begin()) alone.private_to[x] = 0;
  }
  return alone;
}

bool passes(explore::Runner& runner, const Program& program, choice::Source& source) {
  return runner.run(program, source).verdict == oracle::Verdict::kPass;
}

bool passes(explore::Runner& runner, const Program& program) {
  choice::DullSource source;
  return passes(runner, program, source);
}

// Whether the law speaks of `program` at all, which then has its results in `before`.
bool begin(explore::Runner& runner, const Program& program, Results& before) {
  if (program.operations() == 0 || !passes(runner, program)) return false;
  before = results(runner.view(), kExceptNone);
  return true;
}

std::string shown(const char* what, const Program& program) {
  return std::string(what) + ":\n" +
         program::print(program::ProgramText{program::Case{program, {}}, {}, {}});
}

// Inserts what `more` gives for each operation behind it, one at a time, and compares what all
// other calls give. An insertion whose first operation is skipped says nothing.
Ruling insertion_changes_nothing(
    explore::Runner& runner, const Program& from,
    const std::function<std::vector<Operation>(const Operation&)>& more) {
  const Program alone = busiest_thread(from);
  Results before;
  if (!begin(runner, alone, before)) return {};
  Ruling ruling;
  for (std::size_t at = 0; at < alone.threads[0].size(); ++at) {
    const std::vector<Operation> inserted = more(alone.threads[0][at]);
    if (inserted.empty() ||
        alone.operations() + static_cast<int>(inserted.size()) > program::kMaxOperations) {
      continue;
    }
    Program longer = alone;
    longer.threads[0].insert(longer.threads[0].begin() + static_cast<std::ptrdiff_t>(at) + 1,
                             inserted.begin(), inserted.end());
    const bool pass = passes(runner, longer);
    const auto& operations = runner.view().executor.operations();
    if (operations.size() < at + 1 + inserted.size()) {
      if (!pass) return Ruling::broken(shown("with more", longer));
      continue;
    }
    if (operations[at + 1].done != Done::kDone) continue;
    ruling.applies = true;
    const machine::EventIndex begin = operations[at + 1].begin;
    const machine::EventIndex end = operations[at + inserted.size()].end;
    const Results after = results(runner.view(), [&](const CallRecord& call) {
      return call.begin >= begin && call.begin < end;
    });
    if (!pass || after != before) return Ruling::broken(shown("with more", longer));
  }
  return ruling;
}

SLOT_LAW(ChangeLaws, AQueryMoreChangesNobodysResult) {
  return insertion_changes_nothing(runner, ran.program, [](const Operation& o) {
    std::vector<Operation> more;
    if (!program::info(o.verb).on_tensor || o.interpreter == program::kDetached) return more;
    more.push_back({Verb::kTag, o.interpreter, o.tensor, 0});
    more.push_back({Verb::kHas, o.interpreter, o.tensor, 0});
    more.push_back({Verb::kMine, o.interpreter, o.tensor, 0});
    return more;
  });
}

SLOT_LAW(ChangeLaws, OwnershipFlipsAreInvolutions) {
  return insertion_changes_nothing(runner, ran.program, [](const Operation& o) {
    std::vector<Operation> more;
    if (!program::info(o.verb).on_tensor || o.interpreter == program::kDetached) return more;
    // Where the object is not the thread's, or there is none, nothing would be flipped.
    if (o.verb != Verb::kWrap && o.verb != Verb::kInit) return more;
    more.push_back({Verb::kOwn, o.interpreter, o.tensor, 0});
    more.push_back({Verb::kDisown, o.interpreter, o.tensor, 0});
    return more;
  });
}

SLOT_LAW(ChangeLaws, DestroyingTwiceIsDestroyingOnce) {
  return insertion_changes_nothing(runner, ran.program, [](const Operation& o) {
    return o.verb == Verb::kDestroy ? std::vector{o} : std::vector<Operation>{};
  });
}

SLOT_LAW(ChangeLaws, ClearingTwiceIsClearingOnce) {
  return insertion_changes_nothing(runner, ran.program, [](const Operation& o) {
    return o.verb == Verb::kClear ? std::vector{o} : std::vector<Operation>{};
  });
}

// Operations of one tensor, that leave thread and interpreter as they are.
bool keeps_to_its_tensor(const Operation& o) {
  return program::info(o.verb).on_tensor && o.verb != Verb::kTransfer;
}

SLOT_LAW(ChangeLaws, OperationsOnTwoTensorsCommute) {
  const Program alone = busiest_thread(ran.program);
  Results before;
  if (!begin(runner, alone, before)) return {};
  Ruling ruling;
  for (std::size_t at = 0; at + 1 < alone.threads[0].size(); ++at) {
    const Operation& first = alone.threads[0][at];
    const Operation& second = alone.threads[0][at + 1];
    if (!keeps_to_its_tensor(first) || !keeps_to_its_tensor(second) ||
        first.tensor == second.tensor) {
      continue;
    }
    Program swapped = alone;
    std::swap(swapped.threads[0][at], swapped.threads[0][at + 1]);
    ruling.applies = true;
    if (!passes(runner, swapped) || results(runner.view(), kExceptNone) != before) {
      return Ruling::broken(shown("the other way round", swapped));
    }
  }
  return ruling;
}

// Changes from thread 0 to thread 1, which then runs to its end, at one place.
class VisitSource final : public choice::Source {
 public:
  explicit VisitSource(int place) : left_(place) {}

  std::uint32_t choose(std::uint32_t /*bound*/, choice::Kind kind) override {
    return kind == choice::Kind::kThread && left_-- == 0 ? 1 : 0;
  }

  bool visited() const { return left_ < 0; }

 private:
  int left_;
};

SLOT_LAW(ChangeLaws, AThreadThatOnlyAsksChangesNobodysResult) {
  Program both = busiest_thread(ran.program);
  if (both.operations() == 0) return {};
  for (std::uint8_t x = 0; x < world::kTensors; ++x) {
    both.threads[1].push_back({Verb::kTag, program::kDetached, x, 0});
    both.threads[1].push_back({Verb::kHas, program::kDetached, x, 0});
  }
  // To be there at all it has to hold the tensors; so it is always there, and asks at the end
  // first.
  const auto of_the_other = [](const CallRecord& call) { return call.thread == 2; };
  if (both.operations() > program::kMaxOperations || !passes(runner, both)) return {};
  const Results before = results(runner.view(), of_the_other);
  Ruling ruling;
  for (int place = 0;; ++place) {
    VisitSource source(place);
    const bool pass = passes(runner, both, source);
    if (!source.visited()) return ruling;
    ruling.applies = true;
    if (!pass || results(runner.view(), of_the_other) != before) {
      return Ruling::broken(shown("with somebody who asks", both));
    }
  }
}

// ---- Names ----

SLOT_LAW(ChangeLaws, RenamingInterpretersChangesNothing) {
  const auto renamed = [](int i) { return i < 0 ? i : (i + 1) % program::kInterpreters; };
  Program other = ran.program;
  for (auto& thread : other.threads) {
    for (Operation& o : thread) o.interpreter = static_cast<std::int8_t>(renamed(o.interpreter));
  }
  const oracle::Verdict verdict = runner.view().judgement.verdict;
  Results expected = results(runner.view(), kExceptNone);
  for (auto& tensor : expected) {
    for (Given& given : tensor) {
      given.self = renamed(given.self);
      const bool gives_interpreter =
          given.call == SlotCall::kInterpreter || given.call == SlotCall::kLoad;
      if (gives_interpreter && given.has_value) given.value = renamed(given.value);
    }
  }
  choice::ReplaySource same(ran.choices);
  if (runner.run(other, same).verdict != verdict ||
      results(runner.view(), kExceptNone) != expected) {
    return Ruling::broken(shown("under other names", other));
  }
  return {ran.program.operations() > 0, true, {}};
}

SLOT_LAW(ChangeLaws, RenamingTensorsChangesNothing) {
  const auto renamed = [](int x) { return (x + 1) % program::kTensors; };
  Program other = ran.program;
  for (auto& thread : other.threads) {
    for (Operation& o : thread) {
      const program::VerbInfo& info = program::info(o.verb);
      if (info.on_tensor) o.tensor = static_cast<std::uint8_t>(renamed(o.tensor));
      if (info.argument == ArgumentKind::kTensor) {
        o.argument = static_cast<std::uint8_t>(renamed(o.argument));
      }
    }
  }
  for (int x = 0; x < program::kTensors; ++x) {
    other.private_to[renamed(x)] = ran.program.private_to[x];
  }
  const oracle::Verdict verdict = runner.view().judgement.verdict;
  const Results before = results(runner.view(), kExceptNone);
  choice::ReplaySource same(ran.choices);
  const bool same_verdict = runner.run(other, same).verdict == verdict;
  const Results after = results(runner.view(), kExceptNone);
  bool equal = same_verdict;
  for (int x = 0; x < program::kTensors; ++x) equal &= after[renamed(x)] == before[x];
  if (!equal) return Ruling::broken(shown("under other names", other));
  return {ran.program.operations() > 0, true, {}};
}

}  // namespace
}  // namespace slotproof::laws
