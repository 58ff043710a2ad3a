#include "choice/choice_sequence.h"

#include <charconv>

#include <fmt/format.h>

namespace slotproof::choice {
namespace {

constexpr std::string_view kVersion = "v1:";

bool kind_of(char c, Kind& kind) {
  for (int k = 0; k < kKinds; ++k) {
    if (letter(static_cast<Kind>(k)) != c) continue;
    kind = static_cast<Kind>(k);
    return true;
  }
  return false;
}

// Reads an unsigned number at `text[at]`, if there is one, and moves `at` behind it.
bool read_number(std::string_view text, std::size_t& at, std::uint32_t& number) {
  const char* first = text.data() + at;
  const auto [end, failure] = std::from_chars(first, text.data() + text.size(), number);
  if (failure != std::errc()) return false;
  at += static_cast<std::size_t>(end - first);
  return true;
}

}  // namespace

std::string ChoiceSequence::print() const {
  std::string text{kVersion};
  std::size_t dull = 0;
  bool first = true;
  for (const Choice& c : choices) {
    if (c.answer == 0) {
      ++dull;
      continue;
    }
    if (!first) text += '.';
    first = false;
    if (dull != 0) text += std::to_string(dull);
    fmt::format_to(std::back_inserter(text), "{}{}", letter(c.kind), c.answer);
    dull = 0;
  }
  return text;
}

bool ChoiceSequence::parse(std::string_view text, ChoiceSequence& into, std::string& error) {
  const auto fail = [&](std::size_t at, std::string_view what) {
    error = fmt::format("choice sequence, character {}: {}", at + 1, what);
    return false;
  };
  if (text.substr(0, kVersion.size()) != kVersion) return fail(0, "must start with 'v1:'");
  ChoiceSequence parsed;
  std::size_t at = kVersion.size();
  while (at < text.size()) {
    const std::size_t token = at;
    std::uint32_t dull = 0;
    const bool counted = text[at] >= '0' && text[at] <= '9';
    if (counted && !read_number(text, at, dull)) return fail(token, "number too large");
    Kind kind{};
    if (at == text.size() || !kind_of(text[at], kind)) {
      return fail(at, "expected one of the letters t, s, p, w");
    }
    ++at;
    std::uint32_t answer = 0;
    if (!read_number(text, at, answer) || answer == 0) {
      return fail(at, "expected a number from 1 to 4294967295");
    }
    if (dull >= kMaxLength - parsed.choices.size()) {
      return fail(token, fmt::format("more than {} choices", kMaxLength));
    }
    parsed.choices.resize(parsed.choices.size() + dull);
    parsed.choices.push_back({kind, answer, 0});
    if (at == text.size()) break;
    if (text[at] != '.') return fail(at, "expected '.' between choices");
    if (++at == text.size()) return fail(at, "expected a choice after '.'");
  }
  into = std::move(parsed);
  return true;
}

void ChoiceSequence::trim() {
  while (!choices.empty() && choices.back().answer == 0) choices.pop_back();
}

}  // namespace slotproof::choice
