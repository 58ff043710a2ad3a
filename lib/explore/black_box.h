// What the process was doing, kept where it outlives the process.
#pragma once

#include <cstdint>
#include <string>

#include "choice/source.h"
#include "explore/runner.h"
#include "program/program.h"

namespace slotproof::explore {

// One for the process and all its forked children, in memory that they share. Not thread-safe: one
// of them writes at a time.
class BlackBox final : public Witness {
 public:
  static BlackBox& instance();

  // A new case begins; `text` is what to show of it if it is the last.
  void begin(const std::string& text);

  // From now on the case is this program with the choices that are made.
  void begins(const program::Program& program) override;
  void answers(choice::Kind kind, std::uint32_t answer) override;

  // The case that began last, as text; a program with its choices so far is what `slotproof run`
  // takes.
  std::string last() const;

  // How many cases began: what moves as long as nothing hangs.
  std::uint64_t begun() const;

  // A counter for whoever uses the process.
  void count();
  std::uint64_t counted() const;

  // Forgets all.
  void clear();

 private:
  struct Memory;
  BlackBox();

  Memory* memory_;
};

}  // namespace slotproof::explore
