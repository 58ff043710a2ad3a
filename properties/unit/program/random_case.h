// Well-formed values at random, for round trips.
#pragma once

#include <cstdint>
#include <string>

#include "choice/random_source.h"
#include "program/text.h"

namespace slotproof::program {

// Any well-formed operation, all equally likely.
inline Operation random_operation(choice::SplitMix64& random) {
  const VerbInfo& verb = verbs()[random.below(kVerbs)];
  Operation operation;
  operation.verb = verb.verb;
  const bool detached = !verb.needs_interpreter && random.below(3) == 0;
  operation.interpreter =
      detached ? kDetached : static_cast<std::int8_t>(random.below(kInterpreters));
  if (verb.on_tensor) operation.tensor = static_cast<std::uint8_t>(random.below(kTensors));
  do {
    operation.argument = static_cast<std::uint8_t>(random.below(argument_values(verb.argument)));
  } while (verb.argument == ArgumentKind::kTensor && operation.argument == operation.tensor);
  return operation;
}

// Any well-formed case; answers of its choices are below `answers`.
inline Case random_case(choice::SplitMix64& random, std::uint32_t answers) {
  Case made;
  // Full programs are a case of their own, and must not be rare.
  const std::uint32_t operations = random.below(8) == 0 ? kMaxOperations : random.below(12);
  const std::uint32_t threads = 1 + random.below(kThreads);
  for (std::uint32_t i = 0; i < operations; ++i) {
    made.program.threads[random.below(threads)].push_back(random_operation(random));
  }
  for (auto& owner : made.program.private_to) {
    if (random.below(2) == 0) owner = static_cast<std::int8_t>(random.below(kThreads));
  }
  for (std::uint32_t i = random.below(16); i != 0; --i) {
    const auto kind = static_cast<choice::Kind>(random.below(choice::kKinds));
    made.choices.choices.push_back({kind, random.below(2) == 0 ? 0 : random.below(answers), 0});
  }
  made.choices.trim();
  return made;
}

// Any well-formed text, with lines in its story that look like statements or comments.
inline ProgramText random_text(choice::SplitMix64& random) {
  static constexpr const char* kLines[] = {
      "",  "two words",  "# twice", "slotproof 1",       "A wrap x0",
      "#", "\tindented", "  more",  "gr\xc3\xbc\xc3\x9f"};
  static constexpr const char* kVerdicts[] = {"data-race", "pass", "-", "a", "deadlock"};
  ProgramText made{random_case(random, 1u << 31), {}, {}};
  for (std::uint32_t i = random.below(4); i != 0; --i) {
    made.expect.emplace_back(kVerdicts[random.below(std::size(kVerdicts))]);
  }
  for (std::uint32_t i = random.below(4); i != 0; --i) {
    if (!made.story.empty()) made.story += '\n';
    made.story += kLines[random.below(std::size(kLines))];
  }
  return made;
}

}  // namespace slotproof::program
