// The fuzzer's form of a case: bytes, all of which mean something.
//
// Total: every byte string decodes to a well-formed program (see text.h). Local: a changed byte of
// a record changes one operation. Program and schedule come from the two ends of the input, so that
// they mutate apart:
//
//   header   4 bytes, 0 where they are missing
//   records  3 bytes for each operation
//   choices  the rest, read from the last byte backwards; answers 0 once they have run out
//
//   byte      bits  meaning
//   header 0        b % 65 operations, or as many as there are whole records
//   header 1  0-1   density of the schedule: 0 (most choices matter) to 3 (few do)
//             2-4   owner of x0: 0-3 shared; 4-7 private to thread 0-3
//             5-7   owner of x1
//   header 2  0-2   owner of x2
//             3-5   owner of x3
//             6-7   3: the owners count; 0-2: all tensors are shared, as in most programs
//   header 3        the crowd: of how many tensors, interpreters and threads the program makes use,
//                   all of them or fewer, for operations are interesting where they meet (swarm
//                   testing, Groce et al., ISSTA 2012); every number in record 0 is taken modulo it
//             0-1   tensors: 4 1 1 2
//             2-3   interpreters: 4 1 2 2
//             4-5   threads: 4 1 2 3
//             6     the swarm: only half of the verbs, and `wrap`; which ones follows from the
//                   bits of the owners. The others' weight goes to these
//             7     ignored
//   record 0  0-1   thread
//             2-4   interpreter: A B C D A B A and, for 7, none; A if the verb needs one
//             5-6   tensor; ignored if the verb names none
//   record 1        verb, by the weights in bytes.cpp: protocol verbs are likelier than calls
//   record 2        argument, modulo how many there are; a `transfer` to itself goes to the next
//                   tensor
//   choice          b < T: 0; otherwise (b - T) % bound, where T is 0x80, 0xc0, 0xe0 or 0xf0 by
//                   density
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "choice/source.h"
#include "program/program.h"

namespace slotproof::program {

// Counts up with each change of what bytes mean. Inputs that are to survive one are kept as text.
inline constexpr int kBytesVersion = 4;

inline constexpr std::size_t kHeaderBytes = 4;
inline constexpr std::size_t kRecordBytes = 3;

// The bit of header 3 that says how the records are to be read.
inline constexpr std::uint8_t kSwarmBit = 0x40;

// The largest answer that encode() can write.
inline constexpr std::uint32_t kMaxEncodedAnswer = 127;

// Answers from the schedule's bytes, the last one first. Keeps a reference to them and allocates
// nothing.
class BytesSource final : public choice::Source {
 public:
  // Answers 0 for ever.
  BytesSource() = default;

  // As if constructed anew. `density` is 0 to 3. `bytes` must outlive the use of this object.
  void reset(std::span<const std::uint8_t> bytes, int density) {
    left_ = bytes;
    threshold_ = kThresholds[density];
  }

  std::uint32_t choose(std::uint32_t bound, choice::Kind /*kind*/) override {
    if (left_.empty()) return 0;
    const std::uint32_t byte = left_.back();
    left_ = left_.first(left_.size() - 1);
    return byte < threshold_ ? 0 : (byte - threshold_) % bound;
  }

  // The bytes that have not been asked for yet.
  std::span<const std::uint8_t> left() const { return left_; }

  // A byte from here on may be an answer that is not dull: the answer a is threshold + a.
  static constexpr std::uint32_t threshold(unsigned density) { return kThresholds[density]; }

 private:
  static constexpr std::uint32_t kThresholds[] = {0x80, 0xc0, 0xe0, 0xf0};

  std::span<const std::uint8_t> left_;
  std::uint32_t threshold_ = kThresholds[0];
};

// What programs are made of where bytes cannot say it.
struct Language {
  world::Features features = world::Features::all();  // of the slot; what it lacks is left out
  Rules rules;
};

// The first bytes of an input, which say what the records and the choices mean. Missing ones are 0.
class Header {
 public:
  explicit Header(std::span<const std::uint8_t> bytes);

  // How many operations there are, if there are as many records.
  std::size_t operations() const { return byte(0) % (kMaxOperations + 1); }
  unsigned density() const { return byte(1) & 3; }
  std::int8_t private_to(unsigned tensor) const;

  // What a record says: whose operation it is, and which.
  struct Meaning {
    std::uint8_t thread = 0;
    Operation operation;

    friend bool operator==(const Meaning&, const Meaning&) = default;
  };
  Meaning meaning(std::span<const std::uint8_t, kRecordBytes> record) const;

 private:
  unsigned byte(std::size_t i) const { return bytes_[i]; }
  unsigned owners() const { return byte(1) | (byte(2) << 8); }
  Verb verb_of(unsigned byte) const;

  std::array<std::uint8_t, kHeaderBytes> bytes_{};
  std::uint32_t swarm_;         // a bit for each verb that there is
  std::uint32_t swarm_weight_;  // the sum of their weights
};

// What bytes mean.
struct Decoded {
  Program program;
  BytesSource source;
};

// Decodes any bytes; nothing of an earlier content of `into` stays. They must outlive the use of
// `into.source`. Decoding into the same object again and again uses its memory again: after the
// first few times nothing is allocated.
void decode(std::span<const std::uint8_t> bytes, Decoded& into, const Language& language = {});

// Bytes that mean `from`, whose program must be well-formed: decode() gives that program again, if
// it is told its rules, and
// a source that gives the answers of `from.choices` to questions whose bounds are above them.
// Answers larger than kMaxEncodedAnswer become that; dull answers at the end are left out. The
// density is 0.
std::vector<std::uint8_t> encode(const Case& from);

}  // namespace slotproof::program
