// The words of a report: nothing in them depends on where things lie in memory.
#pragma once

#include <string>
#include <string_view>

#include "report/run_view.h"

namespace slotproof::report {

// `text` with each address in it (0x...) replaced by the name of what lies there ("A", "p0"), or by
// "?", and with each control character by "?".
std::string without_addresses(const world::World& world, std::string_view text);

// AddressSanitizer's word for an error in the text of a run's end ("heap-use-after-free"), or the
// machine's own.
std::string_view error_class(std::string_view text);

// What is wrong, in one sentence of one line; empty if nothing is.
std::string sentence(const RunView& run);

// A thread of the machine as programs number it: "thread 0"; "root" for the one that sets up and
// clears away.
std::string thread_name(machine::ThreadId thread);

// A call of a slot with what it gave: "x0.check_pyobj(A) -> p0"; "..." if it did not return. Long
// exception texts are cut unless `whole`.
std::string call_text(const RunView& run, const world::CallRecord& call, bool whole);

// An operation as the program says it; "root, at the end" for the clearing away.
std::string operation_text(const RunView& run, const world::OperationRecord& operation);

// A word for what became of it: "done", "skipped", "running".
std::string_view done_word(world::Done done);

}  // namespace slotproof::report
