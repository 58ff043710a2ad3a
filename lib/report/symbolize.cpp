#include "report/symbolize.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <iterator>
#include <link.h>
#include <map>
#include <optional>
#include <spawn.h>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace slotproof::report {
namespace {

// An address inside of a call instruction, as debug information knows it.
struct Position {
  std::string module;
  std::uint64_t offset = 0;
  std::string function;  // what the dynamic linker knows
};

// By offset in the module.
using Frames = std::map<std::uint64_t, std::vector<Frame>>;

Position locate(const void* return_address) {
  const std::uint64_t address = reinterpret_cast<std::uint64_t>(return_address) - 1;
  Dl_info symbol{};
  link_map* module = nullptr;
  if (dladdr1(reinterpret_cast<const void*>(address), &symbol, reinterpret_cast<void**>(&module),
              RTLD_DL_LINKMAP) == 0) {
    return {"?", 0, {}};
  }
  Position position{symbol.dli_fname, address - module->l_addr, {}};
  if (module->l_name[0] == '\0') position.module = "/proc/self/exe";
  if (symbol.dli_sname != nullptr) position.function = symbol.dli_sname;
  return position;
}

// What the program prints to its standard output; nothing if there is no such program.
std::optional<std::string> output_of(const std::vector<std::string>& command) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t process = 0;
  const int failure =
      posix_spawnp(&process, arguments[0], &files, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  close(ends[1]);
  std::string output;
  char buffer[4096];
  ssize_t length = 0;
  while (failure == 0 && (length = read(ends[0], buffer, sizeof buffer)) > 0) {
    output.append(buffer, static_cast<std::size_t>(length));
  }
  close(ends[0]);
  int status = 0;
  if (failure != 0 || waitpid(process, &status, 0) != process || status != 0) return std::nullopt;
  return output;
}

// Without parameters, which are where the outermost parentheses at the end open: "a::f(b(*)(c))
// const" -> "a::f".
std::string without_parameters(std::string_view function) {
  const std::size_t close = function.rfind(')');
  if (close == std::string_view::npos) return std::string(function);
  int open = 0;
  for (std::size_t at = close + 1; at-- > 0;) {
    if (function[at] == ')') ++open;
    if (function[at] == '(' && --open == 0) return std::string(function.substr(0, at));
  }
  return std::string(function);
}

// "./lib/a.h:95:7" -> the place "lib/a.h:95" and the column 7; no place if the line is unknown.
void set_place(std::string_view place, Frame& frame) {
  while (place.starts_with("./")) place.remove_prefix(2);
  place = place.substr(0, place.find(' '));  // addr2line adds a discriminator
  const std::size_t colon = place.find(':');
  if (colon == std::string_view::npos || place.starts_with("?")) return;
  const std::size_t end = std::min(place.find_first_not_of("0123456789", colon + 1), place.size());
  const std::string_view line = place.substr(colon + 1, end - colon - 1);
  frame.place = place.substr(0, line.empty() || line == "0" ? colon : end);
  if (end == place.size()) return;
  std::from_chars(place.data() + end + 1, place.data() + place.size(), frame.column);
}

// Both kinds of tools print an address and then, for each frame, a line with the function and one
// with the place.
Frames parse(std::string_view output) {
  Frames frames;
  std::vector<Frame>* current = nullptr;
  std::string function;
  while (!output.empty()) {
    const std::size_t newline = std::min(output.find('\n'), output.size());
    const std::string_view line = output.substr(0, newline);
    output.remove_prefix(std::min(newline + 1, output.size()));
    if (line.starts_with("0x") && function.empty()) {
      current = &frames[std::strtoull(std::string(line).c_str(), nullptr, 16)];
    } else if (current != nullptr && !line.empty()) {
      if (function.empty()) {
        function = line;
      } else {
        if (function != "??") {
          current->push_back({without_parameters(function), {}, 0});
          set_place(line, current->back());
        }
        function.clear();
      }
    }
  }
  return frames;
}

Frames ask_tool(const std::string& module, const std::vector<std::uint64_t>& offsets) {
  std::vector<std::string> command = {"", "-f", "-C", "-i", "-a", "-e", module};
  if (module == "/proc/self/exe") command.back() = fmt::format("/proc/{}/exe", getpid());
  for (const std::uint64_t offset : offsets) command.push_back(fmt::format("{:#x}", offset));
  const char* const chosen = std::getenv("ASAN_SYMBOLIZER_PATH");
  for (const char* const tool :
       {chosen, "llvm-symbolizer", "llvm-symbolizer-19", "llvm-symbolizer-14", "addr2line"}) {
    if (tool == nullptr) continue;
    command[0] = tool;
    if (const std::optional<std::string> output = output_of(command)) return parse(*output);
  }
  return {};
}

}  // namespace

std::vector<std::vector<Frame>> symbolize_each(std::span<const void* const> return_addresses) {
  std::vector<Position> positions;
  std::map<std::string, std::vector<std::uint64_t>> modules;
  for (const void* const address : return_addresses) {
    positions.push_back(address == nullptr ? Position{} : locate(address));
    if (address != nullptr) modules[positions.back().module].push_back(positions.back().offset);
  }
  std::map<std::string, Frames> known;
  for (const auto& [module, offsets] : modules) known[module] = ask_tool(module, offsets);
  std::vector<std::vector<Frame>> stacks;
  for (const Position& position : positions) {
    std::vector<Frame>& frames = stacks.emplace_back();
    if (position.module.empty()) continue;
    frames = known[position.module][position.offset];
    if (!frames.empty()) continue;
    const std::string module = position.module.substr(position.module.rfind('/') + 1);
    frames.push_back({position.function.empty() ? "?" : position.function,
                      fmt::format("{}+{:#x}", module, position.offset), 0});
  }
  return stacks;
}

std::vector<Frame> symbolize(std::span<const void* const> return_addresses) {
  std::vector<Frame> frames;
  for (std::vector<Frame>& stack : symbolize_each(return_addresses)) {
    std::ranges::move(stack, std::back_inserter(frames));
  }
  return frames;
}

}  // namespace slotproof::report
