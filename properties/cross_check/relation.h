// Relations between a few events.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace slotproof::cross_check {

// A set of pairs of events. Events are numbers below the size, 64 at most.
class Relation {
 public:
  static constexpr std::size_t kMaxSize = 64;

  explicit Relation(std::size_t size) : rows_(size) {}

  std::size_t size() const { return rows_.size(); }
  bool has(std::size_t a, std::size_t b) const { return ((rows_[a] >> b) & 1) != 0; }
  void add(std::size_t a, std::size_t b) { rows_[a] |= std::uint64_t{1} << b; }

  void add(const Relation& other) {
    for (std::size_t a = 0; a < rows_.size(); ++a) rows_[a] |= other.rows_[a];
  }

  // Makes it transitive (Warshall).
  Relation& close() {
    for (std::size_t via = 0; via < rows_.size(); ++via) {
      for (std::uint64_t& row : rows_) {
        if (((row >> via) & 1) != 0) row |= rows_[via];
      }
    }
    return *this;
  }

  // First this one, then the other.
  Relation then(const Relation& other) const {
    Relation result(size());
    for (std::size_t a = 0; a < size(); ++a) {
      for (std::size_t b = 0; b < size(); ++b) {
        if (has(a, b)) result.rows_[a] |= other.rows_[b];
      }
    }
    return result;
  }

  // Whether no event is related to itself; of a transitive relation: whether it has no cycle.
  bool irreflexive() const {
    for (std::size_t a = 0; a < size(); ++a) {
      if (has(a, a)) return false;
    }
    return true;
  }

 private:
  std::vector<std::uint64_t> rows_;
};

}  // namespace slotproof::cross_check
