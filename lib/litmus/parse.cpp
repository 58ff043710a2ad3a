#include "litmus/parse.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <tao/pegtl/contrib/limit_depth.hpp>
#include <tao/pegtl/contrib/parse_tree.hpp>
#include <tao/pegtl/must_if.hpp>

#include "litmus/functions.h"
#include "litmus/grammar.h"

namespace slotproof::litmus {
namespace {

namespace g = grammar;
namespace pegtl = tao::pegtl;
using Node = pegtl::parse_tree::node;
using machine::MemoryOrder;

// ---- Syntax ----

// What is missing where a rule that must match does not.
struct Expected {
  template <class Rule>
  static constexpr const char* message = nullptr;
  template <class Rule>
  static constexpr bool raise_on_failure = false;
};
template <>
inline constexpr auto Expected::message<g::CommentEnd> = "expected '*/' before the end";
template <>
inline constexpr auto Expected::message<g::OcamlCommentEnd> = "expected '*)' before the end";
template <>
inline constexpr auto Expected::message<g::Language> = "expected 'C' and the name of the test";
template <>
inline constexpr auto Expected::message<g::Title> = "expected the name of the test";
template <>
inline constexpr auto Expected::message<g::Initials> = "expected '{' and the initial state";
template <>
inline constexpr auto Expected::message<g::InitialEnd> = "expected ';' or '}'";
template <>
inline constexpr auto Expected::message<g::NameToken> = "expected a name";
template <>
inline constexpr auto Expected::message<g::Name> = "expected a name";
template <>
inline constexpr auto Expected::message<g::NumberToken> = "expected a number";
template <>
inline constexpr auto Expected::message<g::Number> = "expected a number";
template <>
inline constexpr auto Expected::message<g::Assign> = "expected '='";
template <>
inline constexpr auto Expected::message<g::EqualSign> = "expected '='";
template <>
inline constexpr auto Expected::message<g::CloseBrace> = "expected a statement or '}'";
template <>
inline constexpr auto Expected::message<g::CloseBracket> = "expected ']'";
template <>
inline constexpr auto Expected::message<g::OpenParenthesis> = "expected '('";
template <>
inline constexpr auto Expected::message<g::CloseParenthesis> = "expected ')'";
template <>
inline constexpr auto Expected::message<g::Semicolon> = "expected ';'";
template <>
inline constexpr auto Expected::message<pegtl::one<';'>> = "expected ';'";
template <>
inline constexpr auto Expected::message<g::Star> = "expected '*': threads get pointers";
template <>
inline constexpr auto Expected::message<g::Argument> = "expected an argument";
template <>
inline constexpr auto Expected::message<g::Operand> = "expected a value";
template <>
inline constexpr auto Expected::message<g::Expression> = "expected a value";
template <>
inline constexpr auto Expected::message<g::MustBlock> = "expected '{' or a statement";
template <>
inline constexpr auto Expected::message<g::MustBody> = "expected '{' and the thread's body";
template <>
inline constexpr auto Expected::message<g::TypeToken> =
    "expected a type: atomic_int, int, spinlock_t or rwlock_t";
template <>
inline constexpr auto Expected::message<g::Parameter> =
    "expected a type: atomic_int, int, spinlock_t or rwlock_t";
template <>
inline constexpr auto Expected::message<g::Threads> = "expected a thread: P0, P1, ...";
template <>
inline constexpr auto Expected::message<g::ObservableEnd> = "expected ';' or ']'";
template <>
inline constexpr auto Expected::message<g::Fact> = "expected a condition, such as 1:r0=0 or x=2";
template <>
inline constexpr auto Expected::message<g::Both> = "expected a condition, such as 1:r0=0 or x=2";
template <>
inline constexpr auto Expected::message<g::Either> = "expected a condition, such as 1:r0=0 or x=2";
template <>
inline constexpr auto Expected::message<g::QuantifierToken> =
    "expected a thread, exists, ~exists or forall";
template <>
inline constexpr auto Expected::message<g::StatesCount> = "expected the number of states";
template <>
inline constexpr auto Expected::message<g::EndOfLine> = "expected the end of the line";
template <>
inline constexpr auto Expected::message<g::StatesClose> =
    "expected a state, such as 1:r0=0; x=2; or data race, or '*)'";
template <>
inline constexpr auto Expected::message<g::End> = "expected nothing more";

template <class Rule>
using Control = pegtl::must_if<Expected, pegtl::normal, true>::control<Rule>;

template <class Rule>
using Selector = pegtl::parse_tree::selector<
    Rule, pegtl::parse_tree::store_content::on<
              g::Title, g::Initials, g::Initial, g::Type, g::Name, g::Number, g::Call,
              g::Dereference, g::Unary, g::UnarySign, g::BinarySign, g::Expression, g::AddressOf,
              g::Block, g::If, g::Declaration, g::Assignment, g::Write, g::CallStatement, g::Thread,
              g::MustBody, g::ThreadName, g::Parameter, g::RegisterName, g::Locations, g::Equals,
              g::TrueWord, g::Not, g::Both, g::Either, g::Quantifier, g::States, g::State,
              g::StateValue, g::HaltWord, g::StatesCount>>;

template <class Rule>
struct Limits : pegtl::nothing<Rule> {};
template <>
struct Limits<g::Operand> : pegtl::limit_depth<kMaxNesting> {};
template <>
struct Limits<g::Statement> : pegtl::limit_depth<kMaxNesting> {};
template <>
struct Limits<g::Fact> : pegtl::limit_depth<kMaxNesting> {};

// The word that stands there, fit to print.
std::string found_at(std::string_view text, std::size_t at) {
  if (at >= text.size()) return "the end";
  const auto of_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  constexpr std::size_t kMost = 32;
  std::size_t length = 0;
  while (length < kMost && at + length < text.size() && of_word(text[at + length])) ++length;
  const std::string_view word = text.substr(at, std::max<std::size_t>(length, 1));
  const auto byte = static_cast<unsigned char>(word[0]);
  if (word[0] == '\n') return "the end of the line";
  if (byte < 0x20 || byte > 0x7e) return fmt::format("'\\x{:02x}'", byte);
  return fmt::format("'{}'", word);
}

std::unique_ptr<Node> tree_of(std::string_view text) {
  if (text.size() > kMaxText) {
    throw ParseError(1, 1, fmt::format("the text is longer than {} bytes", kMaxText));
  }
  pegtl::memory_input input(text.data(), text.data() + text.size(), "");
  try {
    return pegtl::parse_tree::parse<g::File, Node, Selector, Limits, Control>(input);
  } catch (const pegtl::parse_error& error) {
    const pegtl::position& at = error.positions().front();
    std::string message(error.message());
    if (message.starts_with("expected ")) {
      message = fmt::format("found {}, {}", found_at(text, at.byte), message);
    } else {
      message = fmt::format("nested deeper than {} levels", kMaxNesting);
    }
    throw ParseError(at.line, at.column, message);
  }
}

// ---- Meaning ----

[[noreturn]] void fail(const Node& node, std::string_view expected) {
  const pegtl::position at = node.begin();
  throw ParseError(
      at.line, at.column,
      fmt::format("found '{}', expected {}", node.string_view().substr(0, 64), expected));
}

template <class Rule>
bool is(const Node& node) {
  return node.is_type<Rule>();
}

Value number_of(const Node& node) {
  const std::string_view text = node.string_view();
  Value value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc()) fail(node, "a number of 32 bits");
  return value;
}

MemoryOrder order_of(const Node& node, OrderUse use) {
  for (const OrderWord& word : kOrderWords) {
    if (word.name != node.string_view()) continue;
    if (!fits(word.order, use)) fail(node, "an order that this operation may have");
    return word.order;
  }
  fail(node, "a memory order: memory_order_relaxed, ...");
}

// C's precedence: the higher binds the tighter.
struct BinaryOperator {
  std::string_view sign;
  Operator op;
  int precedence;
};
constexpr BinaryOperator kBinaryOperators[] = {
    {"||", Operator::kOr, 1},           {"&&", Operator::kAnd, 2},
    {"|", Operator::kBitOr, 3},         {"^", Operator::kBitXor, 4},
    {"&", Operator::kBitAnd, 5},        {"==", Operator::kEqual, 6},
    {"!=", Operator::kUnequal, 6},      {"<", Operator::kLess, 7},
    {"<=", Operator::kLessEqual, 7},    {">", Operator::kGreater, 7},
    {">=", Operator::kGreaterEqual, 7}, {"+", Operator::kAdd, 8},
    {"-", Operator::kSubtract, 8},      {"*", Operator::kMultiply, 9},
};

// Gives the tree its meaning, from its beginning to its end.
class Reader {
 public:
  explicit Reader(const Node& file) {
    const std::vector<std::unique_ptr<Node>>& parts = file.children;
    for (const auto& part : parts) {
      if (is<g::Thread>(*part)) test_.threads.emplace_back();
    }
    std::size_t thread = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const Node& part = *parts[i];
      if (is<g::Title>(part)) test_.name = part.string();
      if (is<g::Initials>(part)) read_initials(part);
      if (is<g::Thread>(part)) read_thread(part, thread++);
      if (is<g::Locations>(part)) {
        for (const auto& place : part.children) observable(*place);
      }
      if (is<g::Quantifier>(part)) {
        const std::string_view word = part.string_view();
        test_.quantifier = word == "exists"   ? Quantifier::kExists
                           : word == "forall" ? Quantifier::kForall
                                              : Quantifier::kNotExists;
      }
      if (is<g::Either>(part)) {
        test_.condition = proposition(part);
        test_.condition_text = on_one_line(part.string_view());
      }
      if (is<g::States>(part)) read_states(part);
    }
    if (created_by_all() == test_.threads.size()) {
      fail(*parts.front(), "a thread that no other creates");
    }
  }

