// What the things in a trace are called. A machine knows addresses and numbers alone.
#pragma once

#include <cstdint>
#include <string>

#include "machine/event.h"

namespace slotproof::trace {

class Names {
 public:
  Names() = default;
  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;
  virtual ~Names() = default;

  // What lies there; empty: nothing that anybody wants to read of.
  virtual std::string place(std::uint64_t address) const = 0;
  // `value`, which the event, at a place with a name, stored or saw; empty: it is not said.
  virtual std::string value(const machine::Event& event, std::uint64_t value) const = 0;
  virtual std::string thread(machine::ThreadId thread) const = 0;
};

}  // namespace slotproof::trace
