// From `--slot NAME` to the thing under test.
#pragma once

#include <string>
#include <string_view>

#include "world/slot_library.h"

namespace slotproof::world {

// Gives the slot library of that name: `native` (the one that is linked in), `NAME` or
// `mutant:NAME` (the plug-in slots/NAME.so or slots/mutant-NAME.so near the running program), or
// the path of a plug-in, which has a '/' or ends in ".so". It lives as long as the process. Gives
// null and says why in `error` if there is none.
//
// A program that calls this must link a static slot (slotproof::slot_native).
SlotLibrary* load_slot(std::string_view name, std::string& error);

// The file that holds the code of `library`: the plug-in, or the running program. Empty if the
// dynamic linker does not know. What that file loads in its turn is not in it.
std::string file_of(const SlotLibrary& library);

}  // namespace slotproof::world
