// Every small program, once.
//
// Two programs that differ in the names of their threads, interpreters or tensors alone do the
// same, up to the order in which the root clears away behind them. Of such a set there is one
// canonical program here: the least in the order below. (Small scope hypothesis, Jackson,
// "Software Abstractions", 2006; isomorph-free enumeration as in Korat, Boyapati, Khurshid,
// Marinov, ISSTA 2002.)
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "explore/precondition.h"
#include "program/precedence.h"
#include "program/program.h"
#include "world/slot_library.h"

namespace slotproof::explore {

// How much of each there may be; from 1 on.
struct Bound {
  int threads = 2;       // to program::kThreads
  int operations = 2;    // of each thread
  int interpreters = 2;  // to program::kInterpreters
  int tensors = 1;       // to program::kTensors

  friend bool operator==(const Bound&, const Bound&) = default;
};

// All operations within the bound that the slot can be asked for: every verb with every argument,
// on every tensor, attached to every interpreter; those that need none, by a detached thread, and
// `drop` by both. (A look at the slot or an escape takes no notice of the interpreter that the
// thread is attached to, and to hold its GIL meanwhile only adds to what is ordered: whatever may
// happen to the attached thread may happen to the detached one.)
std::vector<program::Operation> alphabet(const Bound& bound, const world::Features& features);

// The programs within a bound, by number. Numbers go by the size of programs: total operations,
// then the threads' lengths, then who owns which tensor, then the operations. Not every number is a
// program, so that from one number to the next takes no time and any may come first.
//
// What is left out: programs that are not canonical; that have an operation which is certainly not
// done or changes nothing (precondition.h), or operations that are not all done in any order
// (all_done.h); that end a thread with `hermetic`; that name a private tensor with which its owner
// does nothing, until it escapes, that would not be the same if it were shared; in which some who
// have a reference to a tensor drop it, and others do not; that give an object a finalizer which
// only `destroy` would call, and have no `destroy`. Each equals a smaller one, or a canonical one.
// Nor are there programs of which smaller ones have all failures: those with a misuse that is
// refused at a glance (of an odd object, of an unknown status) anywhere but at the end of a thread,
// or with two of them.
class SmallPrograms {
 public:
  // Of the alphabet of the bound; or of `letters`, which must be closed under renaming.
  SmallPrograms(const Bound& bound, const world::Features& features,
                const program::Rules& rules = {});
  SmallPrograms(const Bound& bound, const world::Features& features, const program::Rules& rules,
                std::vector<program::Operation> letters);

  // All numbers are below.
  std::uint64_t end() const { return end_; }

  struct Found {
    std::uint64_t number = 0;
    // How many programs, itself included, are the same up to names.
    std::uint32_t represents = 0;
    // Which of its operations come first if all are done (all_done.h).
    program::Precedences precedences;
  };
  // The first program from `number` on, below `end`: puts it into `into`.
  std::optional<Found> next(std::uint64_t number, std::uint64_t end, program::Program& into) const;

  // How many sequences of operations a single thread is given.
  std::size_t sequences() const { return sequences_.size(); }

 private:
  using SequenceNumber = std::uint32_t;

  // A renaming of interpreters and tensors, as it acts on sequences.
  struct Renaming {
    std::array<std::uint8_t, program::kTensors> tensor{};
    std::vector<SequenceNumber> sequence;
  };
  // Of a sequence: whether it uses a tensor, and attached to which interpreter it drops it.
  struct References {
    std::array<bool, program::kTensors> uses{};
    std::array<std::optional<std::int8_t>, program::kTensors> dropped{};
  };
  // The numbers of a shape are mixed-radix: who owns each tensor, then the threads' sequences.
  struct Shape {
    std::array<std::uint8_t, program::kThreads> length{};  // descending
    std::uint64_t begin = 0;
  };
  struct Digits {
    std::array<std::int8_t, program::kTensors> private_to{};
    std::array<SequenceNumber, program::kThreads> sequence{};

    friend auto operator<=>(const Digits&, const Digits&) = default;
  };

  void make_sequences(const std::vector<program::Operation>& letters);
  void make_renamings();
  void make_shapes();
  std::uint64_t count(int length) const { return by_length_[length + 1] - by_length_[length]; }
  Digits digits(const Shape& shape, std::uint64_t offset) const;
  bool feasible(const Digits& d) const;
  bool calls_its_finalizers(const Digits& d) const;
  bool misuses_once(const Digits& d) const;
  bool needs_its_privacy(const Digits& d) const;
  bool drops_all_or_none(const Digits& d) const;
  std::uint32_t represents(const Shape& shape, const Digits& d) const;

  Bound bound_;
  Circumstances circumstances_;
  std::vector<std::vector<program::Operation>> sequences_;
  std::vector<Effects> effects_;
  std::vector<Interpreters> waits_for_destroy_;  // of a sequence: what calls_for_destroy gives
  std::vector<bool> misuses_;                    // whether it ends with a misuse
  std::vector<References> references_;
  std::vector<SequenceNumber> by_length_;  // where sequences of that length begin
  std::vector<Renaming> renamings_;
  std::vector<Shape> shapes_;
  std::uint64_t end_ = 0;
};

}  // namespace slotproof::explore
