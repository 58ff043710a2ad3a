#include "explore/shrink.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace slotproof::explore {
namespace {

using program::Operation;
using program::Program;
using program::Verb;

// Runs that looking for a schedule of a smaller program may take, and for the final schedule.
constexpr std::uint64_t kRunsPerAttempt = 1500;
constexpr std::uint64_t kRunsForSchedule = 20'000;

// Verbs from plain to rich; an operation is replaced by a plainer one if that fails too.
constexpr std::array kPlainVerbs = {Verb::kTag, Verb::kHas, Verb::kCheck, Verb::kWrap};

int rank(Verb verb) {
  const auto* const at = std::find(kPlainVerbs.begin(), kPlainVerbs.end(), verb);
  return static_cast<int>(at - kPlainVerbs.begin());
}

std::size_t deviations(const choice::ChoiceSequence& choices) {
  return static_cast<std::size_t>(std::count_if(choices.choices.begin(), choices.choices.end(),
                                                [](const auto& c) { return c.answer != 0; }));
}

// Names by first appearance, private owners and empty threads likewise: programs that differ in
// names alone become one.
Program renamed(const Program& from) {
  Program to;
  std::array<int, program::kInterpreters> interpreters{};
  std::array<int, program::kTensors> tensors{};
  std::array<int, program::kThreads> threads{};
  interpreters.fill(-1);
  tensors.fill(-1);
  threads.fill(-1);
  int next_interpreter = 0;
  int next_tensor = 0;
  int next_thread = 0;
  const auto tensor = [&](std::uint8_t& x) {
    if (tensors[x] == -1) tensors[x] = next_tensor++;
    x = static_cast<std::uint8_t>(tensors[x]);
  };
  for (int t = 0; t < program::kThreads; ++t) {
    if (from.threads[t].empty()) continue;
    threads[t] = next_thread++;
    for (Operation o : from.threads[t]) {
      if (o.interpreter != program::kDetached) {
        if (interpreters[o.interpreter] == -1) interpreters[o.interpreter] = next_interpreter++;
        o.interpreter = static_cast<std::int8_t>(interpreters[o.interpreter]);
      }
      if (program::info(o.verb).on_tensor) tensor(o.tensor);
      if (program::info(o.verb).argument == program::ArgumentKind::kTensor) tensor(o.argument);
      to.threads[threads[t]].push_back(o);
    }
  }
  for (int x = 0; x < program::kTensors; ++x) {
    const int owner = from.private_to[x];
    if (tensors[x] == -1 || owner == Program::kShared || threads[owner] == -1) continue;
    to.private_to[tensors[x]] = static_cast<std::int8_t>(threads[owner]);
  }
  return to;
}

class Shrinker {
 public:
  Shrinker(Runner& runner, const program::Case& from, oracle::Verdict verdict,
           const Progress& progress)
      : runner_(runner), verdict_(verdict), progress_(progress) {
    best_.test_case = from;
    choice::ReplaySource source(from.choices);
    best_.judgement = runner_.run(from.program, source);
    best_.test_case.choices = runner_.choices();
    best_.runs = 1;
  }

  Shrunk run() {
    if (best_.judgement.verdict != verdict_) return std::move(best_);
    bool smaller = true;
    while (smaller && !stopped_) {
      smaller = drop_operations();
      smaller = merge_threads() || smaller;
      smaller = simplify_operations() || smaller;
      smaller = share_tensors() || smaller;
    }
    try_program(renamed(best_.test_case.program));
    plain_schedule();
    return std::move(best_);
  }

 private:
  // Takes `candidate` for the best if it fails too, under a schedule like the present one or a
  // plain one.
  bool try_program(const Program& candidate) {
    if (stopped_ || candidate == best_.test_case.program) return false;
    choice::ReplaySource same(best_.test_case.choices);
    ++best_.runs;
    const oracle::Judgement& judgement = runner_.run(candidate, same);
    if (judgement.verdict == verdict_) {
      best_.judgement = judgement;
      best_.test_case = {candidate, runner_.choices()};
      return true;
    }
    SearchResult found = deviation_search(runner_, candidate, verdict_, kRunsPerAttempt);
    return take(found);
  }

  bool take(SearchResult& found) {
    best_.runs += found.runs;
    if (progress_ && !progress_(best_.runs)) stopped_ = true;
    if (!found.finding) return false;
    best_.test_case = std::move(found.finding->test_case);
    best_.judgement = std::move(found.finding->judgement);
    return true;
  }

