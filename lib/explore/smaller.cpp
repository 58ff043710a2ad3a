#include "explore/smaller.h"

#include <algorithm>
#include <array>
#include <utility>

namespace slotproof::explore {
namespace {

using program::Operation;
using program::Program;
using program::Verb;

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
  // One thread does what two did, one after the other.
  for (int from = program::kThreads - 1; from > 0; --from) {
    for (int to = 0; to < from; ++to) {
      if (program.threads[from].empty() || program.threads[to].empty()) continue;
      Program merged = program;
      auto& target = merged.threads[to];
      target.insert(target.end(), program.threads[from].begin(), program.threads[from].end());
      merged.threads[from].clear();
      for (std::int8_t& owner : merged.private_to) {
        if (owner == from) owner = static_cast<std::int8_t>(to);
      }
      add(renamed(merged));
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
  add(renamed(program));
  return result;
}

}  // namespace slotproof::explore
