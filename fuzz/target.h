// What the fuzz targets that run programs share: the slot, one runner, and the end on a finding.
#pragma once

#include <cstddef>
#include <cstdint>

#include "choice/source.h"
#include "program/bytes.h"

namespace slotproof::fuzz {

// Runs the program and judges it. Gives what LLVMFuzzerTestOneInput is to return: 0, or -1 for a
// program that broke a promise of its caller, which libFuzzer then keeps out of its corpus: what
// is done after the promise is not run, and most of its mutants break the same promise.
//
// If the slot is convicted, or the suite contradicts itself, a reproducer is written to where
// libFuzzer puts its artifacts, the failure is printed, and the process aborts: outside of any
// simulated thread, so that libFuzzer sees it and keeps the input.
//
// The slot is that of the argument --slot=NAME, else of the environment's SLOTPROOF_SLOT, else
// `native`; NAME is as in the command line of slotproof. It is loaded before the first input.
int run(const program::Program& program, choice::Source& source);

// What the bytes mean, by the features of the slot and the rules of --gil=off and --careless, which
// SLOTPROOF_RULES may hold as well. With --last-input=FILE they are kept there until the next ones,
// for a death of which libFuzzer does not hear; with --text=FOLDER the cases are written there
// (kept.h).
void decode(const std::uint8_t* bytes, std::size_t size, program::Decoded& into);

}  // namespace slotproof::fuzz
