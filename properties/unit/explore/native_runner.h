// The slot library, ready to be run, and programs as people read them.
#pragma once

#include <string>

#include "explore/runner.h"
#include "program/text.h"
#include "world/load_slot.h"

namespace slotproof::unit {

inline explore::Runner native_runner() {
  std::string error;
  return explore::Runner(*world::load_slot("native", error));
}

inline std::string text_of(const program::Program& program) {
  return program::print({{program, {}}, {}, {}});
}

}  // namespace slotproof::unit
