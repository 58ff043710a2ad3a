#include "litmus/test.h"

#include <algorithm>

namespace slotproof::litmus {

Value evaluate(const Expression& expression, const std::vector<Value>& registers) {
  const auto operand = [&](std::size_t i) { return evaluate(expression.operands[i], registers); };
  // Unsigned, so that it wraps.
  const auto bits = [&](std::size_t i) { return static_cast<std::uint32_t>(operand(i)); };
  switch (expression.op) {
    case Operator::kNumber: return expression.number;
    case Operator::kRegister: return registers[expression.number];
    case Operator::kNot: return operand(0) == 0 ? 1 : 0;
    case Operator::kNegate: return static_cast<Value>(0 - bits(0));
    case Operator::kComplement: return ~operand(0);
    case Operator::kMultiply: return static_cast<Value>(bits(0) * bits(1));
    case Operator::kAdd: return static_cast<Value>(bits(0) + bits(1));
    case Operator::kSubtract: return static_cast<Value>(bits(0) - bits(1));
    case Operator::kLess: return operand(0) < operand(1) ? 1 : 0;
    case Operator::kLessEqual: return operand(0) <= operand(1) ? 1 : 0;
    case Operator::kGreater: return operand(0) > operand(1) ? 1 : 0;
    case Operator::kGreaterEqual: return operand(0) >= operand(1) ? 1 : 0;
    case Operator::kEqual: return operand(0) == operand(1) ? 1 : 0;
    case Operator::kUnequal: return operand(0) != operand(1) ? 1 : 0;
    case Operator::kBitAnd: return operand(0) & operand(1);
    case Operator::kBitXor: return operand(0) ^ operand(1);
    case Operator::kBitOr: return operand(0) | operand(1);
    case Operator::kAnd: return operand(0) != 0 && operand(1) != 0 ? 1 : 0;
    case Operator::kOr: return operand(0) != 0 || operand(1) != 0 ? 1 : 0;
  }
  return 0;
}

bool holds(const Proposition& proposition, const State& state) {
  if (state.halt != machine::Halt::kFinished) return false;
  const auto true_of = [&](const Proposition& operand) { return holds(operand, state); };
  switch (proposition.connective) {
    case Connective::kTrue: return true;
    case Connective::kEquals: return state.values[proposition.observable] == proposition.value;
    case Connective::kNot: return !true_of(proposition.operands[0]);
    case Connective::kAnd: return std::ranges::all_of(proposition.operands, true_of);
    case Connective::kOr: return std::ranges::any_of(proposition.operands, true_of);
  }
  return false;
}

}  // namespace slotproof::litmus
