// The grammar of .litmus files: herd7's for C, as far as README.md says. Names and types mean
// nothing yet; parse.cpp gives them their meaning.
#pragma once

#include <tao/pegtl.hpp>

namespace slotproof::litmus::grammar {

namespace p = tao::pegtl;

// ---- Between words ----

// The states are no comment to us, though they are one to herd7.
struct StatesOpen : p::seq<p::string<'(', '*'>, p::star<p::space>, TAO_PEGTL_KEYWORD("States")> {};
struct LineComment : p::seq<p::two<'/'>, p::until<p::eolf>> {};
struct CommentEnd : p::until<p::string<'*', '/'>> {};
struct OcamlCommentEnd : p::until<p::string<'*', ')'>> {};
struct BlockComment : p::seq<p::string<'/', '*'>, p::must<CommentEnd>> {};
struct OcamlComment : p::seq<p::not_at<StatesOpen>, p::string<'(', '*'>, p::must<OcamlCommentEnd>> {
};
struct Gap : p::star<p::sor<p::space, LineComment, BlockComment, OcamlComment>> {};

// A word or a sign, and the gap behind it. What is a word of the tree is the part before the gap.
template <class Rule>
struct Token : p::seq<Rule, Gap> {};
template <char... kChars>
struct Sign : Token<p::string<kChars...>> {};

// ---- Words ----

struct Name : p::identifier {};
struct Number : p::seq<p::opt<p::one<'-'>>, p::plus<p::digit>> {};
struct NameToken : Token<Name> {};
struct NumberToken : Token<Number> {};

struct OpenBrace : Sign<'{'> {};
struct CloseBrace : Sign<'}'> {};
struct OpenParenthesis : Sign<'('> {};
struct CloseParenthesis : Sign<')'> {};
struct CloseBracket : Sign<']'> {};
struct Semicolon : Sign<';'> {};
struct Star : Sign<'*'> {};
struct Assign : Token<p::seq<p::one<'='>, p::not_at<p::one<'='>>>> {};

// ---- Header ----

// "C name": all that stands on the line.
struct Title : p::plus<p::not_at<p::space>, p::any> {};
struct Language : p::seq<p::one<'C'>, p::plus<p::blank>> {};
struct Header : p::seq<p::must<Language>, p::must<Title>, Gap> {};
struct Quoted : p::seq<p::one<'"'>, p::until<p::one<'"'>>> {};
struct Remarks : p::star<Token<Quoted>> {};

// ---- Initial state ----

struct Type : p::sor<TAO_PEGTL_KEYWORD("atomic_int"), TAO_PEGTL_KEYWORD("int"),
                     TAO_PEGTL_KEYWORD("spinlock_t"), TAO_PEGTL_KEYWORD("rwlock_t")> {};
struct TypeToken : Token<Type> {};
struct Qualifiers
    : p::star<Token<p::sor<TAO_PEGTL_KEYWORD("volatile"), TAO_PEGTL_KEYWORD("const")>>> {};

struct PlaceName : p::sor<p::seq<Sign<'['>, p::must<NameToken>, p::must<CloseBracket>>, NameToken> {
};
struct Initial : p::seq<p::opt<TypeToken>, PlaceName, p::must<Assign>, p::must<NumberToken>> {};
struct InitialEnd : p::sor<Semicolon, p::at<p::one<'}'>>> {};
struct Initials
    : p::seq<OpenBrace, p::star<p::seq<Initial, p::must<InitialEnd>>>, p::must<CloseBrace>> {};

// ---- Expressions ----

struct Expression;
struct Argument;
struct Arguments : p::seq<OpenParenthesis, p::opt<p::list_must<Argument, Sign<','>>>,
                          p::must<CloseParenthesis>> {};
struct Call : p::seq<NameToken, p::at<p::one<'('>>, Arguments> {};
struct Dereference : p::seq<Star, p::must<NameToken>> {};
struct Unary;
struct UnarySign : p::sor<p::seq<p::one<'!'>, p::not_at<p::one<'='>>>, p::one<'-', '~'>> {};
struct Operand;
struct Unary : p::seq<Token<UnarySign>, p::must<Operand>> {};
struct Nested : p::seq<OpenParenthesis, p::must<Expression>, p::must<CloseParenthesis>> {};
struct Plain : p::sor<Nested, Call, Dereference, NumberToken, NameToken> {};
struct Operand : p::sor<NumberToken, Unary, Plain> {};
struct BinarySign
    : p::sor<p::two<'='>, p::string<'!', '='>, p::string<'<', '='>, p::string<'>', '='>,
             p::two<'&'>, p::two<'|'>, p::one<'<', '>', '+', '-', '*', '&', '|', '^'>> {};
struct Expression : p::seq<Operand, p::star<Token<BinarySign>, p::must<Operand>>> {};
struct AddressOf : p::seq<Sign<'&'>, p::must<NameToken>> {};
struct Argument : p::sor<AddressOf, Expression> {};

// ---- Statements ----

struct Statement;
struct Block : p::seq<OpenBrace, p::star<Statement>, p::must<CloseBrace>> {};
struct MustBlock : p::sor<Block, Statement> {};
struct If : p::seq<Token<TAO_PEGTL_KEYWORD("if")>, p::must<OpenParenthesis>, p::must<Expression>,
                   p::must<CloseParenthesis>, p::must<MustBlock>,
                   p::opt<Token<TAO_PEGTL_KEYWORD("else")>, p::must<MustBlock>>> {};
// "int r0;", "int r0 = e;"
struct Declaration : p::seq<Token<TAO_PEGTL_KEYWORD("int")>, p::must<NameToken>,
                            p::opt<Assign, p::must<Expression>>, p::must<Semicolon>> {};
// "r0 = e;"
struct Assignment : p::seq<NameToken, Assign, p::must<Expression>, p::must<Semicolon>> {};
// "*x = e;"
struct Write
    : p::seq<Star, p::must<NameToken>, p::must<Assign>, p::must<Expression>, p::must<Semicolon>> {};
struct CallStatement : p::seq<Call, p::must<Semicolon>> {};
struct Statement : p::sor<If, Declaration, Write, Assignment, CallStatement> {};

// ---- Threads ----

struct ThreadName : p::seq<p::one<'P'>, p::plus<p::digit>, p::not_at<p::identifier_other>> {};
struct Parameter : p::seq<Qualifiers, p::must<TypeToken>, p::must<Star>, p::must<NameToken>> {};
struct Parameters : p::seq<p::must<OpenParenthesis>,
                           p::opt<p::not_at<p::one<')'>>, p::list_must<Parameter, Sign<','>>>,
                           p::must<CloseParenthesis>> {};
struct MustBody : Block {};
struct Thread : p::seq<Token<ThreadName>, Parameters, p::must<MustBody>> {};

// ---- Final states ----

// "1:r0", "x", "[x]"
struct RegisterName : p::seq<p::plus<p::digit>, p::one<':'>, p::must<Name>> {};
struct ObservableToken : p::sor<Token<RegisterName>, PlaceName> {};
struct ObservableEnd : p::sor<Semicolon, p::at<p::one<']'>>> {};
struct Locations
    : p::seq<Token<TAO_PEGTL_KEYWORD("locations")>, Sign<'['>,
             p::star<p::seq<ObservableToken, p::must<ObservableEnd>>>, p::must<CloseBracket>> {};

struct Either;
struct EqualSign : Token<p::seq<p::one<'='>, p::opt<p::one<'='>>>> {};
struct Equals : p::seq<ObservableToken, p::must<EqualSign>, p::must<NumberToken>> {};
struct TrueWord : Token<TAO_PEGTL_KEYWORD("true")> {};
struct Fact;
struct Not : p::seq<p::sor<Sign<'~'>, Token<TAO_PEGTL_KEYWORD("not")>>, p::must<Fact>> {};
struct NestedFact : p::seq<OpenParenthesis, p::must<Either>, p::must<CloseParenthesis>> {};
struct Fact : p::sor<NestedFact, Not, TrueWord, Equals> {};
struct Both : p::list_must<Fact, Sign<'/', '\\'>> {};
struct Either : p::list_must<Both, Sign<'\\', '/'>> {};
struct Quantifier : p::sor<TAO_PEGTL_KEYWORD("exists"),
                           p::seq<p::one<'~'>, p::star<p::space>, TAO_PEGTL_KEYWORD("exists")>,
                           TAO_PEGTL_KEYWORD("forall")> {};
struct QuantifierToken : Token<Quantifier> {};
struct Condition : p::seq<p::must<QuantifierToken>, p::must<Either>> {};

// A state is a line: "1:r0=0; x=2;", or the word for runs that did not finish.
struct EndOfLine : p::seq<p::star<p::blank>, p::sor<p::eol, p::at<p::string<'*', ')'>>>> {};
struct StateValue : p::seq<p::sor<RegisterName, p::seq<p::one<'['>, Name, p::one<']'>>, Name>,
                           p::star<p::blank>, p::one<'='>, p::star<p::blank>, p::must<Number>,
                           p::star<p::blank>, p::must<p::one<';'>>, p::star<p::blank>> {};
struct HaltWord : p::sor<p::string<'d', 'a', 't', 'a', ' ', 'r', 'a', 'c', 'e'>,
                         p::string<'d', 'e', 'a', 'd', ' ', 'm', 'e', 'm', 'o', 'r', 'y'>,
                         p::string<'d', 'e', 'a', 'd', 'l', 'o', 'c', 'k'>,
                         p::string<'c', 'r', 'a', 's', 'h'>> {};
struct State : p::seq<p::sor<HaltWord, p::plus<StateValue>>, p::must<EndOfLine>> {};
struct StatesClose : p::string<'*', ')'> {};
struct StatesCount : p::plus<p::digit> {};
struct States : p::seq<StatesOpen, p::star<p::space>, p::must<StatesCount>, p::star<p::space>,
                       p::star<State, p::star<p::space>>, p::must<StatesClose>, Gap> {};

struct Threads : p::plus<Thread> {};
struct End : p::eof {};
struct File : p::seq<Header, Remarks, p::must<Initials>, p::must<Threads>, p::opt<Locations>,
                     Condition, p::opt<States>, p::must<End>> {};

}  // namespace slotproof::litmus::grammar
