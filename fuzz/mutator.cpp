// libFuzzer's mutations, made to whole operations and single choices (program/mutate.h). Linked
// with the targets that run programs, where there is libFuzzer.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "choice/random_source.h"
#include "program/mutate.h"
#include "target.h"

// libFuzzer's own. Other engines have none, nor do they call what is below.
extern "C" [[gnu::weak]] std::size_t LLVMFuzzerMutate(std::uint8_t* bytes, std::size_t size,
                                                      std::size_t max_size);
// What it calls.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t size,
                                               std::size_t max_size, unsigned seed);
extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* a, std::size_t a_size,
                                                 const std::uint8_t* b, std::size_t b_size,
                                                 std::uint8_t* out, std::size_t max_out_size,
                                                 unsigned seed);

namespace {

using namespace slotproof;  // NOLINT(google-build-using-namespace)

// One in so many is left to libFuzzer: it reaches what no edit does, the header above all.
constexpr std::uint32_t kBytesRate = 64;
// libFuzzer takes turns between mutations and cross-overs, of which it needs fewer.
constexpr std::uint32_t kCrossRate = 8;

}  // namespace

std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t size, std::size_t max_size,
                                    unsigned seed) {
  choice::SplitMix64 random(seed);
  if (fuzz::guidance().mutator && random.below(kBytesRate) != 0) {
    const std::vector<std::uint8_t> mutated =
        program::mutate({bytes, size}, max_size, random, fuzz::editing({bytes, size}));
    std::ranges::copy(mutated, bytes);
    if (!mutated.empty()) return mutated.size();
  }
  return LLVMFuzzerMutate(bytes, size, max_size);
}

std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* a, std::size_t a_size,
                                      const std::uint8_t* b, std::size_t b_size, std::uint8_t* out,
                                      std::size_t max_out_size, unsigned seed) {
  choice::SplitMix64 random(seed);
  if (!fuzz::guidance().mutator || random.below(kCrossRate) != 0) return 0;
  const std::vector<std::uint8_t> crossed =
      program::cross({a, a_size}, {b, b_size}, max_out_size, random);
  std::ranges::copy(crossed, out);
  return crossed.size();
}
