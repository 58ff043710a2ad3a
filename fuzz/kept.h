// What a target is doing, kept in files: of some deaths no handler hears, libFuzzer's included.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "choice/choice_sequence.h"
#include "explore/runner.h"

namespace slotproof::fuzz {

// The last input, in a file that is mapped into memory: a copy for each run, no system call. The
// file is a 32-bit length in the machine's order, then the bytes; length 0 if nothing was run.
class LastInput {
 public:
  static constexpr std::size_t kMaxBytes = 8192;

  // Whether the file could be made, in its full size: a store to a hole would kill on a full disk.
  bool open(const std::string& file);

  // Does nothing if there is no file; of a longer input, keeps the beginning.
  void keep(std::span<const std::uint8_t> bytes);

 private:
  struct Memory;
  Memory* memory_ = nullptr;
};

// The cases as text, one file each: FOLDER/000000.slot is that of the first run, and so on. A file
// is there before its run begins and has the choices as far as they were made. Too slow to fuzz
// with.
class CaseWriter final : public explore::Witness {
 public:
  explicit CaseWriter(std::string folder) : folder_(std::move(folder)) {}

  void begins(const program::Program& program) override;
  void answers(choice::Kind kind, std::uint32_t answer) override;

 private:
  void write();

  std::string folder_;
  int number_ = -1;  // of the file that is written
  program::Program program_;
  choice::ChoiceSequence choices_;
};

}  // namespace slotproof::fuzz
