// Which operations of a program have to be over before others begin.
#pragma once

#include <cstdint>
#include <vector>

namespace slotproof::program {

struct OperationId {
  std::uint8_t thread = 0;
  std::uint8_t index = 0;  // in the thread's list

  friend auto operator<=>(const OperationId&, const OperationId&) = default;
};

struct Precedence {
  OperationId before;
  OperationId after;

  friend auto operator<=>(const Precedence&, const Precedence&) = default;
};

using Precedences = std::vector<Precedence>;

}  // namespace slotproof::program
