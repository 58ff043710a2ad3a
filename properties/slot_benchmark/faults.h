// Slots with one mistake each, and what the memory model alone makes possible.
#pragma once

#include "machine_test/machine_test.h"

namespace slotproof::machine_test {

extern const Program check_relaxed, claim_relaxed, give_back_relaxed, tag_by_store,
    published_too_early, freed_during_a_check, tag_stored_again, store_buffering,
    place_before_execution, eight_stores_stale;

}  // namespace slotproof::machine_test
