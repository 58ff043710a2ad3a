#include "files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <fmt/format.h>

#include "litmus/parse.h"

namespace slotproof::cross_check {

std::vector<std::string> tests_in(const std::vector<std::string>& names) {
  std::vector<std::string> files;
  for (const std::string& name : names) {
    if (!std::filesystem::is_directory(name)) {
      files.push_back(name);
      continue;
    }
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(name)) {
      if (entry.path().extension() == ".litmus") found.push_back(entry.path());
    }
    if (found.empty()) throw std::runtime_error(name + ": there is no litmus test in this folder");
    std::ranges::sort(found);
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

litmus::Test read_test(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(stream)), {});
  if (!stream) throw std::runtime_error(file + ": cannot read");
  try {
    return litmus::parse(text);
  } catch (const litmus::ParseError& e) {
    throw std::runtime_error(fmt::format("{}:{}:{}: {}", file, e.line, e.column, e.what()));
  }
}

}  // namespace slotproof::cross_check
