#include "machine/memory_model.h"

#include <algorithm>
#include <cstring>

namespace slotproof::machine {
namespace {

Bits read_memory(std::uint64_t address, std::uint8_t size) {
  Bits bits;
  std::memcpy(&bits, reinterpret_cast<const void*>(address), size);
  return bits;
}

void write_memory(std::uint64_t address, std::uint8_t size, Bits bits) {
  std::memcpy(reinterpret_cast<void*>(address), &bits, size);
}

// Keeps the low `size` bytes.
Bits truncated(Bits bits, std::uint8_t size) {
  if (size == 16) return bits;
  bits.high = 0;
  if (size < 8) bits.low &= (std::uint64_t{1} << (8 * size)) - 1;
  return bits;
}

__extension__ using Wide = unsigned __int128;

Bits applied(RmwKind kind, Bits old, Bits operand, std::uint8_t size) {
  const auto wide = [](Bits b) { return (static_cast<Wide>(b.high) << 64) | b.low; };
  const Wide a = wide(old);
  const Wide b = wide(operand);
  Wide result = 0;
  switch (kind) {
    case RmwKind::kExchange: result = b; break;
    case RmwKind::kAdd: result = a + b; break;
    case RmwKind::kSub: result = a - b; break;
    case RmwKind::kAnd: result = a & b; break;
    case RmwKind::kOr: result = a | b; break;
    case RmwKind::kXor: result = a ^ b; break;
    case RmwKind::kNand: result = ~(a & b); break;
  }
  return truncated({static_cast<std::uint64_t>(result), static_cast<std::uint64_t>(result >> 64)},
                   size);
}

}  // namespace

void MemoryModel::reset() {
  used_ = 0;
  next_location_ = 0;
  has_wide_location_ = false;
  stores_.clear();
  fence_sets_.clear();
  seq_cst_.reset();
  thread_count_ = 1;
  threads_[0] = {};
  threads_[0].known.of[0] = 1;
}

void MemoryModel::fork(ThreadId parent, ThreadId child) {
  thread_count_ = std::max(thread_count_, child + 1);
  threads_[child] = {};
  threads_[child].known = release(parent);
  threads_[child].known.of[child] = 1;
}

void MemoryModel::join(ThreadId joiner, ThreadId ended) {
  acquire(joiner, threads_[ended].known);
  tick(joiner);
}

VectorClock MemoryModel::release(ThreadId thread) {
  const VectorClock handed = threads_[thread].known;
  tick(thread);
  return handed;
}

MemoryModel::Location& MemoryModel::locate(Granule& granule, std::uint64_t address,
                                           std::uint8_t size) {
  std::uint32_t& number = granule.locations[address % Shadow::kGranule];
  if (number == 0) {
    if (used_ == locations_.size()) locations_.emplace_back();
    number = static_cast<std::uint32_t>(++used_);
    granule.has_locations = true;
    locations_[number - 1].size = size;
    start(locations_[number - 1], address);
  }
  Location& location = locations_[number - 1];
  if (location.stale_memory || location.size != size) {
    location.size = size;
    start(location, address);
  }
  return location;
}

// The location begins, or begins anew, with what is in memory. Whoever put that there plainly is
// either ordered before all that follow, or the race detector has ended the run.
void MemoryModel::start(Location& location, std::uint64_t address) {
  location.id = next_location_++;
  location.stale_memory = false;
  has_wide_location_ |= location.size > Shadow::kGranule;
  location.accesses.clear();
  std::fill(std::begin(location.newest), std::end(location.newest), kNone);
  location.order.assign(1, static_cast<StoreIndex>(stores_.size()));
  stores_.push_back({read_memory(address, location.size), {}, kNoEvent, 0});
}

// The oldest place that `thread` may still read from: it must not miss a store that it knows of,
// nor one older than what someone it knows of has read (write-read, write-write, read-read,
// read-write coherence; [intro.races]/14-17).
std::uint32_t MemoryModel::floor(const Location& location, ThreadId thread) const {
  const VectorClock& known = threads_[thread].known;
  std::uint32_t place = 0;
  for (int t = 0; t < thread_count_; ++t) {
    std::int32_t i = location.newest[t];
    while (i != kNone && location.accesses[i].time > known.of[t]) i = location.accesses[i].older;
    if (i != kNone) place = std::max(place, stores_[location.accesses[i].store].place);
  }
  return place;
}

// What is known to the access itself: to an acquire operation also what the store that it reads
// handed over.
VectorClock MemoryModel::known_at(const AtomicAccess& access, StoreIndex read) const {
  VectorClock known = threads_[access.thread].known;
  if (read != kNone && acquires(access.order)) known.join(stores_[read].release);
  return known;
}

// Whether the access, standing so in coherence order and reading `read`, leaves S without a cycle
// ([atomics.order]/4). Leaves in `own_fences_` the fences that happen before the access, and in
// `before_` these and all that precedes the access itself, if it is seq_cst.
bool MemoryModel::seq_cst_allows(const Location& location, const AtomicAccess& access,
                                 Standing standing, StoreIndex read) {
  own_fences_.clear();
  seq_cst_.add_fences_before(known_at(access, read), own_fences_);
  before_ = own_fences_;
  if (access.order == MemoryOrder::kSeqCst) {
    before_.clear();
    seq_cst_.add_strongly_before(access.thread, clock(access.thread), before_);
    for (const Access& a : location.accesses) {
      const std::uint32_t place = stores_[a.store].place;
      const bool earlier =
          a.write || standing.write ? place <= standing.place : place < standing.place;
      if (!earlier) continue;
      if (a.node != kNone) before_.add(seq_cst_.up_to(a.node));
      if (a.fences != kNone) seq_cst_.add_again(fence_sets_[a.fences], before_);
    }
  }
  const auto precedes = [&](ScNode n) { return before_.has(n) || own_fences_.has(n); };
  for (const Access& b : location.accesses) {
    if (stores_[b.store].place <= standing.place) continue;
    if (b.node != kNone && precedes(b.node)) return false;
    bool cycle = false;
    seq_cst_.for_fences_after(b.thread, b.time, [&](ScNode y) { cycle |= precedes(y); });
    if (cycle) return false;
  }
  return true;
}

// Enters the access into the location's history and its order into S. Its store has its final
// place; `read` is what it read, if anything.
void MemoryModel::note_access(Location& location, const AtomicAccess& access, StoreIndex store,
                              bool write, StoreIndex read) {
  const ThreadId thread = access.thread;
  Access noted{thread, write, now(thread), location.newest[thread], store};
  const bool seq_cst = access.order == MemoryOrder::kSeqCst;
  if (seq_cst || seq_cst_.active()) {
    seq_cst_allows(location, access, {stores_[store].place - (write ? 1 : 0), write}, read);
    if (seq_cst) noted.node = seq_cst_.add(thread, clock(thread), false, before_);
    noted.fences = static_cast<std::int32_t>(fence_sets_.size());
    fence_sets_.push_back(own_fences_);
    const auto order_before = [&](ScNode later) {
      if (seq_cst) seq_cst_.order(seq_cst_.up_to(noted.node), later);
      seq_cst_.order(own_fences_, later);
    };
    for (const Access& b : location.accesses) {
      if (stores_[b.store].place <= stores_[store].place) continue;
      if (b.node != kNone) order_before(b.node);
      seq_cst_.for_fences_after(b.thread, b.time, order_before);
    }
  }
  location.newest[thread] = static_cast<std::int32_t>(location.accesses.size());
  location.accesses.push_back(noted);
}

MemoryModel::StoreIndex MemoryModel::insert(Location& location, const AtomicAccess& access,
                                            std::uint32_t place, Bits value,
                                            const VectorClock& release) {
  const auto store = static_cast<StoreIndex>(stores_.size());
  stores_.push_back({value, release, access.event, place});
  location.order.insert(location.order.begin() + place, store);
  for (std::size_t i = place + 1; i < location.order.size(); ++i) {
    stores_[location.order[i]].place = static_cast<std::uint32_t>(i);
  }
  if (place + 1 == location.order.size()) write_memory(access.address, access.size, value);
  return store;
}

void MemoryModel::learn(const AtomicAccess& access, StoreIndex read) {
  ThreadState& state = threads_[access.thread];
  (acquires(access.order) ? state.known : state.pending).join(stores_[read].release);
}

ReadResult MemoryModel::finish_load(Location& location, const AtomicAccess& access,
                                    StoreIndex read) {
  note_access(location, access, read, false, read);
  learn(access, read);
  tick(access.thread);
  const auto newest = static_cast<std::uint32_t>(location.order.size() - 1);
  return {stores_[read].value, stores_[read].event, newest - stores_[read].place, false, {}};
}

ReadResult MemoryModel::finish_rmw(Location& location, const AtomicAccess& access, StoreIndex read,
                                   Bits value) {
  const auto newest = static_cast<std::uint32_t>(location.order.size() - 1);
  const ReadResult result{stores_[read].value, stores_[read].event, newest - stores_[read].place,
                          true, value};
  VectorClock release =
      releases(access.order) ? known_at(access, read) : threads_[access.thread].released;
  // An RMW carries on the release sequence of what it read ([intro.races]/5).
  release.join(stores_[read].release);
  const StoreIndex store = insert(location, access, stores_[read].place + 1, value, release);
  stores_[read].taken = true;
  note_access(location, access, store, true, read);
  learn(access, read);
  tick(access.thread);
  return result;
}

template <class Wanted>
const Offer& MemoryModel::ask_read(const Location& location, const AtomicAccess& access,
                                   std::uint32_t oldest, Wanted&& wanted, choice::Source& source) {
  if (observer_ != nullptr) {
    events_.clear();
    for (std::uint32_t p = oldest; p < location.order.size(); ++p) {
      const Store& s = stores_[location.order[p]];
      if (s.taken && wanted(s)) events_.push_back(s.event);
    }
    observer_->before_read(
        {access, location.id, offers_, events_, stores_[location.order[oldest]].event});
  }
  return offers_[pick(offers_.size(), choice::Kind::kStore, source)];
}

void MemoryModel::tell_place(const Location& location, const AtomicAccess& access,
                             std::uint32_t oldest) {
  events_.clear();
  for (const std::uint32_t p : candidates_) {
    events_.push_back(stores_[location.order[p - 1]].event);
  }
  observer_->before_place(
      {access, location.id, events_, stores_[location.order[oldest - 1]].event});
}

ReadResult MemoryModel::load(Granule& granule, const AtomicAccess& access, choice::Source& source) {
  Location& location = locate(granule, access.address, access.size);
  const std::uint32_t lowest = floor(location, access.thread);
  const auto newest = static_cast<std::uint32_t>(location.order.size() - 1);
  std::uint32_t place = newest;
  if (!seq_cst_.active() && observer_ == nullptr) {
    place -= pick(newest - lowest + 1, choice::Kind::kStore, source);
  } else {
    offers_.clear();
    for (std::uint32_t p = newest + 1; p-- > lowest;) {
      if (p == newest || !seq_cst_.active() ||
          seq_cst_allows(location, access, {p, false}, location.order[p]))
        offers_.push_back({stores_[location.order[p]].event, false, false, p});
    }
    const auto overwrites_none = [](const Store&) { return false; };
    place = ask_read(location, access, lowest, overwrites_none, source).place;
  }
  return finish_load(location, access, location.order[place]);
}

std::uint32_t MemoryModel::store(Granule& granule, const AtomicAccess& access, Bits value,
                                 choice::Source& source) {
  Location& location = locate(granule, access.address, access.size);
  // Places behind the stores that it must follow; never between an RMW and the store that it read.
  const std::uint32_t lowest = floor(location, access.thread) + 1;
  const auto end = static_cast<std::uint32_t>(location.order.size());
  candidates_.clear();
  for (std::uint32_t p = end + 1; p-- > lowest;) {
    if (stores_[location.order[p - 1]].taken) continue;
    if (p != end && seq_cst_.active() && !seq_cst_allows(location, access, {p - 1, true}, kNone))
      continue;
    candidates_.push_back(p);
  }
  if (observer_ != nullptr) tell_place(location, access, lowest);
  const std::uint32_t place = candidates_[pick(candidates_.size(), choice::Kind::kPlace, source)];
  const ThreadState& state = threads_[access.thread];
  const StoreIndex stored = insert(location, access, place, truncated(value, access.size),
                                   releases(access.order) ? state.known : state.released);
  note_access(location, access, stored, true, kNone);
  tick(access.thread);
  return end - place;
}

ReadResult MemoryModel::rmw(Granule& granule, const AtomicAccess& access, RmwKind kind,
                            Bits operand, choice::Source& source) {
  Location& location = locate(granule, access.address, access.size);
  const std::uint32_t lowest = floor(location, access.thread);
  const auto end = static_cast<std::uint32_t>(location.order.size());
  offers_.clear();
  for (std::uint32_t p = end; p-- > lowest;) {
    const Store& s = stores_[location.order[p]];
    if (s.taken) continue;
    if (p + 1 != end && seq_cst_.active() &&
        !seq_cst_allows(location, access, {p, true}, location.order[p]))
      continue;
    offers_.push_back({s.event, true, false, p});
  }
  const auto overwrites_any = [](const Store&) { return true; };
  const std::uint32_t place = ask_read(location, access, lowest, overwrites_any, source).place;
  const StoreIndex read = location.order[place];
  return finish_rmw(location, access, read,
                    applied(kind, stores_[read].value, operand, access.size));
}

ReadResult MemoryModel::compare_exchange(Granule& granule, const AtomicAccess& access,
                                         MemoryOrder failure, bool weak, Bits expected,
                                         Bits desired, choice::Source& source) {
  Location& location = locate(granule, access.address, access.size);
  AtomicAccess failing = access;
  failing.order = failure;
  expected = truncated(expected, access.size);
  const std::uint32_t lowest = floor(location, access.thread);
  const auto end = static_cast<std::uint32_t>(location.order.size());
  const auto allowed = [&](const AtomicAccess& how, std::uint32_t p, bool write) {
    return p + 1 == end || !seq_cst_.active() ||
           seq_cst_allows(location, how, {p, write}, location.order[p]);
  };
  offers_.clear();
  for (std::uint32_t p = end; p-- > lowest;) {
    const Store& s = stores_[location.order[p]];
    const bool equal = s.value == expected;
    const bool may_succeed = equal && !s.taken && allowed(access, p, true);
    const bool may_fail = (weak || !equal) && allowed(failing, p, false);
    if (may_succeed || may_fail) offers_.push_back({s.event, may_succeed, equal && may_fail, p});
  }
  const auto overwrites = [&](const Store& s) { return s.value == expected; };
  const Offer offer = ask_read(location, access, lowest, overwrites, source);
  const StoreIndex read = location.order[offer.place];
  const bool fails =
      !offer.writes || (offer.spurious && pick(2, choice::Kind::kSpurious, source) == 1);
  if (fails) return finish_load(location, failing, read);
  return finish_rmw(location, access, read, truncated(desired, access.size));
}

void MemoryModel::fence(ThreadId thread, MemoryOrder order) {
  ThreadState& state = threads_[thread];
  const VectorClock before_fence = state.known;
  if (acquires(order)) state.known.join(state.pending);
  if (releases(order)) state.released = state.known;
  if (order == MemoryOrder::kSeqCst) add_fence_node(thread, before_fence);
  tick(thread);
}

// The fence follows in S whatever is coherence-ordered before something that happens before the
// fence.
void MemoryModel::add_fence_node(ThreadId thread, const VectorClock& before_fence) {
  const VectorClock& known = clock(thread);
  before_.clear();
  seq_cst_.add_strongly_before(thread, before_fence, before_);
  for (std::size_t l = 0; l < used_; ++l) {
    const Location& location = locations_[l];
    const auto rank = [&](const Access& a) {
      return 2 * stores_[a.store].place + (a.write ? 0 : 1);
    };
    std::uint32_t newest = 0;
    for (const Access& b : location.accesses) {
      if (known.knows(b.thread, b.time)) newest = std::max(newest, rank(b));
    }
    for (const Access& a : location.accesses) {
      if (rank(a) >= newest) continue;
      if (a.node != kNone) before_.add(seq_cst_.up_to(a.node));
      if (a.fences != kNone) seq_cst_.add_again(fence_sets_[a.fences], before_);
    }
  }
  seq_cst_.add(thread, known, true, before_);
}

void MemoryModel::written_plainly(const Granule& granule, unsigned bytes) {
  for (unsigned i = 0; i < Shadow::kGranule; ++i) {
    if (granule.locations[i] == 0) continue;
    Location& location = locations_[granule.locations[i] - 1];
    const unsigned covered = ((1u << location.size) - 1) << i;
    if ((covered & bytes) != 0) location.stale_memory = true;
  }
}

}  // namespace slotproof::machine
