// What the machine remembers of each eight bytes of real memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace slotproof::machine {

inline constexpr std::int32_t kNone = -1;

// One granule: eight aligned bytes.
struct Granule {
  std::uint64_t number = 0;       // address / 8
  std::uint32_t generation = 0;   // the run that it belongs to; others count as empty
  std::int32_t accesses = kNone;  // race detector: its newest access
  bool freed = false;             // retired in this run
  std::uint32_t freed_by = 0;     // the event that did it
  // Memory model: the atomic location that starts at each of the eight bytes, plus 1; 0 is none.
  std::uint32_t locations[8] = {};

  // Nobody has accessed it in this run, or not since it was given back.
  bool untouched() const {
    return accesses == kNone && !freed &&
           std::ranges::all_of(locations, [](std::uint32_t location) { return location == 0; });
  }
};

// A hash table from address to granule that is emptied in constant time. Iteration order does not
// exist, so nothing can depend on addresses.
class Shadow {
 public:
  static constexpr std::uint64_t kGranule = 8;

  Shadow() : table_(std::size_t{1} << 9) {}
  Shadow(const Shadow&) = delete;
  Shadow& operator=(const Shadow&) = delete;

  // Forgets everything.
  void reset() {
    ++generation_;
    used_ = 0;
  }

  // The granule of `address`, made if need be. The reference holds until the next call.
  Granule& at(std::uint64_t address) {
    const std::uint64_t number = address / kGranule;
    Granule* slot = probe(number);
    if (slot->generation == generation_) return *slot;
    if (used_ * 2 >= table_.size()) {
      grow();
      slot = probe(number);
    }
    ++used_;
    *slot = {.number = number, .generation = generation_};
    return *slot;
  }

  // The granule of `address` if it exists, else null.
  Granule* find(std::uint64_t address) {
    Granule* slot = probe(address / kGranule);
    return slot->generation == generation_ ? slot : nullptr;
  }

  // How many granules are in use.
  std::size_t size() const { return used_; }

 private:
  // Where `number` is, or would be. An access asks for the same granule several times in a row.
  Granule* probe(std::uint64_t number) {
    if (last_->number == number && last_->generation == generation_) return last_;
    const std::size_t mask = table_.size() - 1;
    std::size_t i = static_cast<std::size_t>((number * 0x9e3779b97f4a7c15u) >> 32) & mask;
    while (table_[i].generation == generation_ && table_[i].number != number) i = (i + 1) & mask;
    last_ = &table_[i];
    return last_;
  }

  void grow() {
    std::vector<Granule> old(table_.size() * 2);
    old.swap(table_);
    last_ = table_.data();
    for (const Granule& granule : old) {
      if (granule.generation == generation_) *probe(granule.number) = granule;
    }
  }

  std::vector<Granule> table_;
  Granule* last_ = table_.data();
  std::uint32_t generation_ = 1;
  std::size_t used_ = 0;
};

}  // namespace slotproof::machine
