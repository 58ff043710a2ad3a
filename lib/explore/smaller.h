// The steps by which a program gets smaller: the only list of them.
#pragma once

#include <vector>

#include "program/program.h"

namespace slotproof::explore {

// Programs that are one step smaller than `program`, those that take most away first: with fewer
// operations (some left out, or two replaced by one), then with fewer threads, then with plainer
// operations, with a private tensor shared by all, with plainer names. Steps never lead in a
// circle: whoever goes on from one of them for ever again comes to a program that has none.
std::vector<program::Program> smaller(const program::Program& program);

}  // namespace slotproof::explore
