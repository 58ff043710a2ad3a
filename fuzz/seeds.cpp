// What a fuzzing engine starts from, where there is no slotproof command:
//
//   seeds encode FOLDER OUT   each program (*.slot) in FOLDER and below it, as bytes, a file in OUT
//   seeds dictionary          each operation as its record, a dictionary for libFuzzer and AFL++
//   seeds sanitizer_options   those that the targets must be run with, a line each
//
// Exit code 2, and a line that says where, if a program cannot be read.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "program/bytes.h"
#include "program/text.h"

extern "C" const char slotproof_sanitizer_options[];

namespace {

using namespace slotproof;  // NOLINT(google-build-using-namespace)
namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

[[noreturn]] void die(const std::string& text) {
  fmt::print(stderr, "seeds: {}\n", text);
  std::exit(2);
}

program::Case read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  program::ProgramText parsed;
  program::ParseError error;
  if (!file) die(fmt::format("cannot read {}", path.string()));
  if (!program::parse(text, parsed, error)) {
    die(fmt::format("{}:{}:{}: {}", path.string(), error.line, error.column, error.message));
  }
  return parsed.test_case;
}

void encode(const fs::path& folder, const fs::path& out) {
  std::error_code failure;
  if (!fs::is_directory(folder, failure)) die(fmt::format("{} is no folder", folder.string()));
  fs::create_directories(out);
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".slot") continue;
    // Programs of the same name may lie in different folders.
    std::string name = fs::relative(entry.path(), folder).replace_extension().string();
    std::ranges::replace(name, '/', '-');
    const Bytes bytes = program::encode(read(entry.path()));
    std::ofstream file(out / name, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    if (!file.flush()) die(fmt::format("cannot write {}", (out / name).string()));
  }
}

// The record of the operation, done by the first thread.
std::string record(const program::Operation& operation) {
  program::Case one;
  one.program.threads[0].push_back(operation);
  const Bytes bytes = program::encode(one);
  std::string escaped;
  for (const std::uint8_t byte :
       std::span(bytes).subspan(program::kHeaderBytes, program::kRecordBytes)) {
    escaped += fmt::format("\\x{:02x}", byte);
  }
  return escaped;
}

void dictionary() {
  std::set<std::string> known;
  for (const program::VerbInfo& verb : program::verbs()) {
    for (int argument = 0; argument < program::argument_values(verb.argument); ++argument) {
      const auto value = static_cast<std::uint8_t>(argument);
      // A transfer is to another tensor.
      const bool to_itself = verb.argument == program::ArgumentKind::kTensor && argument == 0;
      for (const std::int8_t interpreter : std::array<std::int8_t, 2>{0, 1}) {
        const program::Operation operation = {.verb = verb.verb,
                                              .interpreter = interpreter,
                                              .tensor = std::uint8_t{to_itself},
                                              .argument = value};
        if (const std::string bytes = record(operation); known.insert(bytes).second) {
          fmt::print("# {}\n\"{}\"\n", program::print(operation), bytes);
        }
      }
    }
  }
}

// All but two, which say how a crash is shown, and are the runner's to choose.
void sanitizer_options() {
  std::string_view left = slotproof_sanitizer_options;
  while (!left.empty()) {
    const std::string_view option = left.substr(0, left.find(':'));
    left.remove_prefix(std::min(left.size(), option.size() + 1));
    if (option.starts_with("symbolize=") || option.starts_with("handle_abort=")) continue;
    fmt::print("{}\n", option);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  if (arguments.size() == 3 && arguments[0] == "encode") {
    encode(arguments[1], arguments[2]);
  } else if (arguments.size() == 1 && arguments[0] == "dictionary") {
    dictionary();
  } else if (arguments.size() == 1 && arguments[0] == "sanitizer_options") {
    sanitizer_options();
  } else {
    die("expected `encode FOLDER OUT`, `dictionary` or `sanitizer_options`");
  }
}
