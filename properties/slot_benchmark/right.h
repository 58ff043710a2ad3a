// The programs of the right slot, for tests and for measuring.
#pragma once

#include "programs.h"

namespace slotproof::machine_test {

extern const Program right_two, right_three, right_deep_1, right_deep_2, right_deep_3;

}  // namespace slotproof::machine_test
