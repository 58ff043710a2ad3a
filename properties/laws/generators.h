// RapidCheck generators of programs and choices. All that they give is well-formed (program/text.h)
// and shrinks towards fewer and plainer parts, all the way down to the empty program.
#pragma once

#include <cstdint>
#include <rapidcheck.h>
#include <vector>

#include "choice/choice_sequence.h"
#include "oracle/verdict.h"
#include "program/program.h"
#include "program/text.h"

namespace slotproof::laws {

rc::Gen<program::Program> programs();

// Without a dull tail. Answers are those that bytes can hold (program/bytes.h).
rc::Gen<choice::ChoiceSequence> choices();

rc::Gen<program::Case> cases();

// With words to expect and a story.
rc::Gen<program::ProgramText> texts();

}  // namespace slotproof::laws

// How a counterexample is shown: as the text that a file of the corpus holds, verdicts by name.
namespace slotproof::program {
void showValue(const Program& program, std::ostream& os);
void showValue(const Case& test_case, std::ostream& os);
void showValue(const ProgramText& text, std::ostream& os);
}  // namespace slotproof::program
namespace slotproof::choice {
void showValue(const ChoiceSequence& choices, std::ostream& os);
}  // namespace slotproof::choice
namespace slotproof::oracle {
void showValue(Verdict verdict, std::ostream& os);
}

namespace rc {

template <>
struct Arbitrary<slotproof::program::Program> {
  static Gen<slotproof::program::Program> arbitrary() { return slotproof::laws::programs(); }
};
template <>
struct Arbitrary<slotproof::choice::ChoiceSequence> {
  static Gen<slotproof::choice::ChoiceSequence> arbitrary() { return slotproof::laws::choices(); }
};
template <>
struct Arbitrary<slotproof::program::Case> {
  static Gen<slotproof::program::Case> arbitrary() { return slotproof::laws::cases(); }
};
template <>
struct Arbitrary<slotproof::program::ProgramText> {
  static Gen<slotproof::program::ProgramText> arbitrary() { return slotproof::laws::texts(); }
};

}  // namespace rc
