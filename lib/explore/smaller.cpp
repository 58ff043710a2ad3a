#include "explore/smaller.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

namespace slotproof::explore {
namespace {

using program::Operation;
using program::Program;
using program::Verb;

// Up to this many operations all ways of putting parts together are tried: they are what leads out
// of a program that no longer fails if any one operation is dropped. Programs of several threads
// take longer to try.
constexpr int kMaxToCombine = 6;
constexpr int kMaxToCombineOfSeveral = 3;

// Verbs from plain to rich; an operation is replaced by a plainer one if that fails too.
constexpr std::array kPlainVerbs = {Verb::kTag, Verb::kHas, Verb::kCheck, Verb::kWrap};

int rank(Verb verb) {
  const auto* const at = std::find(kPlainVerbs.begin(), kPlainVerbs.end(), verb);
  return static_cast<int>(at - kPlainVerbs.begin());
}

// Names by first appearance, private owners and empty threads likewise: programs that differ in
// names alone become one.
Program renamed(const Program& from) {
  Program to;
  to.rules = from.rules;
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

Program without(Program program, int at, int length) {
  for (auto& thread : program.threads) {
    const int size = static_cast<int>(thread.size());
    const int begin = std::clamp(at, 0, size);
    const int end = std::clamp(at + length, 0, size);
    thread.erase(thread.begin() + begin, thread.begin() + end);
    at -= size;
  }
  return renamed(program);
}

std::vector<Operation> plainer_ones(const Operation& operation) {
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

// Of the operations of all threads as one list.
Operation& operation_at(Program& program, int at) {
  for (auto& thread : program.threads) {
    const int size = static_cast<int>(thread.size());
    if (at < size) return thread[static_cast<std::size_t>(at)];
    at -= size;
  }
  std::abort();  // there is no such operation
}

// All operations under the interpreter of `operation`, with its tensor.
std::vector<Operation> ones_like(const Operation& operation) {
  std::vector<Operation> ones;
  for (const program::VerbInfo& info : program::verbs()) {
    if (info.argument == program::ArgumentKind::kTensor) continue;
    if (info.needs_interpreter && operation.interpreter == program::kDetached) continue;
    for (int a = 0; a < program::argument_values(info.argument); ++a) {
      const std::uint8_t tensor = info.on_tensor ? operation.tensor : 0;
      ones.push_back({info.verb, operation.interpreter, tensor, static_cast<std::uint8_t>(a)});
    }
  }
  return ones;
}

// What one thread may do that does what two did: all orders of a few operations, of more only one
// thread after the other. Nothing if one of them does nothing.
std::vector<std::vector<Operation>> interleavings(const std::vector<Operation>& first,
                                                  const std::vector<Operation>& second) {
  std::vector<std::vector<Operation>> result;
  if (first.empty() || second.empty()) return result;
  std::vector<bool> of_second(first.size(), false);
  of_second.resize(first.size() + second.size(), true);
  do {
    std::vector<Operation> both;
    auto next_first = first.begin();
    auto next_second = second.begin();
    for (const bool from_second : of_second)
      both.push_back(from_second ? *next_second++ : *next_first++);
    result.push_back(std::move(both));
  } while (std::ssize(of_second) <= kMaxToCombine &&
           std::next_permutation(of_second.begin(), of_second.end()));
  return result;
}

}  // namespace

std::vector<Program> smaller(const Program& program) {
  std::vector<Program> result;
  const auto add = [&](const Program& candidate) {
    if (candidate != program) result.push_back(candidate);
  };
  // Delta debugging (Zeller, Hildebrandt, TSE 2002), over the operations of all threads as one
  // list, from its end: what comes last is what nothing else depends on.
  const int operations = program.operations();
  for (int length = std::max(1, operations / 2); length >= 1; length /= 2) {
    for (int at = operations - length; at >= 0; --at) add(without(program, at, length));
  }
  const auto busy = [](const std::vector<Operation>& thread) { return !thread.empty(); };
  const bool alone = std::count_if(program.threads.begin(), program.threads.end(), busy) == 1;
  if (operations <= (alone ? kMaxToCombine : kMaxToCombineOfSeveral)) {
    Program parts = program;
    for (int kept = 0; kept < operations; ++kept) {
      for (const Operation& one : ones_like(operation_at(parts, kept))) {
        Program candidate = program;
        operation_at(candidate, kept) = one;
        for (int dropped = 0; dropped < operations; ++dropped) {
          if (dropped != kept) add(without(candidate, dropped, 1));
        }
      }
    }
  }
  for (int from = program::kThreads - 1; from > 0; --from) {
    for (int to = 0; to < from; ++to) {
      for (const std::vector<Operation>& both :
           interleavings(program.threads[to], program.threads[from])) {
        Program merged = program;
        merged.threads[to] = both;
        merged.threads[from].clear();
        for (std::int8_t& owner : merged.private_to) {
          if (owner == from) owner = static_cast<std::int8_t>(to);
        }
        add(renamed(merged));
      }
    }
  }
  for (int t = 0; t < program::kThreads; ++t) {
    for (std::size_t o = 0; o < program.threads[t].size(); ++o) {
      for (const Operation& plainer : plainer_ones(program.threads[t][o])) {
        Program candidate = program;
        candidate.threads[t][o] = plainer;
        add(candidate);
      }
    }
  }
  for (int x = 0; x < program::kTensors; ++x) {
    Program candidate = program;
    candidate.private_to[x] = Program::kShared;
    add(candidate);
  }
  Program candidate = program;
  candidate.rules.careful = true;
  add(candidate);
  candidate = program;
  candidate.rules.gil = true;
  add(candidate);
  add(renamed(program));
  return result;
}

}  // namespace slotproof::explore
