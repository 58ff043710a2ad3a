#include "program/bytes.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "choice/random_source.h"

namespace slotproof::program {
namespace {

// --- tables --------------------------------------------------------------------------------------

struct Weight {
  Verb verb;
  int bytes;  // of the 256 values of a byte
};

constexpr std::array<Weight, kVerbs> kWeights = {{
    {Verb::kWrap, 36},    {Verb::kUnwrap, 26}, {Verb::kDrop, 24},      {Verb::kTransfer, 10},
    {Verb::kEscape, 12},  {Verb::kRevive, 12}, {Verb::kFinalizer, 16}, {Verb::kHermetic, 12},
    {Verb::kFinalise, 6}, {Verb::kInit, 14},   {Verb::kCheck, 14},     {Verb::kTag, 5},
    {Verb::kLoad, 5},     {Verb::kMine, 5},    {Verb::kHas, 6},        {Verb::kObject, 5},
    {Verb::kOwns, 5},     {Verb::kOwn, 14},    {Verb::kDisown, 6},     {Verb::kClear, 5},
    {Verb::kDestroy, 14}, {Verb::kMisuse, 4},
}};

// The verb of each byte, and the first byte of each verb.
struct VerbTable {
  std::array<Verb, 256> of_byte{};
  std::array<std::uint8_t, kVerbs> first_byte{};
  int bytes = 0;
};

constexpr VerbTable kVerbOf = [] {
  VerbTable table;
  for (const auto& [verb, bytes] : kWeights) {
    table.first_byte[static_cast<std::size_t>(verb)] = static_cast<std::uint8_t>(table.bytes);
    for (int i = 0; i < bytes; ++i) table.of_byte[table.bytes++] = verb;
  }
  return table;
}();
static_assert(kVerbOf.bytes == 256, "weights must add up to 256");
static_assert(std::ranges::all_of(kWeights, [](const Weight& w) {
  return w.bytes > 0 && &w - kWeights.data() == static_cast<int>(w.verb);
}));

constexpr std::array<std::int8_t, 8> kInterpreterOf = {0, 1, 2, 3, 0, 1, 0, kDetached};
constexpr unsigned kDetachedBits = 7;
constexpr unsigned kDensityBits = 2;
constexpr std::uint32_t kAllVerbs = (1u << kVerbs) - 1;
constexpr unsigned kOwnersCount = 3;  // bits 6-7 of header 2

// How many there are in the program, by two bits of the header's last byte.
constexpr std::array<unsigned, 4> kTensorCrowds = {kTensors, 1, 1, 2};
constexpr std::array<unsigned, 4> kInterpreterCrowds = {kInterpreters, 1, 2, 2};
constexpr std::array<unsigned, 4> kThreadCrowds = {kThreads, 1, 2, 3};

static_assert(kThreads == 4 && kInterpreters == 4 && kTensors == 4, "two bits for each");

// --- header --------------------------------------------------------------------------------------

// The three bits that say who knows a tensor, and back.
std::int8_t owner_of(unsigned bits) {
  return bits < 4 ? Program::kShared : static_cast<std::int8_t>(bits - 4);
}
unsigned bits_of(std::int8_t owner) { return owner == Program::kShared ? 0 : 4u + owner; }

// Where the three bits of tensor x are in the 16 bits of header 1 and 2, the lower one first. The
// two bits of the density come first.
constexpr unsigned shift_of(unsigned x) { return kDensityBits + 3 * x; }

}  // namespace

Header::Header(std::span<const std::uint8_t> bytes) : swarm_(kAllVerbs), swarm_weight_(256) {
  std::ranges::copy(bytes.first(std::min(kHeaderBytes, bytes.size())), bytes_.begin());
  if ((byte(3) & kSwarmBit) == 0) return;
  swarm_ = static_cast<std::uint32_t>(choice::SplitMix64(owners() >> kDensityBits).next()) |
           (1u << static_cast<unsigned>(Verb::kWrap));
  swarm_ &= kAllVerbs;
  swarm_weight_ = 0;
  for (const auto& [verb, weight] : kWeights) {
    if ((swarm_ >> static_cast<unsigned>(verb) & 1) != 0) swarm_weight_ += weight;
  }
}

std::int8_t Header::private_to(unsigned tensor) const {
  const bool count = owners() >> 14 == kOwnersCount;
  return count ? owner_of((owners() >> shift_of(tensor)) & 7) : Program::kShared;
}

Verb Header::verb_of(unsigned byte) const {
  if (swarm_ == kAllVerbs) return kVerbOf.of_byte[byte];
  std::uint32_t left = byte * swarm_weight_ / 256;
  for (const auto& [verb, weight] : kWeights) {
    if ((swarm_ >> static_cast<unsigned>(verb) & 1) == 0) continue;
    if (left < static_cast<std::uint32_t>(weight)) return verb;
    left -= static_cast<std::uint32_t>(weight);
  }
  return Verb::kWrap;  // not reached: `left` began below the sum
}

Header::Meaning Header::meaning(std::span<const std::uint8_t, kRecordBytes> record) const {
  const unsigned tensors = kTensorCrowds[byte(3) & 3];
  const unsigned interpreters = kInterpreterCrowds[(byte(3) >> 2) & 3];
  const unsigned threads = kThreadCrowds[(byte(3) >> 4) & 3];
  const unsigned place = record[0];
  const VerbInfo& verb = info(verb_of(record[1]));
  Operation operation;
  operation.verb = verb.verb;
  operation.interpreter = kInterpreterOf[(place >> 2) & 7];
  if (operation.interpreter != kDetached) {
    operation.interpreter =
        static_cast<std::int8_t>(static_cast<unsigned>(operation.interpreter) % interpreters);
  } else if (verb.needs_interpreter) {
    operation.interpreter = 0;
  }
  if (verb.on_tensor) {
    operation.tensor = static_cast<std::uint8_t>(((place >> 5) & 3) % tensors);
  }
  if (verb.argument != ArgumentKind::kNone) {
    operation.argument = static_cast<std::uint8_t>(record[2] % argument_values(verb.argument));
  }
  if (verb.argument == ArgumentKind::kTensor && operation.argument == operation.tensor) {
    operation.argument = static_cast<std::uint8_t>((operation.tensor + 1) % kTensors);
  }
  return {static_cast<std::uint8_t>((place & 3) % threads), operation};
}

void decode(std::span<const std::uint8_t> bytes, Decoded& into, const Language& language) {
  const Header header(bytes);
  Program& program = into.program;
  program.rules = language.rules;
  for (auto& thread : program.threads) thread.clear();
  for (unsigned x = 0; x < kTensors; ++x) program.private_to[x] = header.private_to(x);

  std::span<const std::uint8_t> rest = bytes.subspan(std::min(kHeaderBytes, bytes.size()));
  const std::size_t operations = std::min(header.operations(), rest.size() / kRecordBytes);
  for (std::size_t i = 0; i < operations; ++i) {
    const auto [thread, operation] = header.meaning(rest.first<kRecordBytes>());
    if (available(operation, language.features)) program.threads[thread].push_back(operation);
    rest = rest.subspan(kRecordBytes);
  }
  into.source.reset(rest, static_cast<int>(header.density()));
}

std::vector<std::uint8_t> encode(const Case& from) {
  const Program& program = from.program;
  assert(program.operations() <= kMaxOperations);
  unsigned owners_and_density = 0;
  for (unsigned x = 0; x < kTensors; ++x) {
    owners_and_density |= bits_of(program.private_to[x]) << shift_of(x);
  }
  if (owners_and_density != 0) owners_and_density |= kOwnersCount << 14;

  std::vector<std::uint8_t> bytes;
  const auto put = [&](unsigned byte) { bytes.push_back(static_cast<std::uint8_t>(byte)); };
  put(static_cast<unsigned>(program.operations()));
  put(owners_and_density & 0xff);
  put(owners_and_density >> 8);
  put(0);  // a crowd of all
  for (unsigned t = 0; t < kThreads; ++t) {
    for (const Operation& o : program.threads[t]) {
      const unsigned interpreter =
          o.interpreter == kDetached ? kDetachedBits : static_cast<unsigned>(o.interpreter);
      put(t | (interpreter << 2) | (unsigned{o.tensor} << 5));
      put(kVerbOf.first_byte[static_cast<std::size_t>(o.verb)]);
      put(o.argument);
    }
  }

  choice::ChoiceSequence choices = from.choices;
  choices.trim();
  for (auto c = choices.choices.rbegin(); c != choices.choices.rend(); ++c) {
    put(c->answer == 0 ? 0 : 0x80 + std::min(c->answer, kMaxEncodedAnswer));
  }
  return bytes;
}

}  // namespace slotproof::program
