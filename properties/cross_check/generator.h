// Random litmus tests.
#pragma once

#include "choice/random_source.h"
#include "litmus/test.h"

namespace slotproof::cross_check {

// A small program over atomics, fences and perhaps a plain variable. Its condition is `true`; all
// registers and locations are observed; it does not say what is allowed. The same numbers give the
// same program.
litmus::Test random_test(choice::SplitMix64& random);

}  // namespace slotproof::cross_check
