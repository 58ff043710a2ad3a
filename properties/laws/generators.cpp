#include "generators.h"

#include <ostream>
#include <string>
#include <tuple>
#include <utility>

#include "program/bytes.h"
#include "program/operation.h"

namespace slotproof::laws {
namespace {

using choice::Choice;
using choice::ChoiceSequence;
using program::Case;
using program::Operation;
using program::Program;
using program::ProgramText;
using program::Rules;

constexpr int kArguments = 12;  // a multiple of how many values any argument has

// The numbers of an operation as they come, before the verb says which of them mean something. Kept
// apart from each other they shrink one by one.
struct Numbers {
  int thread;
  int verb;
  int interpreter;  // one beyond the last: detached
  int tensor;
  int argument;
};

rc::Gen<Numbers> numbers() {
  const auto below = [](int end) { return rc::gen::inRange(0, end); };
  return rc::gen::map(rc::gen::tuple(below(program::kThreads), below(program::kVerbs),
                                     below(program::kInterpreters + 1), below(program::kTensors),
                                     below(kArguments)),
                      [](const std::tuple<int, int, int, int, int>& t) {
                        return std::apply([](auto... n) { return Numbers{n...}; }, t);
                      });
}

Operation operation(const Numbers& n) {
  Operation result{.verb = static_cast<program::Verb>(n.verb)};
  const program::VerbInfo& info = program::info(result.verb);
  if (n.interpreter < program::kInterpreters) {
    result.interpreter = static_cast<std::int8_t>(n.interpreter);
  } else if (!info.needs_interpreter) {
    result.interpreter = program::kDetached;
  }
  if (info.on_tensor) result.tensor = static_cast<std::uint8_t>(n.tensor);
  const int values = program::argument_values(info.argument);
  result.argument = static_cast<std::uint8_t>(n.argument % values);
  if (info.argument == program::ArgumentKind::kTensor && result.argument == result.tensor) {
    result.argument = static_cast<std::uint8_t>((result.tensor + 1) % values);
  }
  return result;
}

// Only text knows of rules; bytes leave them to those who decode them.
rc::Gen<Rules> rules() {
  return rc::gen::map(
      rc::gen::pair(rc::gen::arbitrary<bool>(), rc::gen::arbitrary<bool>()),
      [](const std::pair<bool, bool>& p) { return Rules{.gil = !p.first, .careful = !p.second}; });
}

Program program_of(const std::vector<Numbers>& operations, const std::vector<int>& owners) {
  Program program;
  for (const Numbers& n : operations) {
    if (program.operations() == program::kMaxOperations) break;
    program.threads[static_cast<std::size_t>(n.thread)].push_back(operation(n));
  }
  for (std::size_t t = 0; t < owners.size(); ++t) {
    program.private_to[t] = static_cast<std::int8_t>(owners[t] - 1);  // 0: shared
  }
  return program;
}

}  // namespace

rc::Gen<Program> programs() {
  return rc::gen::map(
      rc::gen::pair(rc::gen::container<std::vector<Numbers>>(numbers()),
                    rc::gen::container<std::vector<int>>(
                        program::kTensors, rc::gen::inRange(0, program::kThreads + 1))),
      [](const std::pair<std::vector<Numbers>, std::vector<int>>& parts) {
        return program_of(parts.first, parts.second);
      });
}

rc::Gen<ChoiceSequence> choices() {
  const auto choice = rc::gen::map(
      rc::gen::pair(rc::gen::inRange(0, choice::kKinds),
                    rc::gen::inRange<std::uint32_t>(0, program::kMaxEncodedAnswer + 1)),
      [](const std::pair<int, std::uint32_t>& c) {
        return Choice{.kind = static_cast<choice::Kind>(c.first), .answer = c.second};
      });
  return rc::gen::map(rc::gen::container<std::vector<Choice>>(choice),
                      [](std::vector<Choice> list) {
                        ChoiceSequence sequence{std::move(list)};
                        sequence.trim();
                        return sequence;
                      });
}

rc::Gen<Case> cases() {
  return rc::gen::map(
      rc::gen::pair(programs(), choices()),
      [](const std::pair<Program, ChoiceSequence>& p) { return Case{p.first, p.second}; });
}

rc::Gen<ProgramText> texts() {
  using Word = std::string;
  const auto word =
      rc::gen::nonEmpty(rc::gen::container<Word>(rc::gen::element('a', 'b', 'z', '-')));
  const auto line =
      rc::gen::nonEmpty(rc::gen::container<Word>(rc::gen::element('a', 'Z', '#', ':', '0', '~')));
  return rc::gen::map(rc::gen::tuple(cases(), rc::gen::container<std::vector<Word>>(word),
                                     rc::gen::container<std::vector<Word>>(line), rules()),
                      [](const std::tuple<Case, std::vector<Word>, std::vector<Word>, Rules>& t) {
                        ProgramText text{
                            .test_case = std::get<0>(t), .expect = std::get<1>(t), .story = ""};
                        text.test_case.program.rules = std::get<3>(t);
                        for (const Word& next : std::get<2>(t)) {
                          if (!text.story.empty()) text.story += '\n';
                          text.story += next;
                        }
                        return text;
                      });
}

}  // namespace slotproof::laws

namespace slotproof::program {

void showValue(const Program& program, std::ostream& os) { showValue(Case{program, {}}, os); }
void showValue(const Case& test_case, std::ostream& os) {
  showValue(ProgramText{test_case, {}, {}}, os);
}
void showValue(const ProgramText& text, std::ostream& os) { os << '\n' << print(text); }

}  // namespace slotproof::program

namespace slotproof::choice {

void showValue(const ChoiceSequence& choices, std::ostream& os) { os << choices.print(); }

}  // namespace slotproof::choice

namespace slotproof::oracle {

void showValue(Verdict verdict, std::ostream& os) { os << name(verdict); }

}  // namespace slotproof::oracle
