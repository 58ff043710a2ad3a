#include "kept.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sys/mman.h>
#include <unistd.h>

#include <fmt/format.h>

#include "program/text.h"

namespace slotproof::fuzz {

struct LastInput::Memory {
  std::uint32_t size;
  std::uint8_t bytes[kMaxBytes];
};

bool LastInput::open(const std::string& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) return false;
  void* memory = MAP_FAILED;
  if (posix_fallocate(descriptor, 0, sizeof(Memory)) == 0) {
    memory = mmap(nullptr, sizeof(Memory), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  }
  close(descriptor);
  if (memory == MAP_FAILED) return false;
  memory_ = static_cast<Memory*>(memory);
  return true;
}

void LastInput::keep(std::span<const std::uint8_t> bytes) {
  if (memory_ == nullptr) return;
  const std::size_t size = std::min(bytes.size(), kMaxBytes);
  memory_->size = static_cast<std::uint32_t>(size);
  if (size != 0) std::memcpy(memory_->bytes, bytes.data(), size);
}

void CaseWriter::begins(const program::Program& program) {
  ++number_;
  program_ = program;
  choices_.choices.clear();
  write();
}

void CaseWriter::answers(choice::Kind kind, std::uint32_t answer) {
  choices_.choices.push_back({.kind = kind, .answer = answer});
  if (answer == 0) return;  // does not show in the text as long as it is the last
  write();
}

void CaseWriter::write() {
  const std::string file = fmt::format("{}/{:06}.slot", folder_, number_);
  choice::ChoiceSequence shown = choices_;
  shown.trim();
  std::ofstream out(file);
  out << program::print({{program_, shown}, {}, {}});
  if (out.flush()) return;
  fmt::print(stderr, "{}: cannot write: {}\n", file, std::strerror(errno));
  std::_Exit(2);
}

}  // namespace slotproof::fuzz
