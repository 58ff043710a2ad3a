// From the command line to cases.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "program/bytes.h"
#include "program/target.h"
#include "program/text.h"

namespace slotproof::cli {

// What a file holds. kAny: text if it looks like it, else a fuzzer's bytes.
enum class Form : std::uint8_t { kAny, kText, kBytes };

// A case as it came from a file. Of a text all is known; bytes mean a program at once, but which
// choices they mean shows only when it is run.
struct Input {
  std::string name;  // as the user knows it
  bool is_text = false;
  program::ProgramText text;        // of bytes: the program alone
  std::vector<std::uint8_t> bytes;  // if it is not text
  // Whose input the bytes are: the fuzz target that the file's folder is named after, as it is
  // where `scripts/fuzz` keeps findings and corpora; elsewhere kConcurrent.
  program::Target target = program::Target::kConcurrent;
};

// What to look for in folders: *.litmus, or all else.
enum class Files : std::uint8_t { kCases, kLitmus };

// The files that `names` mean, in order: "-" is standard input, a folder stands for the files in it
// and below that are looked for, sorted by name, without hidden and empty ones, *.md and
// CMakeLists.txt. Throws UserError, also if there is none.
std::vector<std::string> expand(const std::vector<std::string>& names, Files files);

// What is in a file, or on standard input ("-"). Throws UserError.
std::string read_content(const std::string& name);

// Reads one file, which may not be a folder. Bytes are in `language`; a text keeps to its rules and
// to its own. Throws UserError, which names the line and the column of a mistake.
Input read_input(const std::string& name, Form form, const program::Language& language = {});

}  // namespace slotproof::cli
