#include "world/heap.h"

#include <cstring>

#include "machine/address_sanitizer.h"

namespace slotproof::world {
namespace {

constexpr std::size_t kChunk = std::size_t{16} << 10;
constexpr std::size_t kAlignment = 16;
constexpr std::size_t kRedZone = 16;
// Odd, so that an object word which nobody initialised seems to be owned, and a destructor that
// trusts it comes to grief.
constexpr int kFresh = 0xbf;

}  // namespace

Heap::Heap() { add_chunk(); }

Heap::~Heap() {
  for (Chunk& chunk : chunks_) machine::unpoison(chunk.memory.get(), kChunk);
}

void Heap::add_chunk() {
  chunks_.push_back({std::make_unique<std::byte[]>(kChunk), 0});
  machine::poison(chunks_.back().memory.get(), kChunk);
}

void* Heap::allocate(std::size_t size) {
  const std::size_t rounded = (size + kAlignment - 1) / kAlignment * kAlignment;
  if (chunks_[current_].used + kRedZone + rounded + kRedZone > kChunk) {
    if (++current_ == chunks_.size()) add_chunk();
  }
  Chunk& chunk = chunks_[current_];
  std::byte* block = chunk.memory.get() + chunk.used + kRedZone;
  chunk.used += kRedZone + rounded;
  machine::unpoison(block, size);
  std::memset(block, kFresh, size);
  return block;
}

void Heap::release(machine::Machine& machine, void* block, std::size_t size) {
  machine.retire(reinterpret_cast<std::uint64_t>(block), size, false);
  machine::poison(block, size);
}

void Heap::reset() {
  for (std::size_t c = 0; c <= current_; ++c) {
    machine::poison(chunks_[c].memory.get(), chunks_[c].used);
    chunks_[c].used = 0;
  }
  current_ = 0;
}

}  // namespace slotproof::world
