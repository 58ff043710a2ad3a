// The main() of NAME_replay: runs a fuzz target on files and on all files of folders, by any
// compiler and without libFuzzer.
//
//   NAME_replay [--slot=NAME] [--gil=off] [--careless] [--times=N] FILE|FOLDER...
//
// Exit code 0 if nothing was found, 2 if there was nothing to run. A finding aborts.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

// Targets that have nothing to get ready have none.
extern "C" [[gnu::weak]] int LLVMFuzzerInitialize(int* argc, char*** argv);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

namespace {

namespace fs = std::filesystem;

using Input = std::vector<std::uint8_t>;

// The file, or the files of the folder and those below it, in the order of their names.
std::vector<fs::path> files_of(const fs::path& path) {
  if (!fs::is_directory(path)) return {path};
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

Input read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "cannot read %s\n", path.c_str());
    std::exit(2);
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

int main(int argc, char** argv) {
  constexpr std::string_view kTimes = "--times=";
  std::uint64_t times = 1;
  std::vector<Input> inputs;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with(kTimes)) {
      std::from_chars(argument.data() + kTimes.size(), argument.data() + argument.size(), times);
    } else if (!argument.starts_with("-")) {
      for (const fs::path& file : files_of(argument)) inputs.push_back(read(file));
    }
  }
  if (inputs.empty()) {
    std::fprintf(stderr, "usage: %s [--slot=NAME] [--times=N] FILE|FOLDER...\n", argv[0]);
    return 2;
  }
  if (LLVMFuzzerInitialize != nullptr) LLVMFuzzerInitialize(&argc, &argv);
  for (std::uint64_t round = 0; round < times; ++round) {
    for (const Input& input : inputs) LLVMFuzzerTestOneInput(input.data(), input.size());
  }
  std::printf("%zu inputs, %llu times each: nothing found\n", inputs.size(),
              static_cast<unsigned long long>(times));
}
