// Memory for what the simulated process allocates.
//
// Blocks are carved out of chunks that live across runs, because an allocation from
// AddressSanitizer's malloc costs more than all that is done with it. No block is handed out twice
// in a run, and AddressSanitizer is told what is not allocated, so every access to dead memory is
// seen, however late it comes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "machine/machine.h"

namespace slotproof::world {

class Heap {
 public:
  Heap();
  ~Heap();
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  // Gives `size` bytes, aligned to 16. They hold no values, but always the same bytes: what an
  // earlier run left there must not show.
  void* allocate(std::size_t size);

  // Gives the block back; must be called by a simulated thread of `machine`, whose event it is.
  void release(machine::Machine& machine, void* block, std::size_t size);

  // Forgets all blocks.
  void reset();

 private:
  struct Chunk {
    std::unique_ptr<std::byte[]> memory;
    std::size_t used = 0;
  };

  void add_chunk();

  std::vector<Chunk> chunks_;
  std::size_t current_ = 0;
};

}  // namespace slotproof::world