  // Delta debugging (Zeller, Hildebrandt, TSE 2002), over the operations of all threads as one
  // list.
  bool drop_operations() {
    bool smaller = false;
    for (int length = std::max(1, best_.test_case.program.operations() / 2); length >= 1;
         length /= 2) {
      // From the end: what comes last is what nothing else depends on.
      for (int at = best_.test_case.program.operations() - length; at >= 0;) {
        if (try_program(without(best_.test_case.program, at, length))) {
          smaller = true;
          at = std::min(at, best_.test_case.program.operations() - length);
        } else {
          --at;
        }
      }
    }
    return smaller;
  }

  static Program without(Program program, int at, int length) {
    for (auto& thread : program.threads) {
      const int size = static_cast<int>(thread.size());
      const int begin = std::clamp(at, 0, size);
      const int end = std::clamp(at + length, 0, size);
      thread.erase(thread.begin() + begin, thread.begin() + end);
      at -= size;
    }
    return renamed(program);
  }

  // Does with one thread less what two did, one after the other.
  bool merge_threads() {
    bool smaller = false;
    for (int from = program::kThreads - 1; from > 0; --from) {
      for (int to = 0; to < from; ++to) {
        Program merged = best_.test_case.program;
        if (merged.threads[from].empty() || merged.threads[to].empty()) continue;
        auto& target = merged.threads[to];
        target.insert(target.end(), merged.threads[from].begin(), merged.threads[from].end());
        merged.threads[from].clear();
        for (std::int8_t& owner : merged.private_to) {
          if (owner == from) owner = static_cast<std::int8_t>(to);
        }
        smaller = try_program(renamed(merged)) || smaller;
      }
    }
    return smaller;
  }

  bool simplify_operations() {
    bool smaller = false;
    for (int t = 0; t < program::kThreads; ++t) {
      for (std::size_t o = 0; o < best_.test_case.program.threads[t].size(); ++o) {
        for (const Operation& plainer : plainer_ones(best_.test_case.program.threads[t][o])) {
          Program candidate = best_.test_case.program;
          candidate.threads[t][o] = plainer;
          if (!try_program(candidate)) continue;
          smaller = true;
          break;
        }
      }
    }
    return smaller;
  }

  static std::vector<Operation> plainer_ones(const Operation& operation) {
    std::vector<Operation> plainer;
    const program::VerbInfo& info = program::info(operation.verb);
    for (const Verb verb : kPlainVerbs) {
      if (!info.on_tensor || rank(verb) >= rank(operation.verb)) break;
      if (operation.interpreter == program::kDetached && program::info(verb).needs_interpreter) {
        continue;
      }
      plainer.push_back({verb, operation.interpreter, operation.tensor, 0});
    }
    Operation o = operation;
    for (std::int8_t i = 0; i < operation.interpreter; ++i) {
      o.interpreter = i;
      plainer.push_back(o);
    }
    o = operation;
    for (std::uint8_t x = 0; info.on_tensor && x < operation.tensor; ++x) {
      o.tensor = x;
      if (info.argument != program::ArgumentKind::kTensor || x != o.argument) plainer.push_back(o);
    }
    o = operation;
    for (std::uint8_t a = 0; a < operation.argument; ++a) {
      o.argument = a;
      if (info.argument != program::ArgumentKind::kTensor || a != o.tensor) plainer.push_back(o);
    }
    return plainer;
  }

  bool share_tensors() {
    bool smaller = false;
    for (int x = 0; x < program::kTensors; ++x) {
      Program candidate = best_.test_case.program;
      candidate.private_to[x] = Program::kShared;
      smaller = try_program(candidate) || smaller;
    }
    return smaller;
  }

  // The plainest schedule that there is; where it takes too long to find, the present one without
  // what it can spare.
  void plain_schedule() {
    SearchResult found =
        deviation_search(runner_, best_.test_case.program, verdict_, kRunsForSchedule);
    if (take(found)) return;
    for (std::size_t c = 0; c < best_.test_case.choices.choices.size(); ++c) {
      choice::ChoiceSequence candidate = best_.test_case.choices;
      if (candidate.choices[c].answer == 0) continue;
      candidate.choices[c].answer = 0;
      choice::ReplaySource source(candidate);
      ++best_.runs;
      const oracle::Judgement& judgement = runner_.run(best_.test_case.program, source);
      if (judgement.verdict != verdict_ ||
          deviations(runner_.choices()) >= deviations(best_.test_case.choices)) {
        continue;
      }
      best_.judgement = judgement;
      best_.test_case.choices = runner_.choices();
    }
  }

  Runner& runner_;
  oracle::Verdict verdict_;
  const Progress& progress_;
  Shrunk best_;
  bool stopped_ = false;
};

}  // namespace

Shrunk shrink(Runner& runner, const program::Case& from, oracle::Verdict verdict,
              const Progress& progress) {
  return Shrinker(runner, from, verdict, progress).run();
}

}  // namespace slotproof::explore
