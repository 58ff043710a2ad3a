#include "look.h"

namespace slotproof::laws {

bool writes_to_slot(const world::CallRecord& call, const report::RunView& run) {
  using machine::EventKind;
  const world::World::Range slot = run.world.slot_range(call.tensor);
  const machine::EventIndex end =
      call.finished ? call.end : static_cast<machine::EventIndex>(run.machine.events().size());
  for (machine::EventIndex e = call.begin; e < end; ++e) {
    const machine::Event& event = run.machine.events()[e];
    const bool writes = event.kind == EventKind::kWrite || event.kind == EventKind::kStore ||
                        event.kind == EventKind::kRmw;
    if (!writes || event.thread != call.thread) continue;
    if (event.address >= slot.begin && event.address < slot.end) return true;
  }
  return false;
}

}  // namespace slotproof::laws
