#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "litmus/functions.h"
#include "litmus/test.h"

namespace slotproof::litmus {
namespace {

constexpr std::array<std::string_view, 19> kSigns = {"",  "",  "!",  "-",  "~",  "*",  "+",
                                                     "-", "<", "<=", ">",  ">=", "==", "!=",
                                                     "&", "^", "|",  "&&", "||"};

std::string_view word(machine::MemoryOrder order) {
  return kOrderWords[static_cast<std::size_t>(order)].name;
}

class Printer {
 public:
  explicit Printer(const Test& test) : test_(test) {}

  std::string test() {
    std::string text = fmt::format("C {}\n\n{{", test_.name);
    for (const Location& location : test_.locations) {
      text += fmt::format(" {}={};", location.name, location.initial);
    }
    text += " }\n";
    std::string parameters;
    for (const Location& location : test_.locations) {
      parameters += fmt::format("{}{}* {}", parameters.empty() ? "" : ", ", type(location.kind),
                                location.name);
    }
    for (std::size_t t = 0; t < test_.threads.size(); ++t) {
      text += fmt::format("\nP{} ({}) {{\n", t, parameters);
      registers_ = &test_.threads[t].registers;
      for (const std::string& name : *registers_) text += fmt::format("  int {};\n", name);
      text += statements(test_.threads[t].body, 2) + "}\n";
    }
    text += "\nlocations [";
    for (const Observable& observed : test_.observables) text += observable(observed) + ";";
    text += fmt::format("]\n{} {}\n", quantifier(), proposition(test_.condition));
    if (test_.states) {
      text += fmt::format("(* States {}\n", test_.states->size());
      for (const State& state : *test_.states) text += print(test_, state) + "\n";
      text += "*)\n";
    }
    return text;
  }

  std::string state(const State& state) const {
    if (state.halt != machine::Halt::kFinished) return std::string(word_for(state.halt));
    std::string text;
    for (std::size_t i = 0; i < state.values.size(); ++i) {
      text += fmt::format("{}{}={};", text.empty() ? "" : " ", observable(test_.observables[i]),
                          state.values[i]);
    }
    return text;
  }

 private:
  static std::string_view type(LocationKind kind) {
    switch (kind) {
      case LocationKind::kPlain: return "int";
      case LocationKind::kAtomic: return "atomic_int";
      case LocationKind::kSpinLock: return "spinlock_t";
      case LocationKind::kRwLock: return "rwlock_t";
    }
    return "?";
  }

  std::string_view quantifier() const {
    if (test_.quantifier == Quantifier::kForall) return "forall";
    return test_.quantifier == Quantifier::kExists ? "exists" : "~exists";
  }

  std::string observable(const Observable& observed) const {
    if (observed.thread == Observable::kMemory) return test_.locations[observed.index].name;
    return fmt::format("{}:{}", observed.thread,
                       test_.threads[observed.thread].registers[observed.index]);
  }

  std::string proposition(const Proposition& p) const {
    if (p.connective == Connective::kTrue) return "true";
    if (p.connective == Connective::kEquals) {
      return fmt::format("{}={}", observable(test_.observables[p.observable]), p.value);
    }
    if (p.connective == Connective::kNot) {
      return fmt::format("not ({})", proposition(p.operands[0]));
    }
    std::string text;
    for (const Proposition& operand : p.operands) {
      const char* const sign = p.connective == Connective::kAnd ? " /\\ " : " \\/ ";
      text += (text.empty() ? "" : sign) + proposition(operand);
    }
    return "(" + text + ")";
  }

  std::string expression(const Expression& e) const {
    if (e.op == Operator::kNumber) return std::to_string(e.number);
    if (e.op == Operator::kRegister) return (*registers_)[e.number];
    const std::string_view sign = kSigns[static_cast<std::size_t>(e.op)];
    if (e.operands.size() == 1) return fmt::format("{}({})", sign, expression(e.operands[0]));
    return fmt::format("({} {} {})", expression(e.operands[0]), sign, expression(e.operands[1]));
  }

  std::string statements(const std::vector<Statement>& list, int indent) const {
    std::string text;
    for (const Statement& s : list) {
      text += fmt::format("{:{}}{}\n", "", indent, statement(s, indent));
    }
    return text;
  }

  std::string statement(const Statement& s, int indent) const {
    const std::string result =
        s.result == kNoRegister ? "" : fmt::format("{} = ", (*registers_)[s.result]);
    const std::string& location = test_.locations.empty() ? "" : test_.locations[s.location].name;
    switch (s.action) {
      case Action::kAssign: return fmt::format("{}{};", result, expression(s.value));
      case Action::kIf: {
        std::string text = fmt::format("if ({}) {{\n{}{:{}}}}", expression(s.value),
                                       statements(s.then, indent + 2), "", indent);
        if (!s.otherwise.empty()) {
          text +=
              fmt::format(" else {{\n{}{:{}}}}", statements(s.otherwise, indent + 2), "", indent);
        }
        return text;
      }
      case Action::kRead: return fmt::format("{}*{};", result, location);
      case Action::kWrite:
        if (test_.locations[s.location].kind == LocationKind::kPlain) {
          return fmt::format("*{} = {};", location, expression(s.value));
        }
        break;
      default: break;
    }
    return result + call(s) + ";";
  }

  std::string call(const Statement& s) const {
    // A lock's functions have the names of its type.
    const bool of_rw_lock =
        !test_.locations.empty() && test_.locations[s.location].kind == LocationKind::kRwLock;
    const auto all = functions();
    const auto function = std::ranges::find_if(all, [&](const Function& f) {
      return f.action == s.action && (f.action != Action::kRmw || f.rmw == s.rmw) &&
             (f.action != Action::kCompareExchange || f.weak == s.weak) &&
             (f.parameters[0] == Parameter::kRwLock || !of_rw_lock);
    });
    std::string arguments;
    for (const Parameter parameter : function->parameters) {
      arguments += arguments.empty() ? "" : ", ";
      arguments += argument(s, parameter);
    }
    return fmt::format("{}({})", function->name, arguments);
  }

  std::string argument(const Statement& s, Parameter parameter) const {
    switch (parameter) {
      case Parameter::kAtomic:
      case Parameter::kMemory:
      case Parameter::kSpinLock:
      case Parameter::kRwLock: return test_.locations[s.location].name;
      case Parameter::kValue: return expression(s.value);
      case Parameter::kExpected:
        return s.expected_register != kNoRegister ? "&" + (*registers_)[s.expected_register]
                                                  : test_.locations[s.expected_location].name;
      case Parameter::kOrder: return std::string(word(s.order));
      case Parameter::kFailure: return std::string(word(s.failure));
      case Parameter::kThread: return fmt::format("P{}", s.number);
    }
    return "";
  }

  const Test& test_;
  const std::vector<std::string>* registers_ = nullptr;  // of the thread at hand
};

}  // namespace

std::string print(const Test& test, const State& state) { return Printer(test).state(state); }

std::string print(const Test& test) { return Printer(test).test(); }

}  // namespace slotproof::litmus
