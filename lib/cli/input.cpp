#include "cli/input.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string_view>

#include <fmt/format.h>

#include "cli/options.h"
#include "cli/output.h"
#include "oracle/verdict.h"
#include "program/bytes.h"

namespace slotproof::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxSize = std::size_t{16} << 20;

[[noreturn]] void fail(const std::string& name, std::string_view what) {
  throw UserError(fmt::format("{}: {}", name, what));
}

// As compilers write it, so that editors find the place.
[[noreturn]] void fail_at(const std::string& name, std::size_t line, std::size_t column,
                          std::string_view what) {
  throw UserError(fmt::format("{}:{}:{}: {}", name, line, column, what));
}

}  // namespace

std::string read_content(const std::string& name) {
  std::FILE* const file = name == "-" ? stdin : std::fopen(name.c_str(), "rb");
  if (file == nullptr) fail(name, fmt::format("cannot read: {}", std::strerror(errno)));
  std::string content;
  char buffer[1 << 16];
  std::size_t length = 0;
  while (content.size() <= kMaxSize && (length = std::fread(buffer, 1, sizeof buffer, file)) > 0) {
    content.append(buffer, length);
  }
  const int error = std::ferror(file) != 0 ? errno : 0;
  if (file != stdin) std::fclose(file);
  if (error == EISDIR) fail(name, "is a folder; name a file in it");
  if (error != 0) fail(name, fmt::format("cannot read: {}", std::strerror(error)));
  if (content.size() > kMaxSize) fail(name, "is larger than 16 MiB, and no case is");
  return content;
}

namespace {

// Whether a content that does not parse was meant to be text all the same: it has a version line,
// or begins as what may stand above or below one, without the control characters that a fuzzer's
// bytes have.
bool meant_as_text(std::string_view content) {
  if (content.starts_with("slotproof") || content.find("\nslotproof") != std::string_view::npos) {
    return true;
  }
  const bool begins = content.starts_with('#') || content.starts_with("thread ");
  return begins && std::ranges::none_of(content, [](char c) {
           return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t';
         });
}

// The words of `expect` are those of verdicts. The parser does not know these, nor do we where they
// stood.
void check_expected(const std::string& name, std::string_view content,
                    const program::ProgramText& text) {
  const auto unknown = std::ranges::find_if(text.expect, [](const std::string& word) {
    oracle::Verdict verdict{};
    return !oracle::verdict_named(word, verdict);
  });
  if (unknown == text.expect.end()) return;
  for (std::size_t number = 1; !content.empty(); ++number) {
    const std::string_view line = content.substr(0, content.find('\n'));
    const std::size_t first = std::min(line.find_first_not_of(" \t"), line.size());
    if (line.substr(first).starts_with("expect")) {
      fail_at(
          name, number, line.find(*unknown, first + 6) + 1,
          fmt::format("found '{}', expected a verdict; `slotproof verdicts` lists them", *unknown));
    }
    content.remove_prefix(std::min(line.size() + 1, content.size()));
  }
}

}  // namespace

std::vector<std::string> expand(const std::vector<std::string>& names, Files wanted) {
  std::vector<std::string> files;
  for (const std::string& name : names) {
    std::error_code failure;
    if (name == "-" || !fs::is_directory(name, failure)) {
      files.push_back(name);
      continue;
    }
    std::vector<std::string> found;
    fs::recursive_directory_iterator at(name, failure);
    for (; !failure && at != fs::recursive_directory_iterator(); at.increment(failure)) {
      const std::string file = at->path().filename();
      const bool hidden = file.starts_with('.');
      if (hidden && at->is_directory()) at.disable_recursion_pending();
      const bool about = file.ends_with(".md") || file == "CMakeLists.txt";
      const bool is_wanted = file.ends_with(".litmus") == (wanted == Files::kLitmus);
      const bool counts = !hidden && !about && is_wanted && at->is_regular_file(failure);
      if (counts && at->file_size(failure) > 0) found.push_back(at->path());
    }
    if (failure) fail(name, fmt::format("cannot read: {}", failure.message()));
    if (found.empty()) fail(name, "there is no file in this folder");
    std::ranges::sort(found);
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

Input read_input(const std::string& name, Form form, const program::Language& language) {
  const std::string content = read_content(name);
  Input input;
  input.name = name == "-" ? "standard input" : printable(name);
  if (content.empty() && form == Form::kAny) {
    fail(input.name, "is empty; write a program into it, or say --bytes if it is a fuzzer's input");
  }
  program::ParseError error;
  input.is_text = form != Form::kBytes && program::parse(content, input.text, error);
  if (input.is_text) {
    check_expected(input.name, content, input.text);
    program::Rules& rules = input.text.test_case.program.rules;
    rules.gil = rules.gil && language.rules.gil;
    rules.careful = rules.careful && language.rules.careful;
    return input;
  }
  if (form == Form::kText || (form == Form::kAny && meant_as_text(content))) {
    fail_at(input.name, static_cast<std::size_t>(error.line),
            static_cast<std::size_t>(error.column), error.message);
  }
  input.bytes.assign(content.begin(), content.end());
  program::Decoded decoded;
  program::decode(input.bytes, decoded, language);
  const fs::path folder = fs::absolute(name).parent_path().filename();
  input.target = program::target_named(folder.string()).value_or(input.target);
  program::adapt(decoded.program, input.target);
  input.text.test_case.program = std::move(decoded.program);
  return input;
}

}  // namespace slotproof::cli
