// Laws of the forms that a program has: value, text and bytes.
#include <cstdint>
#include <rapidcheck.h>
#include <string>
#include <vector>

#include "law.h"
#include "program/bytes.h"
#include "program/text.h"

namespace slotproof::laws {
namespace {

using program::ParseError;
using program::ProgramText;
using Bytes = std::vector<std::uint8_t>;

ProgramText parsed(const std::string& text) {
  ProgramText result;
  ParseError error;
  if (!program::parse(text, result, error)) {
    RC_FAIL(std::to_string(error.line) + ":" + std::to_string(error.column) + ": " + error.message);
  }
  return result;
}

LAW(TextLaws, WhatIsPrintedParsesToTheSame, (const ProgramText& text)) {
  RC_ASSERT(parsed(program::print(text)) == text);
}

LAW(TextLaws, PrintingWhatWasParsedGivesTheSameText, (const ProgramText& text)) {
  const std::string once = program::print(text);
  RC_ASSERT(program::print(parsed(once)) == once);
}

LAW(TextLaws, LineEndsOfWindowsChangeNothing, (const ProgramText& text)) {
  std::string windows;
  for (const char c : program::print(text)) windows += c == '\n' ? "\r\n" : std::string(1, c);
  RC_ASSERT(parsed(windows) == text);
}

LAW(TextLaws, AnyBytesAreReadOrRefusedAndNothingIsHalfTaken,
    (const Bytes& bytes, const ProgramText& before)) {
  ProgramText into = before;
  ParseError error;
  if (program::parse(std::string(bytes.begin(), bytes.end()), into, error)) return;
  RC_ASSERT(into == before);
  RC_ASSERT(error.line >= 1);
  RC_ASSERT(error.column >= 1);
  RC_ASSERT(!error.message.empty());
}

LAW(BytesLaws, WhatIsEncodedDecodesToTheSameProgram, (const program::Case& from)) {
  const Bytes bytes = program::encode(from);
  program::Decoded decoded;
  program::decode(bytes, decoded);
  RC_ASSERT(decoded.program == from.program);
}

LAW(BytesLaws, WhatIsEncodedAnswersAsTheChoicesDo, (const program::Case& from)) {
  const Bytes bytes = program::encode(from);
  program::Decoded decoded;
  program::decode(bytes, decoded);
  for (const choice::Choice& c : from.choices.choices) {
    RC_ASSERT(decoded.source.choose(program::kMaxEncodedAnswer + 1, c.kind) == c.answer);
  }
}

LAW(BytesLaws, AnyBytesDecodeToAProgramThatTextCanHold, (const Bytes& bytes)) {
  program::Decoded decoded;
  program::decode(bytes, decoded);
  RC_ASSERT(decoded.program.operations() <= program::kMaxOperations);
  const ProgramText text{{decoded.program, {}}, {}, {}};
  RC_ASSERT(parsed(program::print(text)) == text);
}

LAW(BytesLaws, DecodingIntoAUsedObjectIsDecoding, (const Bytes& first, const Bytes& second)) {
  program::Decoded used;
  program::decode(first, used);
  program::decode(second, used);
  program::Decoded fresh;
  program::decode(second, fresh);
  RC_ASSERT(used.program == fresh.program);
}

LAW(ChoiceLaws, WhatIsPrintedParsesToTheSame, (const choice::ChoiceSequence& sequence)) {
  choice::ChoiceSequence again;
  std::string error;
  RC_ASSERT(choice::ChoiceSequence::parse(sequence.print(), again, error));
  RC_ASSERT(again == sequence);
}

}  // namespace
}  // namespace slotproof::laws
