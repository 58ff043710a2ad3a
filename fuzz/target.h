// What the fuzz targets that run programs share: the slot, one runner, and the end on a finding.
#pragma once

#include <cstdint>
#include <span>

#include "program/bytes.h"
#include "program/mutate.h"

namespace slotproof::fuzz {

// What guides libFuzzer beside the branches of the slot. All is on, unless --guidance=LIST or the
// environment's SLOTPROOF_GUIDANCE names what is to be: some of these words with commas between
// them, or `none`.
struct Guidance {
  bool counters = true;  // explore/guidance.h, as libFuzzer's extra counters
  bool mutator = true;   // program/mutate.h in the place of libFuzzer's own mutations
  bool swarm = true;     // inputs that ask for a swarm of verbs get it
};
const Guidance& guidance();

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

// What edits of the input go by: the language of the slot, and the questions of the last run, if
// that was of these bytes.
program::Editing editing(std::span<const std::uint8_t> bytes);

}  // namespace slotproof::fuzz
