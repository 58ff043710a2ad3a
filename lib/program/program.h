// A program: what each simulated thread does, in order.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "choice/choice_sequence.h"
#include "program/operation.h"

namespace slotproof::program {

// How the threads of a program behave, and what they run on.
struct Rules {
  bool gil = true;      // false: free-threaded Python, whose interpreters have no GIL
  bool careful = true;  // false: they break promises of callers, and do what the slot does not
                        // undertake to refuse, instead of leaving that out

  friend bool operator==(const Rules&, const Rules&) = default;
};

// All threads know all tensors from the start, except a private one: only the thread named in
// `private_to` knows it until that thread does `escape`.
struct Program {
  static constexpr std::int8_t kShared = -1;

  Rules rules;
  std::array<std::vector<Operation>, kThreads> threads;
  std::array<std::int8_t, kTensors> private_to = {kShared, kShared, kShared, kShared};

  int operations() const {
    std::size_t count = 0;
    for (const auto& thread : threads) count += thread.size();
    return static_cast<int>(count);
  }

  friend bool operator==(const Program&, const Program&) = default;
};

// A program and the choices to run it with: what a fuzzer's bytes decode to, what a reproducer
// holds.
struct Case {
  Program program;
  choice::ChoiceSequence choices;

  friend bool operator==(const Case&, const Case&) = default;
};

}  // namespace slotproof::program
