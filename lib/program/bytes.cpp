#include "program/bytes.h"

#include <algorithm>
#include <array>
#include <cassert>

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
constexpr unsigned shift_of(unsigned x) { return 2 + 3 * x; }

}  // namespace

void decode(std::span<const std::uint8_t> bytes, Decoded& into, const Language& language) {
  const auto header = [&](std::size_t i) { return i < bytes.size() ? unsigned{bytes[i]} : 0u; };
  const unsigned owners_and_density = header(1) | (header(2) << 8);
  const unsigned density = owners_and_density & 3;
  const bool owners_count = owners_and_density >> 14 == kOwnersCount;
  const unsigned tensors = kTensorCrowds[header(3) & 3];
  const unsigned interpreters = kInterpreterCrowds[(header(3) >> 2) & 3];
  const unsigned threads = kThreadCrowds[(header(3) >> 4) & 3];

  Program& program = into.program;
  program.rules = language.rules;
  for (auto& thread : program.threads) thread.clear();
  for (unsigned x = 0; x < kTensors; ++x) {
    program.private_to[x] =
        owners_count ? owner_of((owners_and_density >> shift_of(x)) & 7) : Program::kShared;
  }

  std::span<const std::uint8_t> rest = bytes.subspan(std::min(kHeaderBytes, bytes.size()));
  const std::size_t operations =
      std::min<std::size_t>(header(0) % (kMaxOperations + 1), rest.size() / kRecordBytes);
  const auto table = verbs();
  for (std::size_t i = 0; i < operations; ++i) {
    const unsigned place = rest[0];
    const VerbInfo& verb = table[static_cast<std::size_t>(kVerbOf.of_byte[rest[1]])];
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
      operation.argument = static_cast<std::uint8_t>(rest[2] % argument_values(verb.argument));
    }
    if (verb.argument == ArgumentKind::kTensor && operation.argument == operation.tensor) {
      operation.argument = static_cast<std::uint8_t>((operation.tensor + 1) % kTensors);
    }
    if (available(operation, language.features)) {
      program.threads[(place & 3) % threads].push_back(operation);
    }
    rest = rest.subspan(kRecordBytes);
  }
  into.source.reset(rest, static_cast<int>(density));
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
