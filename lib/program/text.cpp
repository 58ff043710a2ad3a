#include "program/text.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <utility>

#include <fmt/format.h>

namespace slotproof::program {
namespace {

using Words = std::span<const std::string_view>;

constexpr std::array<std::string_view, kInterpreters + 1> kWho = {"A", "B", "C", "D", "-"};
constexpr std::array<std::string_view, kTensors> kTensorNames = {"x0", "x1", "x2", "x3"};
constexpr std::array<std::string_view, kThreads> kThreadNames = {"0", "1", "2", "3"};
constexpr std::array<std::string_view, 1> kOff = {"off"};
// What a line below the version line starts with.
constexpr std::array<std::string_view, 11> kStatements = {
    "gil", "careless", "private", "thread", "A", "B", "C", "D", "-", "choices", "expect"};

std::string_view who(std::int8_t interpreter) {
  return interpreter == kDetached ? kWho.back() : kWho[interpreter];
}

// --- bytes ---------------------------------------------------------------------------------------

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

// Whether text may hold it. Bytes beyond ASCII are taken as they are; only comments have a place
// for them.
constexpr bool is_text(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7f) || c == '\t';
}

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view without_trailing_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// The word for a message: quoted, fit to print, and never long.
std::string quote(std::string_view word) {
  constexpr std::size_t kMost = 24;
  std::string quoted = "'";
  for (const char c : word.substr(0, kMost)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      quoted += c;
    } else {
      fmt::format_to(std::back_inserter(quoted), "\\x{:02x}", byte);
    }
  }
  return quoted + (word.size() > kMost ? "...'" : "'");
}

// --- the nearest word ----------------------------------------------------------------------------

// How many letters must be left out, put in, changed or swapped with their neighbour to turn one
// word into the other
// ("optimal string alignment": Damerau, "A technique for computer detection and correction of
// spelling errors", 1964). Letters of both cases are the same. Both words are at most kLongest
// long.
constexpr std::size_t kLongest = 16;

int distance(std::string_view a, std::string_view b) {
  std::array<std::array<int, kLongest + 1>, kLongest + 1> d{};
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = static_cast<int>(i);
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
          lower(a[i - 2]) == lower(b[j - 1])) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

// The one of `words` that was probably meant, or an empty word: about one mistake for every three
// letters. Of words that are as near, one that is as long.
std::string_view nearest(std::string_view word, Words words) {
  if (word.empty() || word.size() > kLongest) return {};
  std::string_view best;
  std::pair least{static_cast<int>(word.size() + 1) / 3, true};
  for (const std::string_view candidate : words) {
    if (candidate.size() > kLongest) continue;
    const std::pair d{distance(word, candidate), candidate.size() != word.size()};
    if (best.empty() ? d <= least : d < least) {
      least = d;
      best = candidate;
    }
  }
  return best;
}

Words verb_names() {
  static const auto names = [] {
    std::array<std::string_view, kVerbs> all;
    for (const VerbInfo& verb : verbs()) all[static_cast<std::size_t>(verb.verb)] = verb.name;
    return all;
  }();
  return names;
}

// Where `word` is in `words`, or -1.
int index_of(std::string_view word, Words words) {
  const auto found = std::ranges::find(words, word);
  return found == words.end() ? -1 : static_cast<int>(found - words.begin());
}

// --- words of a line -----------------------------------------------------------------------------

struct Word {
  std::string_view text;  // empty: the line has ended
  int column = 0;
};

// Hands out the words of a line from left to right.
class Line {
 public:
  // `text` has neither a comment nor blanks at its end.
  explicit Line(std::string_view text) : text_(text) {}

  Word next() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    const std::size_t from = at_;
    while (at_ < text_.size() && !is_blank(text_[at_])) ++at_;
    return {text_.substr(from, at_ - from), static_cast<int>(from) + 1};
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

// --- the grammar ---------------------------------------------------------------------------------

class Parser {
 public:
  Parser(std::string_view text, ParseError& error) : rest_(text), error_(error) {}

  bool run() {
    while (!rest_.empty()) {
      if (!read_line()) return false;
    }
    if (stage_ != Stage::kVersion) return true;
    number_ = ends_in_newline_ ? number_ + 1 : std::max(number_, 1);
    return fail(ends_in_newline_ ? 1 : last_length_ + 1,
                "found the end of the text, expected the version line; put 'slotproof 1' above "
                "the program");
  }

  ProgramText take() { return std::move(parsed_); }

 private:
  // The part of the text that the line before belonged to.
  enum class Stage : std::uint8_t { kVersion, kPrivate, kThreads, kTail };

  bool fail(int column, std::string message) {
    error_ = {number_, column, std::move(message)};
    return false;
  }

