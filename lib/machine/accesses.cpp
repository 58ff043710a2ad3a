// What the accesses of simulated threads do: on the memory model, for the race detector and the
// shadow.
#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "machine/address_sanitizer.h"
#include "machine/handover.h"
#include "machine/machine.h"

namespace slotproof::machine {
namespace {

// Goes through the granules that the range touches: f(bits of its bytes, address of the first).
// size > 0.
template <class F>
void for_granules(std::uint64_t address, std::size_t size, F&& f) {
  const auto bits = [](std::size_t length, unsigned offset) {
    return static_cast<std::uint8_t>(((1U << length) - 1) << offset);
  };
  const auto first = static_cast<unsigned>(address % Shadow::kGranule);
  if (first + size <= Shadow::kGranule) [[likely]] {
    f(bits(size, first), address);
    return;
  }
  while (size > 0) {
    const auto offset = static_cast<unsigned>(address % Shadow::kGranule);
    const std::size_t length = std::min<std::size_t>(size, Shadow::kGranule - offset);
    f(bits(length, offset), address);
    address += length;
    size -= length;
  }
}

}  // namespace

void tell_release(const void*) {}
void tell_acquire(const void*) {}

// ---- Plain memory ----

void Machine::plain(std::uint64_t address, std::size_t size, EventKind kind, const void* pc) {
  if (size == 0 || own_memory(address)) return;
  const EventIndex event = record(kind, address, size, MemoryOrder::kRelaxed, pc);
  const AccessKind access{.write = kind != EventKind::kRead, .atomic = false};
  check_alive(address, size, access, event);
  check(address, size, access, event);
  if (kind == EventKind::kRead && size <= 8) {
    std::memcpy(&events_[event].value, reinterpret_cast<const void*>(address), size);
  }
}

void Machine::check(std::uint64_t address, std::size_t size, AccessKind kind, EventIndex event) {
  for_granules(address, size, [&](std::uint8_t bytes, std::uint64_t at) {
    check_granule(at, bytes, kind, event);
  });
}

void Machine::check_granule(std::uint64_t address, std::uint8_t bytes, AccessKind kind,
                            EventIndex event) {
  Granule& granule = shadow_.at(address);
  const EventIndex other =
      races_.access(granule, bytes, kind, self_, events_[event].time, clock(), event);
  if (other != kNoEvent) race(other, event);
  if (!kind.write || kind.atomic) return;
  if (granule.has_locations) memory_.written_plainly(granule, bytes);
  if (memory_.has_wide_location()) {
    const Granule* before = shadow_.find(address - Shadow::kGranule);
    if (before != nullptr) memory_.written_plainly(*before, unsigned{bytes} << 8);
  }
}

void Machine::check_alive(std::uint64_t address, std::size_t size, AccessKind kind,
                          EventIndex event) {
  if (any_freed_) {
    for_granules(address, size, [&](std::uint8_t, std::uint64_t at) {
      const Granule* granule = shadow_.find(at);
      if (granule != nullptr && granule->freed) {
        stop(Halt::kAddress, "access to memory that was freed", granule->freed_by, event);
      }
    });
  }
  if (poisoned(address, size)) {
    stop(Halt::kAddress, poison_report(address, size, kind.write), kNoEvent, event);
  }
}

void Machine::retire(std::uint64_t address, std::size_t size, bool forget) {
  // Memory that nobody has accessed is none of the run's: the machine's own containers among it,
  // which may be given back while an event is being recorded.
  if (size == 0 || (forget && shadow_.touched(address, size) == 0)) return;
  any_freed_ |= !forget;
  EventIndex event = kNoEvent;
  for_granules(address, size, [&](std::uint8_t bytes, std::uint64_t at) {
    Granule* granule = forget ? shadow_.find(at) : &shadow_.at(at);
    if (granule == nullptr || (forget && granule->untouched())) return;
    if (event == kNoEvent) {
      event = record(EventKind::kFree, address, size, MemoryOrder::kRelaxed, nullptr);
    }
    if (granule->freed) stop(Halt::kAddress, "freed twice", granule->freed_by, event);
    const EventIndex other = races_.access(*granule, bytes, {.write = true, .atomic = false}, self_,
                                           memory_.now(self_), clock(), event);
    if (other != kNoEvent) race(other, event);
    *granule = {.number = granule->number,
                .generation = granule->generation,
                .freed = !forget,
                .freed_by = event};
  });
}

void Machine::refuse_free(std::uint64_t address) {
  const EventIndex event = record(EventKind::kFree, address, 1, MemoryOrder::kRelaxed, nullptr);
  stop(Halt::kAddress, "freed, but not allocated", kNoEvent, event);
}

// ---- Atomics ----

// For races a read is looked at when it is done: what it has read may order it behind what it would
// race with.

AtomicAccess Machine::begin_atomic(std::uint64_t address, std::uint8_t size, EventKind kind,
                                   MemoryOrder order, const void* pc) {
  scheduling_point();
  const EventIndex event = record(kind, address, size, order, pc);
  const bool write = kind == EventKind::kStore || kind == EventKind::kRmw;
  check_alive(address, size, {.write = write, .atomic = true}, event);
  if (kind == EventKind::kStore) check(address, size, {.write = true, .atomic = true}, event);
  return {self_, address, size, order, event};
}

Bits Machine::load(std::uint64_t address, std::uint8_t size, MemoryOrder order, const void* pc) {
  const AtomicAccess access =
      begin_atomic(address, size, EventKind::kLoad, revised(AtomicKind::kLoad, order, pc), pc);
  const ReadResult read = memory_.load(shadow_.at(address), access, *source_);
  note_read(access.event, read);
  check(address, size, {.write = false, .atomic = true}, access.event);
  return read.value;
}

void Machine::store(std::uint64_t address, std::uint8_t size, Bits value, MemoryOrder order,
                    const void* pc) {
  const AtomicAccess access =
      begin_atomic(address, size, EventKind::kStore, revised(AtomicKind::kStore, order, pc), pc);
  events_[access.event].value = value.low;
  events_[access.event].stale = memory_.store(shadow_.at(address), access, value, *source_);
}

Bits Machine::rmw(std::uint64_t address, std::uint8_t size, RmwKind kind, Bits operand,
                  MemoryOrder order, const void* pc) {
  const AtomicAccess access =
      begin_atomic(address, size, EventKind::kRmw, revised(AtomicKind::kRmw, order, pc), pc);
  const ReadResult read = memory_.rmw(shadow_.at(address), access, kind, operand, *source_);
  note_read(access.event, read);
  check(address, size, {.write = true, .atomic = true}, access.event);
  return read.value;
}

bool Machine::compare_exchange(std::uint64_t address, std::uint8_t size, Bits& expected,
                               Bits desired, bool weak, MemoryOrder success, MemoryOrder failure,
                               const void* pc) {
  if (revises(pc)) {
    AtomicRequest request{AtomicKind::kCompareExchange, pc, success, failure};
    order_policy_->revise(request);
    success = request.order;
    failure = request.failure;
  }
  // Whether it writes is known only when it is done; one that fails must not race like a write.
  scheduling_point();
  const EventIndex event = record(EventKind::kRmw, address, size, success, pc);
  check_alive(address, size, {.write = false, .atomic = true}, event);
  const AtomicAccess access{self_, address, size, success, event};
  const ReadResult read = memory_.compare_exchange(shadow_.at(address), access, failure, weak,
                                                   expected, desired, *source_);
  note_read(event, read);
  if (!read.stored) {
    events_[event].kind = EventKind::kCasFail;
    events_[event].order = failure;
    expected = read.value;
  }
  check(address, size, {.write = read.stored, .atomic = true}, event);
  return read.stored;
}

void Machine::note_read(EventIndex index, const ReadResult& read) {
  Event& event = events_[index];
  event.value = read.stored ? read.written.low : read.value.low;
  event.seen = read.value.low;
  event.reads_from = read.from;
  event.stale = read.stale;
}

void Machine::fence(MemoryOrder order, const void* pc) {
  order = revised(AtomicKind::kFence, order, pc);
  record(EventKind::kFence, 0, 0, order, pc);
  memory_.fence(self_, order);
}

}  // namespace slotproof::machine
