#include "cli/output.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/options.h"

namespace slotproof::cli {

void put(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (!written || std::fflush(stdout) != 0) {
    throw UserError(fmt::format("cannot write to standard output: {}", std::strerror(errno)));
  }
}

void put_json(const nlohmann::ordered_json& document) {
  put(document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

void note(std::string_view text) { fmt::print(stderr, "slotproof: {}\n", printable(text)); }

std::string printable(std::string_view text) {
  std::string clean(text);
  for (char& c : clean) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = '?';
  }
  return clean;
}

void write_file(const std::string& path, std::string_view content) {
  namespace fs = std::filesystem;
  const auto fail = [&](const char* why) {
    throw UserError(fmt::format("{}: cannot write: {}; name another file with -o", path, why));
  };
  if (const fs::path folder = fs::path(path).parent_path(); !folder.empty()) {
    std::error_code failure;
    fs::create_directories(folder, failure);
    if (failure) fail(failure.message().c_str());
  }
  // A file is replaced when the new one is complete; a link stays a link. What is no file (a pipe,
  // /dev/null) is written to as it is.
  std::error_code ignored;
  const fs::file_status before = fs::status(path, ignored);
  const bool replaces = !fs::exists(before) || fs::is_regular_file(before);
  const std::string target = replaces ? fs::weakly_canonical(path, ignored).string() : path;
  const std::string temporary = replaces ? fmt::format("{}.{}.tmp", target, getpid()) : target;
  std::FILE* const file = std::fopen(temporary.c_str(), "wb");
  if (file == nullptr) fail(std::strerror(errno));
  const bool written = std::fwrite(content.data(), 1, content.size(), file) == content.size();
  const bool closed = std::fclose(file) == 0;
  if (written && closed && (!replaces || std::rename(temporary.c_str(), target.c_str()) == 0)) {
    return;
  }
  const int error = errno;
  if (replaces) std::remove(temporary.c_str());
  fail(std::strerror(error));
}

ProgressLine::ProgressLine(std::string what)
    : what_(std::move(what)),
      enabled_(isatty(STDERR_FILENO) == 1),
      begin_(std::chrono::steady_clock::now()),
      last_(begin_) {}

ProgressLine::~ProgressLine() {
  if (shown_) fmt::print(stderr, "\r\033[K");
}

void ProgressLine::show(std::uint64_t count, std::string_view more) {
  if (!enabled_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ < std::chrono::milliseconds(200)) return;
  last_ = now;
  shown_ = true;
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  fmt::print(stderr, "\r{} {}, {:.0f} {}/s{}\033[K", count, what_,
             static_cast<double>(count) / seconds, what_, more);
  std::fflush(stderr);
}

}  // namespace slotproof::cli