  // The word is none of `words`, which are what `expected` says.
  bool fail_choice(Word word, std::string_view expected, Words words) {
    const std::string_view meant = nearest(word.text, words);
    return fail(
        word.column,
        fmt::format("found {}, expected {}; {}", describe(word), expected,
                    meant.empty() ? fmt::format("write {}{}", words.size() > 1 ? "one of " : "",
                                                fmt::join(words, ", "))
                                  : fmt::format("did you mean '{}'?", meant)));
  }

  static std::string describe(Word word) {
    return word.text.empty() ? "the end of the line" : quote(word.text);
  }

  // Takes the next word, which must be one of `words`, and gives its index.
  bool pick(Line& line, std::string_view expected, Words words, int& index) {
    const Word word = line.next();
    index = index_of(word.text, words);
    return index >= 0 || fail_choice(word, expected, words);
  }

  bool end_of(Line& line) {
    const Word word = line.next();
    return word.text.empty() ||
           fail(word.column, fmt::format("found {}, expected the end of the line; remove it, or "
                                         "write '#' before a comment",
                                         describe(word)));
  }

  bool read_line();
  bool read_statement(std::string_view code);
  bool read_version(Line& line, Word first);
  bool in_header(Word first);
  bool read_rule(Line& line, Word first);
  bool read_private(Line& line, Word first);
  bool read_thread(Line& line, Word first);
  bool read_choices(Line& line, Word first);
  bool read_expect(Line& line, Word first);
  bool read_operation(Line& line, Word first);
  bool read_verb(Line& line, Word first, Operation& operation);
  bool read_argument(Line& line, Operation& operation);
  void tell(std::string_view comment);

