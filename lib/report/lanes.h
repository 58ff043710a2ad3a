// The picture of a run: one column for each thread, time runs down.
//
//      thread 0                        | thread 1
//      --------------------------------+--------------------------------
//      A wrap x0                       |
//        x0.check_pyobj(A) -> nullopt  |
//        (switch)                      |
//                                      | B tag x0
//   >>                                 |   x0.pyobj_interpreter() -> null
//
// Operations stand as in the program's text, below each its calls of slots, and below these what
// they did to memory.
#pragma once

#include <string>

#include "report/run_view.h"

namespace slotproof::report {

struct LanesOptions {
  // All that happened to memory that has a name; else only what explains the fault.
  bool verbose = false;
  // ANSI colours.
  bool colour = false;
  int columns = 100;
  // Of a longer picture the middle is left out, but for what is marked.
  int max_rows = 80;
};

// Draws the run. `>>` marks the accesses and the call at fault, `(switch)` a thread that another
// one interrupts. Root, which sets up and clears away while nobody else runs, gets lines across all
// columns, if the fault lies there.
std::string lanes_text(const RunView& run, const LanesOptions& options);

}  // namespace slotproof::report
