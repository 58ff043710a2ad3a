// Code that may kill its process, run in a process of its own.
#pragma once

#include <functional>
#include <string>

namespace slotproof::explore {

struct ChildEnd {
  std::string death;   // how it died, in words; empty if `body` came back
  int signal = 0;      // the one that killed it; 0 if none did
  std::string output;  // what `body` gave, if it came back
};

// Whether standard error of a child is heard.
enum class Errors { kShown, kHidden };

// Whether a child that uses kMaxCpuSeconds of processor time, or kMaxSeconds of any time, without a
// new case in the black box is taken for hung and killed.
enum class Hangs { kEnded, kAwaited };

// Runs `body` in a forked child and gives what it returns.
ChildEnd in_child(Errors errors, const std::function<std::string()>& body,
                  Hangs hangs = Hangs::kEnded);

inline constexpr double kMaxCpuSeconds = 1;
inline constexpr double kMaxSeconds = 30;

}  // namespace slotproof::explore
