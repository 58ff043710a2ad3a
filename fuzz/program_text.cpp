// Hostile text, and hostile bytes: nothing may break the two forms of a program, and neither may
// lose anything on the way to the other and back.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>

#include "choice/random_source.h"
#include "program/bytes.h"
#include "program/mutate.h"
#include "program/text.h"

namespace {

using namespace slotproof;  // NOLINT(google-build-using-namespace)

void require(bool holds, const char* law, const std::string& broken_by) {
  if (holds) return;
  std::fprintf(stderr, "\nbroken law: %s\n%s\n", law, broken_by.c_str());
  std::abort();
}

void check_text(const program::ProgramText& text) {
  const std::string printed = program::print(text);
  program::ProgramText parsed;
  program::ParseError error;
  const bool good = program::parse(printed, parsed, error);
  require(good && parsed == text, "parse(print(x)) == x", printed + error.message);
}

void check_bytes(const program::Case& test_case) {
  program::Decoded decoded;
  const auto bytes = program::encode(test_case);
  program::Language language;
  language.rules = test_case.program.rules;  // bytes have no place for them
  program::decode(bytes, decoded, language);
  require(decoded.program == test_case.program, "decode(encode(x)).program == x",
          program::print({test_case, {}, {}}));
}

void check_edits(std::span<const std::uint8_t> bytes) {
  constexpr std::size_t kMaxSize = 512;
  choice::SplitMix64 random(bytes.size());
  const auto edited = program::mutate(bytes, kMaxSize, random, {});
  const auto crossed = program::cross(bytes, edited, kMaxSize, random);
  for (const auto& made : {edited, crossed}) {
    require(made.size() <= kMaxSize, "no edit makes an input too long", "");
    program::Decoded decoded;
    program::decode(made, decoded);
    check_text({{decoded.program, {}}, {}, {}});
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  program::ProgramText text;
  program::ParseError error;
  if (program::parse({reinterpret_cast<const char*>(bytes), size}, text, error)) {
    check_text(text);
    check_bytes(text.test_case);
  }
  program::Decoded decoded;
  program::decode({bytes, size}, decoded);
  check_text({{decoded.program, {}}, {}, {}});
  check_bytes({decoded.program, {}});
  check_edits({bytes, size});
  return 0;
}