  Test take() { return std::move(test_); }

 private:
  std::size_t created_by_all() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(test_.threads, [](const Thread& t) { return t.created; }));
  }

  static std::string on_one_line(std::string_view text) {
    std::string line;
    for (const char c : text) {
      const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
      if (!blank) line += c;
      if (blank && !line.empty() && line.back() != ' ') line += ' ';
    }
    while (line.ends_with(' ')) line.pop_back();
    return line;
  }

  // ---- Locations ----

  static LocationKind kind_of(const Node& type) {
    const std::string_view word = type.string_view();
    if (word == "atomic_int") return LocationKind::kAtomic;
    if (word == "spinlock_t") return LocationKind::kSpinLock;
    if (word == "rwlock_t") return LocationKind::kRwLock;
    return LocationKind::kPlain;
  }

  int add_location(const Node& name) {
    const auto index = static_cast<int>(test_.locations.size());
    locations_.emplace(name.string(), index);
    test_.locations.push_back({.name = name.string()});
    typed_.push_back(false);
    return index;
  }

  void set_kind(int location, const Node& type, const Node& blamed) {
    const LocationKind kind = kind_of(type);
    if (typed_[location] && test_.locations[location].kind != kind) {
      fail(blamed, "the type that it has elsewhere");
    }
    typed_[location] = true;
    test_.locations[location].kind = kind;
  }

  // "[type] name = number"
  void read_initials(const Node& initials) {
    for (const auto& initial : initials.children) {
      const bool typed = is<g::Type>(*initial->children[0]);
      const Node& name = *initial->children[typed ? 1 : 0];
      if (locations_.contains(name.string())) fail(name, "each location once");
      const int location = add_location(name);
      if (typed) set_kind(location, *initial->children[0], *initial);
      test_.locations[location].initial = number_of(*initial->children.back());
    }
  }

  // ---- Threads ----

  void read_thread(const Node& node, std::size_t number) {
    const Node& name = *node.children[0];
    if (name.string() != fmt::format("P{}", number)) fail(name, fmt::format("P{}", number));
    if (number >= kMaxThreads) fail(name, fmt::format("{} threads at most", kMaxThreads));
    thread_ = &test_.threads[number];
    registers_.clear();
    parameters_.clear();
    for (const auto& child : node.children) {
      if (is<g::Parameter>(*child)) read_parameter(*child);
      if (is<g::MustBody>(*child)) thread_->body = statements(*child);
    }
  }

  void read_parameter(const Node& parameter) {
    const Node& name = *parameter.children[1];
    const auto known = locations_.find(name.string());
    const int location = known == locations_.end() ? add_location(name) : known->second;
    set_kind(location, *parameter.children[0], parameter);
    parameters_[name.string()] = location;
  }

  int location(const Node& name) const {
    const auto found = parameters_.find(name.string());
    if (found == parameters_.end()) fail(name, "one of the thread's parameters");
    return found->second;
  }

  int location(const Node& name, std::initializer_list<LocationKind> kinds,
               std::string_view expected) const {
    const int found = location(name);
    if (std::ranges::find(kinds, test_.locations[found].kind) == kinds.end()) fail(name, expected);
    return found;
  }

  int register_named(const Node& name) const {
    const auto found = registers_.find(name.string());
    if (found == registers_.end()) {
      fail(name, "a register, declared by int; an access to memory is a statement of its own");
    }
    return found->second;
  }

  int declare(const Node& name) {
    if (parameters_.contains(name.string())) fail(name, "a name that is no parameter");
    const auto [at, added] =
        registers_.emplace(name.string(), static_cast<int>(thread_->registers.size()));
    if (added) thread_->registers.push_back(name.string());
    return at->second;
  }

  // ---- Expressions ----

  Expression operand(const Node& node) const {
    if (is<g::Expression>(node)) return expression(node);
    if (is<g::Number>(node)) return {Operator::kNumber, number_of(node), {}};
    if (is<g::Name>(node)) return {Operator::kRegister, register_named(node), {}};
    if (is<g::Unary>(node)) {
      const char sign = node.children[0]->string_view()[0];
      const Operator op = sign == '!'   ? Operator::kNot
                          : sign == '-' ? Operator::kNegate
                                        : Operator::kComplement;
      return {op, 0, {operand(*node.children[1])}};
    }
    fail(node, "a register or a number; an access to memory is a statement of its own");
  }

  // Precedence climbing: operands and signs alternate among the children.
  Expression expression(const Node& node) const {
    std::size_t at = 0;
    return climb(node, at, 0);
  }

  Expression climb(const Node& node, std::size_t& at, int least) const {
    Expression left = operand(*node.children[at++]);
    while (at < node.children.size()) {
      const auto* const found = std::ranges::find(
          kBinaryOperators, node.children[at]->string_view(), &BinaryOperator::sign);
      if (found->precedence < least) break;
      ++at;
      Expression right = climb(node, at, found->precedence + 1);
      left = Expression{found->op, 0, {std::move(left), std::move(right)}};
    }
    return left;
  }

  // The only child of an expression that is nothing but this, else null.
  template <class Rule>
  static const Node* only(const Node& expression) {
    const bool alone = expression.children.size() == 1 && is<Rule>(*expression.children[0]);
    return alone ? expression.children[0].get() : nullptr;
  }

  // ---- Statements ----

  std::vector<Statement> statements(const Node& node) {
    std::vector<Statement> list;
    if (!is<g::Block>(node) && !is<g::MustBody>(node)) {
      add_statement(node, list);
      return list;
    }
    for (const auto& child : node.children) add_statement(*child, list);
    return list;
  }

  void add_statement(const Node& node, std::vector<Statement>& into) {
    if (is<g::If>(node)) {
      Statement statement{.action = Action::kIf, .value = expression(*node.children[0])};
      statement.then = statements(*node.children[1]);
      if (node.children.size() > 2) statement.otherwise = statements(*node.children[2]);
      into.push_back(std::move(statement));
    } else if (is<g::CallStatement>(node)) {
      into.push_back(call(*node.children[0], kNoRegister));
    } else if (is<g::Write>(node)) {
      const int to = location(*node.children[0], {LocationKind::kPlain, LocationKind::kAtomic},
                              "an int or an atomic_int");
      // An assignment to an atomic object is a seq_cst store.
      const bool atomic = test_.locations[to].kind == LocationKind::kAtomic;
      into.push_back({.action = atomic ? Action::kStore : Action::kWrite,
                      .location = to,
                      .value = expression(*node.children[1])});
    } else {
      const int to =
          is<g::Declaration>(node) ? declare(*node.children[0]) : register_named(*node.children[0]);
      if (node.children.size() > 1) into.push_back(assignment(to, *node.children[1]));
    }
  }

  Statement assignment(int to, const Node& value) {
    if (const Node* const called = only<g::Call>(value)) return call(*called, to);
    if (const Node* const read = only<g::Dereference>(value)) {
      const int from = location(*read->children[0], {LocationKind::kPlain, LocationKind::kAtomic},
                                "an int or an atomic_int");
      const bool atomic = test_.locations[from].kind == LocationKind::kAtomic;
      return {.action = atomic ? Action::kLoad : Action::kRead, .location = from, .result = to};
    }
    return {.action = Action::kAssign, .result = to, .value = expression(value)};
  }

  // The name that an argument consists of.
  static const Node& name_in(const Node& argument, std::string_view expected) {
    const Node* const name = is<g::Expression>(argument) ? only<g::Name>(argument) : nullptr;
    if (name == nullptr) fail(argument, expected);
    return *name;
  }

  Statement call(const Node& node, int result) {
    const Node& name = *node.children[0];
    const Function* const function = function_named(name.string_view());
    if (function == nullptr) fail(name, "a function that README.md lists");
    if (result != kNoRegister && !function->returns) fail(name, "a function that gives a value");
    if (node.children.size() != function->parameters.size() + 1) {
      fail(node, fmt::format("{} arguments", function->parameters.size()));
    }
    Statement statement{
        .action = function->action, .result = result, .rmw = function->rmw, .weak = function->weak};
    for (std::size_t i = 0; i < function->parameters.size(); ++i) {
      set_argument(statement, function->parameters[i], *node.children[i + 1]);
    }
    return statement;
  }

  void set_argument(Statement& statement, Parameter parameter, const Node& argument) {
    switch (parameter) {
      case Parameter::kAtomic:
        statement.location =
            location(name_in(argument, "an atomic_int"), {LocationKind::kAtomic}, "an atomic_int");
        break;
      case Parameter::kSpinLock:
        statement.location =
            location(name_in(argument, "a spinlock_t"), {LocationKind::kSpinLock}, "a spinlock_t");
        break;
      case Parameter::kRwLock:
        statement.location =
            location(name_in(argument, "an rwlock_t"), {LocationKind::kRwLock}, "an rwlock_t");
        break;
      case Parameter::kMemory:
        statement.location =
            location(name_in(argument, "an int or an atomic_int"),
                     {LocationKind::kPlain, LocationKind::kAtomic}, "an int or an atomic_int");
        break;
      case Parameter::kValue:
        if (!is<g::Expression>(argument)) fail(argument, "a value");
        statement.value = expression(argument);
        break;
      case Parameter::kExpected:
        if (is<g::AddressOf>(argument)) {
          statement.expected_register = register_named(*argument.children[0]);
        } else {
          statement.expected_location = location(name_in(argument, "&register or an int*"),
                                                 {LocationKind::kPlain}, "&register or an int*");
        }
        break;
      case Parameter::kOrder:
        statement.order = order_of(name_in(argument, "a memory order"), use_of(statement.action));
        break;
      case Parameter::kFailure:
        statement.failure = order_of(name_in(argument, "a memory order"), OrderUse::kLoad);
        break;
      case Parameter::kThread: {
        const Node& name = name_in(argument, "a thread");
        for (std::size_t t = 0; t < test_.threads.size(); ++t) {
          if (name.string() == fmt::format("P{}", t)) statement.number = static_cast<int>(t);
        }
        Thread& thread = test_.threads[statement.number];
        if (name.string() != fmt::format("P{}", statement.number)) fail(name, "a thread");
        if (statement.action != Action::kCreate) break;
        if (thread.created) fail(name, "a thread that is created once");
        thread.created = true;
        break;
      }
    }
  }

  // ---- Final states ----

  Observable place(const Node& node) const {
    const std::string name = node.string();
    const std::size_t colon = name.find(':');
    if (colon == std::string::npos) {
      const auto found =
          locations_.find(name.starts_with('[') ? name.substr(1, name.size() - 2) : name);
      if (found == locations_.end()) fail(node, "a location");
      return {Observable::kMemory, found->second};
    }
    for (std::size_t t = 0; t < test_.threads.size(); ++t) {
      if (name.substr(0, colon) != std::to_string(t)) continue;
      const std::vector<std::string>& registers = test_.threads[t].registers;
      const auto found = std::ranges::find(registers, name.substr(colon + 1));
      if (found == registers.end()) fail(node, "a register of that thread");
      return {static_cast<int>(t), static_cast<int>(found - registers.begin())};
    }
    fail(node, "a register of one of the threads");
  }

  // Which observable it is; it is one from now on.
  std::size_t observable(const Node& node) {
    const Observable observed = place(node);
    const auto found = std::ranges::find(test_.observables, observed);
    const auto index = static_cast<std::size_t>(found - test_.observables.begin());
    if (found == test_.observables.end()) test_.observables.push_back(observed);
    return index;
  }

  Proposition proposition(const Node& node) {
    if (is<g::TrueWord>(node)) return {};
    if (is<g::Equals>(node)) {
      return {Connective::kEquals, observable(*node.children[0]), number_of(*node.children[1]), {}};
    }
    if (!is<g::Not>(node) && node.children.size() == 1) return proposition(*node.children[0]);
    Proposition result;
    result.connective = is<g::Not>(node)    ? Connective::kNot
                        : is<g::Both>(node) ? Connective::kAnd
                                            : Connective::kOr;
    for (const auto& child : node.children) result.operands.push_back(proposition(*child));
    return result;
  }

  void read_states(const Node& node) {
    const Node& count = *node.children[0];
    test_.states.emplace();
    for (const auto& child : node.children) {
      if (!is<g::State>(*child)) continue;
      if (!test_.states->insert(state(*child)).second) fail(*child, "each state once");
    }
    if (static_cast<std::size_t>(number_of(count)) != test_.states->size()) {
      fail(count, fmt::format("{}, as many as follow", test_.states->size()));
    }
  }

  State state(const Node& node) const {
    const Node& first = *node.children[0];
    if (is<g::HaltWord>(first)) {
      for (const machine::Halt halt : {machine::Halt::kDataRace, machine::Halt::kAddress,
                                       machine::Halt::kDeadlock, machine::Halt::kCrash}) {
        if (first.string_view() == word_for(halt)) return {halt, {}};
      }
    }
    State result{machine::Halt::kFinished, std::vector<Value>(test_.observables.size())};
    std::vector<bool> given(test_.observables.size());
    for (const auto& value : node.children) {
      const auto found = std::ranges::find(test_.observables, place(*value->children[0]));
      if (found == test_.observables.end()) {
        fail(*value, "what the condition or the locations name");
      }
      const auto index = static_cast<std::size_t>(found - test_.observables.begin());
      if (given[index]) fail(*value, "each value once");
      given[index] = true;
      result.values[index] = number_of(*value->children[1]);
    }
    if (std::ranges::find(given, false) != given.end()) {
      fail(node, "a value for each that the condition and the locations name");
    }
    return result;
  }

  Test test_;
  std::map<std::string, int> locations_;
  std::vector<bool> typed_;  // of each location
  // Of the thread that is being read.
  Thread* thread_ = nullptr;
  std::map<std::string, int> registers_;
  std::map<std::string, int> parameters_;
};

}  // namespace

Test parse(std::string_view text) { return Reader(*tree_of(text)).take(); }

}  // namespace slotproof::litmus