  std::string_view rest_;
  ParseError& error_;
  ProgramText parsed_;
  Stage stage_ = Stage::kVersion;
  int number_ = 0;  // of the line
  int last_length_ = 0;
  bool ends_in_newline_ = false;
  bool telling_ = true;  // comments still belong to the story
  bool told_ = false;
  bool has_choices_ = false;
  int thread_ = -1;
  int operations_ = 0;
};

bool Parser::read_line() {
  const std::size_t newline = rest_.find('\n');
  ends_in_newline_ = newline != std::string_view::npos;
  std::string_view line = rest_.substr(0, newline);
  rest_.remove_prefix(ends_in_newline_ ? newline + 1 : rest_.size());
  ++number_;
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  last_length_ = static_cast<int>(line.size());

  const auto bad = std::ranges::find_if_not(line, is_text);
  if (bad != line.end()) {
    return fail(static_cast<int>(bad - line.begin()) + 1,
                fmt::format("found the byte 0x{:02x}, expected text; a file of a fuzzer's bytes "
                            "must be decoded, not parsed",
                            static_cast<unsigned char>(*bad)));
  }
  const std::size_t hash = std::min(line.find('#'), line.size());
  const std::string_view code = without_trailing_blanks(line.substr(0, hash));
  if (!code.empty()) return read_statement(code);
  if (hash < line.size() && telling_) tell(line.substr(hash + 1));
  return true;
}

void Parser::tell(std::string_view comment) {
  if (comment.starts_with(' ')) comment.remove_prefix(1);
  if (told_) parsed_.story += '\n';
  parsed_.story += without_trailing_blanks(comment);
  told_ = true;
}

bool Parser::read_statement(std::string_view code) {
  Line line(code);
  const Word first = line.next();
  if (stage_ == Stage::kVersion) return read_version(line, first);
  telling_ = false;
  if (first.text == "gil" || first.text == "careless") return read_rule(line, first);
  if (first.text == "private") return read_private(line, first);
  if (first.text == "thread") return read_thread(line, first);
  if (first.text == "choices") return read_choices(line, first);
  if (first.text == "expect") return read_expect(line, first);
  return read_operation(line, first);
}

bool Parser::read_version(Line& line, Word first) {
  if (first.text != "slotproof") {
    return fail(first.column, fmt::format("found {}, expected the version line; put 'slotproof 1' "
                                          "above the program",
                                          describe(first)));
  }
  const Word version = line.next();
  if (version.text != "1") {
    return fail(version.column, fmt::format("found {}, expected version 1; write 'slotproof 1', or "
                                            "read this text with the release that wrote it",
                                            describe(version)));
  }
  stage_ = Stage::kPrivate;
  return end_of(line);
}

// `gil off` and `careless`.
bool Parser::read_rule(Line& line, Word first) {
  if (!in_header(first)) return false;
  Rules& rules = parsed_.test_case.program.rules;
  bool& rule = first.text == "gil" ? rules.gil : rules.careful;
  if (!rule) {
    return fail(first.column, fmt::format("found '{}' again, expected it once; remove one of the "
                                          "lines",
                                          first.text));
  }
  rule = false;
  int off = 0;
  if (first.text == "gil" && !pick(line, "what the GIL is", kOff, off)) return false;
  return end_of(line);
}

bool Parser::in_header(Word first) {
  return stage_ == Stage::kPrivate ||
         fail(first.column, fmt::format("found '{}' too late, expected it above threads, "
                                        "'choices' and 'expect'; move the line up",
                                        first.text));
}

bool Parser::read_private(Line& line, Word first) {
  if (!in_header(first)) return false;
  const Word name = line.next();
  const int tensor = index_of(name.text, kTensorNames);
  if (tensor < 0) return fail_choice(name, "a tensor", kTensorNames);
  std::int8_t& owner = parsed_.test_case.program.private_to[tensor];
  if (owner != Program::kShared) {
    return fail(name.column, fmt::format("found '{}' again, expected each tensor once; it is "
                                         "private to thread {} already, remove one of the lines",
                                         name.text, owner));
  }
  int thread = 0;
  if (!pick(line, "the number of a thread", kThreadNames, thread)) return false;
  owner = static_cast<std::int8_t>(thread);
  return end_of(line);
}

bool Parser::read_thread(Line& line, Word first) {
  if (stage_ == Stage::kTail) {
    return fail(first.column,
                "found a thread below 'choices' or 'expect', expected it above; move it up");
  }
  const Word name = line.next();
  const int thread = index_of(name.text, kThreadNames);
  if (thread < 0) return fail_choice(name, "the number of a thread", kThreadNames);
  if (thread == thread_) {
    return fail(name.column, fmt::format("found thread {} again, expected each thread once; put "
                                         "its operations together",
                                         thread));
  }
  if (thread < thread_) {
    return fail(name.column, fmt::format("found thread {} below thread {}, expected threads in "
                                         "ascending order; move it up",
                                         thread, thread_));
  }
  thread_ = thread;
  stage_ = Stage::kThreads;
  return end_of(line);
}

bool Parser::read_choices(Line& line, Word first) {
  if (has_choices_) {
    return fail(first.column, "found 'choices' again, expected it once; remove one of the lines");
  }
  const Word word = line.next();
  std::string why;
  if (word.text.empty()) {
    return fail(word.column,
                "found the end of the line, expected a choice sequence; write one, as "
                "in 'choices v1:3t1.s2', or remove the line");
  }
  if (!choice::ChoiceSequence::parse(word.text, parsed_.test_case.choices, why)) {
    return fail(word.column, fmt::format("found {}, expected a choice sequence as in 'v1:3t1.s2'; "
                                         "mend it, {}",
                                         describe(word), why));
  }
  has_choices_ = true;
  stage_ = Stage::kTail;
  return end_of(line);
}

bool Parser::read_expect(Line& line, Word first) {
  if (!parsed_.expect.empty()) {
    return fail(first.column,
                "found 'expect' again, expected it once; put all words into one line");
  }
  stage_ = Stage::kTail;
  Word word = line.next();
  for (; !word.text.empty(); word = line.next()) {
    const bool good =
        std::ranges::all_of(word.text, [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
    if (!good) {
      return fail(word.column, fmt::format("found {}, expected a verdict, of letters a to z and "
                                           "'-'; write it as in 'data-race'",
                                           describe(word)));
    }
    parsed_.expect.emplace_back(word.text);
  }
  if (!parsed_.expect.empty()) return true;
  return fail(word.column,
              "found the end of the line, expected a verdict; write one, as in "
              "'expect data-race', or remove the line");
}

bool Parser::read_operation(Line& line, Word first) {
  const int interpreter = index_of(first.text, kWho);
  if (interpreter < 0) {
    if (index_of(first.text, verb_names()) < 0) {
      return fail_choice(first, "a line of the program", kStatements);
    }
    return fail(first.column, fmt::format("found the verb '{0}', expected an interpreter first; "
                                          "write 'A {0}', or '- {0}' on a detached thread",
                                          first.text));
  }
  if (stage_ == Stage::kPrivate) {
    return fail(first.column,
                "found an operation above the first thread, expected it in one; "
                "write 'thread 0' above it");
  }
  if (stage_ == Stage::kTail) {
    return fail(first.column,
                "found an operation below 'choices' or 'expect', expected it in a "
                "thread; move it up");
  }
  if (operations_ == kMaxOperations) {
    return fail(first.column, fmt::format("found one operation more, expected at most {} in all; "
                                          "make several programs of this one",
                                          kMaxOperations));
  }
  Operation operation;
  operation.interpreter =
      interpreter == kInterpreters ? kDetached : static_cast<std::int8_t>(interpreter);
  if (!read_verb(line, first, operation)) return false;
  ++operations_;
  parsed_.test_case.program.threads[thread_].push_back(operation);
  return end_of(line);
}

bool Parser::read_verb(Line& line, Word first, Operation& operation) {
  int verb = 0;
  if (!pick(line, "a verb", verb_names(), verb)) return false;
  operation.verb = static_cast<Verb>(verb);
  const VerbInfo& known = info(operation.verb);
  if (known.needs_interpreter && operation.interpreter == kDetached) {
    return fail(first.column, fmt::format("found '{0}' on a detached thread, expected an "
                                          "interpreter, which it needs; write 'A {0}'",
                                          known.name));
  }
  if (known.on_tensor) {
    int tensor = 0;
    if (!pick(line, "a tensor", kTensorNames, tensor)) return false;
    operation.tensor = static_cast<std::uint8_t>(tensor);
  }
  return read_argument(line, operation);
}

bool Parser::read_argument(Line& line, Operation& operation) {
  const VerbInfo& known = info(operation.verb);
  if (known.argument == ArgumentKind::kNone) return true;
  const Word word = line.next();
  const int values = argument_values(known.argument);
  const auto word_of = [&](int value) {
    return argument_word(known.argument, static_cast<std::uint8_t>(value));
  };
  int value = 0;
  while (value < values && word_of(value) != word.text) ++value;
  if (value == values) {
    std::vector<std::string_view> words(static_cast<std::size_t>(values));
    for (int v = 0; v < values; ++v) words[v] = word_of(v);
    const bool optional = std::erase(words, std::string_view{}) != 0;
    return fail_choice(
        word,
        fmt::format("{}what '{}' takes", optional ? "the end of the line or " : "", known.name),
        words);
  }
  operation.argument = static_cast<std::uint8_t>(value);
  if (known.argument == ArgumentKind::kTensor && operation.argument == operation.tensor) {
    return fail(word.column, fmt::format("found '{}' again, expected another tensor; '{}' hands "
                                         "something from one to the other",
                                         word.text, known.name));
  }
  return true;
}

void print_story(std::string_view story, std::string& text) {
  while (!story.empty()) {
    const std::size_t newline = std::min(story.find('\n'), story.size());
    text += newline == 0 ? "#" : "# ";
    // What no text can hold would make the whole unreadable.
    for (const char c : story.substr(0, newline)) text += is_text(c) ? c : '?';
    text += '\n';
    if (newline + 1 == story.size()) text += "#\n";  // an empty last line
    story.remove_prefix(std::min(newline + 1, story.size()));
  }
}

void append(const Operation& operation, std::string& text) {
  const VerbInfo& known = info(operation.verb);
  text += who(operation.interpreter);
  text += ' ';
  text += known.name;
  const auto append_word = [&](std::string_view word) {
    if (!word.empty()) text.append(" ").append(word);
  };
  if (known.on_tensor) append_word(kTensorNames[operation.tensor]);
  append_word(argument_word(known.argument, operation.argument));
}

}  // namespace

std::string print(const Operation& operation) {
  std::string text;
  append(operation, text);
  return text;
}

std::string print(const ProgramText& text) {
  const Program& program = text.test_case.program;
  std::string printed;
  print_story(text.story, printed);
  const auto out = std::back_inserter(printed);
  fmt::format_to(out, "slotproof 1\n");
  if (!program.rules.gil) fmt::format_to(out, "gil off\n");
  if (!program.rules.careful) fmt::format_to(out, "careless\n");
  for (int x = 0; x < kTensors; ++x) {
    const std::int8_t owner = program.private_to[x];
    if (owner != Program::kShared) fmt::format_to(out, "private x{} {}\n", x, owner);
  }
  for (int t = 0; t < kThreads; ++t) {
    if (program.threads[t].empty()) continue;
    fmt::format_to(out, "thread {}\n", t);
    for (const Operation& operation : program.threads[t]) {
      printed += "  ";
      append(operation, printed);
      printed += '\n';
    }
  }
  const auto& choices = text.test_case.choices.choices;
  if (std::ranges::any_of(choices, [](const choice::Choice& c) { return c.answer != 0; })) {
    fmt::format_to(out, "choices {}\n", text.test_case.choices.print());
  }
  if (!text.expect.empty()) fmt::format_to(out, "expect {}\n", fmt::join(text.expect, " "));
  return printed;
}

bool parse(std::string_view text, ProgramText& into, ParseError& error) {
  Parser parser(text, error);
  if (!parser.run()) return false;
  into = parser.take();
  return true;
}

}  // namespace slotproof::program
