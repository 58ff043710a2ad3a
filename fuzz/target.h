// What the fuzz targets that run programs share: the slot, one runner, and the end on a finding.
#pragma once

#include <cstdint>
#include <span>

#include "program/bytes.h"

namespace slotproof::fuzz {

// What the input means, with the features of the slot and the rules of --gil=off and --careless
// (which SLOTPROOF_RULES may hold as well). Good until the next call.
//
// With --last-input=FILE the input is kept there until the next one, for a death of which libFuzzer
// does not hear; with --text=FOLDER the cases are written there as text (kept.h).
program::Decoded& decode(std::span<const std::uint8_t> bytes);

// Runs what was decoded and judges it. Gives what LLVMFuzzerTestOneInput is to return: 0, or -1 for
// a program that broke a promise of its caller, which libFuzzer then keeps out of its corpus: what
// is done after the promise is not run, and most of its mutants break the same promise.
//
// If the slot is convicted, or the suite contradicts itself, a reproducer is written to where
// libFuzzer puts its artifacts, the failure is printed, and the process aborts: outside of any
// simulated thread, so that libFuzzer sees it and keeps the input.
//
// The slot is that of the argument --slot=NAME, else of the environment's SLOTPROOF_SLOT, else
// `native`; NAME is as in the command line of slotproof. It is loaded before the first input.
int run(program::Decoded& decoded);

}  // namespace slotproof::fuzz
