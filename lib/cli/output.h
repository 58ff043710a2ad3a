// Where text goes: standard output, files, a terminal's last line.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace slotproof::cli {

// Writes to standard output at once: what comes next may end the process.
void put(std::string_view text);

// One JSON document. What is no UTF-8 is replaced.
void put_json(const nlohmann::ordered_json& document);

// A note to the user on standard error, as one line.
void note(std::string_view text);

// A name as it may be shown: control characters become '?'.
std::string printable(std::string_view text);

// Puts `content` into the file as a whole or not at all, making its folder if need be. Throws
// UserError.
void write_file(const std::string& path, std::string_view content);

// Shows how a search goes on, if standard error is a terminal.
class ProgressLine {
 public:
  // `what` is counted: "runs".
  explicit ProgressLine(std::string what);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // `more` is said behind the count.
  void show(std::uint64_t count, std::string_view more = {});

 private:
  std::string what_;
  bool enabled_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point begin_;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace slotproof::cli
