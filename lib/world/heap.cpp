#include "world/heap.h"

#include <cstring>

extern "C" {
[[gnu::weak]] void __asan_poison_memory_region(const volatile void* address, std::size_t size);
[[gnu::weak]] void __asan_unpoison_memory_region(const volatile void* address, std::size_t size);
}

namespace slotproof::world {
namespace {

constexpr std::size_t kChunk = std::size_t{16} << 10;
constexpr std::size_t kAlignment = 16;
constexpr std::size_t kRedZone = 16;
// Odd, so that an object word which nobody initialised seems to be owned, and a destructor that
// trusts it comes to grief.
constexpr int kFresh = 0xbf;

void poison(void* p, std::size_t size) {
  if (__asan_poison_memory_region != nullptr) __asan_poison_memory_region(p, size);
}

void unpoison(void* p, std::size_t size) {
  if (__asan_unpoison_memory_region != nullptr) __asan_unpoison_memory_region(p, size);
}

}  // namespace

Heap::Heap() { add_chunk(); }

Heap::~Heap() {
  for (Chunk& chunk : chunks_) unpoison(chunk.memory.get(), kChunk);
}

void Heap::add_chunk() {
  chunks_.push_back({std::make_unique<std::byte[]>(kChunk), 0});
  poison(chunks_.back().memory.get(), kChunk);
}

void* Heap::allocate(std::size_t size) {
  const std::size_t rounded = (size + kAlignment - 1) / kAlignment * kAlignment;
  if (chunks_[current_].used + kRedZone + rounded + kRedZone > kChunk) {
    if (++current_ == chunks_.size()) add_chunk();
  }
  Chunk& chunk = chunks_[current_];
  std::byte* block = chunk.memory.get() + chunk.used + kRedZone;
  chunk.used += kRedZone + rounded;
  unpoison(block, size);
  std::memset(block, kFresh, size);
  return block;
}

void Heap::release(machine::Machine& machine, void* block, std::size_t size) {
  machine.retire(reinterpret_cast<std::uint64_t>(block), size, false);
  poison(block, size);
}

void Heap::reset() {
  for (std::size_t c = 0; c <= current_; ++c) {
    poison(chunks_[c].memory.get(), chunks_[c].used);
    chunks_[c].used = 0;
  }
  current_ = 0;
}

}  // namespace slotproof::world
