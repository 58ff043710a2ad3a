// What the machine remembers of each eight bytes of real memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace slotproof::machine {

inline constexpr std::int32_t kNone = -1;

// One granule: eight aligned bytes.
struct alignas(64) Granule {
  std::uint64_t number = 0;       // address / 8
  std::uint32_t generation = 0;   // the run that it belongs to; others count as empty
  std::int32_t accesses = kNone;  // race detector: its newest access
  bool freed = false;             // retired in this run
  bool has_locations = false;     // one of `locations` is not 0
  std::uint32_t freed_by = 0;     // the event that did it
  // Memory model: the atomic location that starts at each of the eight bytes, plus 1; 0 is none.
  std::uint32_t locations[8] = {};

  // Nobody has accessed it in this run, or not since it was given back.
  bool untouched() const { return accesses == kNone && !freed && !has_locations; }
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
    // An access asks for the same granule several times in a row.
    if (last_->number == number && last_->generation == generation_) [[likely]]
      return *last_;
    return find_or_make(number);
  }

  // The granule of `address` if it exists, else null.
  Granule* find(std::uint64_t address) {
    Granule& slot = table_[index_of(address / kGranule)];
    return slot.generation == generation_ ? &slot : nullptr;
  }

  // How many bytes of the range there are up to the end of the last granule that is touched.
  std::size_t touched(std::uint64_t address, std::size_t size) const {
    const std::uint64_t end = (address + size + kGranule - 1) / kGranule;
    for (std::uint64_t number = end; number-- > address / kGranule;) {
      const Granule& granule = table_[index_of(number)];
      if (granule.generation != generation_ || granule.untouched()) continue;
      return std::min<std::size_t>(size, (number + 1) * kGranule - address);
    }
    return 0;
  }

  // How many granules are in use.
  std::size_t size() const { return used_; }

 private:
  // Where `number` is, or would be.
  std::size_t index_of(std::uint64_t number) const {
    std::size_t i = static_cast<std::size_t>((number * 0x9e3779b97f4a7c15u) >> 32) & mask_;
    while (table_[i].generation == generation_ && table_[i].number != number) i = (i + 1) & mask_;
    return i;
  }

  [[gnu::noinline]] Granule& find_or_make(std::uint64_t number) {
    last_ = &table_[index_of(number)];
    if (last_->generation == generation_) return *last_;
    if (used_ * 2 >= table_.size()) {
      grow();
      last_ = &table_[index_of(number)];
    }
    ++used_;
    *last_ = {.number = number, .generation = generation_};
    return *last_;
  }

  void grow() {
    std::vector<Granule> old(table_.size() * 2);
    old.swap(table_);
    mask_ = table_.size() - 1;
    for (const Granule& granule : old) {
      if (granule.generation == generation_) table_[index_of(granule.number)] = granule;
    }
  }

  std::vector<Granule> table_;
  std::size_t mask_ = table_.size() - 1;  // which is a power of two
  Granule* last_ = table_.data();
  std::uint32_t generation_ = 1;
  std::size_t used_ = 0;
};

}  // namespace slotproof::machine
