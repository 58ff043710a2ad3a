// What each fuzz target makes of a program before it runs it. Bytes mean another program for each
// target, so whoever reads a fuzzer's input has to know from which it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "program/program.h"

namespace slotproof::program {

enum class Target : std::uint8_t {
  kConcurrent,  // any program, as it is
  kLifecycle,   // more of what happens late: what only looks at a slot becomes one of that
  kSequential,  // all operations in one thread
};

std::string_view name(Target target);
std::optional<Target> target_named(std::string_view name);

// Makes the program one of the target's; those that are so already stay what they are.
void adapt(Program& program, Target target);

// The target whose programs are most like this one, which it leaves as it is.
Target target_of(const Program& program);

}  // namespace slotproof::program
