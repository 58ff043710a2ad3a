// Edits of a fuzzer's input that mean something: whole operations and single choices of a schedule
// instead of bytes.
//
// What an input means beside its program and its choices (the crowd, the swarm, the density of the
// schedule) stays as it is, so edits are made to records and choices rather than to a decoded case.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "choice/choice_sequence.h"
#include "choice/random_source.h"
#include "program/bytes.h"

namespace slotproof::program {

// An input taken apart. split(join(x)) is x, and join(split(b)) means what b means.
struct Input {
  using Record = std::array<std::uint8_t, kRecordBytes>;

  std::array<std::uint8_t, kHeaderBytes> header{};  // its first byte is the number of records
  std::vector<Record> records;
  std::vector<std::uint8_t> choices;  // the one that is used first comes first

  friend bool operator==(const Input&, const Input&) = default;
};

// Takes any bytes.
Input split(std::span<const std::uint8_t> bytes);

// Takes at most kMaxOperations records.
std::vector<std::uint8_t> join(const Input& input);

enum class Edit : std::uint8_t {
  // Of operations.
  kInsert,
  kDrop,
  kDuplicate,    // later in the same thread
  kCopy,         // the same by another thread
  kMove,         // another thread does it
  kExchange,     // two neighbours of a thread change places
  kVerb,         // something else is done there
  kArgument,     // another status, ...
  kInterpreter,  // another caller
  kTensor,
  // Of the schedule.
  kPreempt,  // another thread goes on where the dull answer was given
  kGoOn,     // the dull answer where another thread went on
  kStale,    // a load reads an older store
  kFresh,    // ... the newest one
  kShift     // what is not dull happens one question sooner or later
};
inline constexpr int kEdits = 15;

// "insert", "drop", ...
std::string_view name(Edit edit);

// What edits go by.
struct Editing {
  Language language;
  // What a run of the input was asked, if it is known: then a preemption is one. Else an edit of
  // the schedule changes any choice.
  std::span<const choice::Choice> asked;
};

// Makes one such edit at a random place. The decoded program or the answers then differ in just
// that. Gives false, and leaves the input as it was, where there is nothing of the kind to edit.
bool apply(Edit edit, Input& input, choice::SplitMix64& random, const Editing& editing);

// An input at random, of any length that a program can have.
Input random_input(choice::SplitMix64& random);

// A few edits at random, or something new instead. `bytes` may be anything; what comes out is at
// most `max_size` long, or empty if nothing fits.
std::vector<std::uint8_t> mutate(std::span<const std::uint8_t> bytes, std::size_t max_size,
                                 choice::SplitMix64& random, const Editing& editing);

// Operations of both: those of some threads from one and of the rest from the other, or the first
// few of one and then the last few of the other. Header and schedule are from one of them.
std::vector<std::uint8_t> cross(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b,
                                std::size_t max_size, choice::SplitMix64& random);

}  // namespace slotproof::program
