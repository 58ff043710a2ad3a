#include "explore/black_box.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <new>
#include <sys/mman.h>

#include "choice/choice_sequence.h"
#include "program/text.h"

namespace slotproof::explore {
namespace {

constexpr std::size_t kText = 1 << 16;
constexpr std::size_t kAnswers = 1 << 16;

}  // namespace

struct BlackBox::Memory {
  // Children write while the parent reads: volatile is enough for a counter that only has to move.
  volatile std::uint64_t begun = 0;
  std::uint64_t counted = 0;
  std::size_t text_size = 0;
  bool has_choices = false;
  std::size_t answers = 0;
  std::array<char, kText> text{};
  std::array<choice::Choice, kAnswers> choices{};
};

BlackBox& BlackBox::instance() {
  static BlackBox box;
  return box;
}

BlackBox::BlackBox() {
  void* memory =
      mmap(nullptr, sizeof(Memory), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  memory_ = new (memory) Memory;
}

void BlackBox::begin(const std::string& text) {
  memory_->begun = memory_->begun + 1;
  memory_->has_choices = false;
  memory_->answers = 0;
  memory_->text_size = std::min(text.size(), kText);
  std::memcpy(memory_->text.data(), text.data(), memory_->text_size);
}

void BlackBox::begins(const program::Program& program) {
  begin(program::print(program::ProgramText{{program, {}}, {}, {}}));
  memory_->has_choices = true;
}

void BlackBox::answers(choice::Kind kind, std::uint32_t answer) {
  if (memory_->answers == kAnswers) return;
  memory_->choices[memory_->answers++] = {.kind = kind, .answer = answer};
}

std::string BlackBox::last() const {
  std::string text(memory_->text.data(), memory_->text_size);
  if (!memory_->has_choices) return text;
  choice::ChoiceSequence choices;
  choices.choices.assign(memory_->choices.begin(), memory_->choices.begin() + memory_->answers);
  choices.trim();
  if (!choices.choices.empty()) text += "choices " + choices.print() + "\n";
  return text;
}

std::uint64_t BlackBox::begun() const { return memory_->begun; }

void BlackBox::count() { ++memory_->counted; }
std::uint64_t BlackBox::counted() const { return memory_->counted; }

void BlackBox::clear() { *memory_ = Memory{}; }

}  // namespace slotproof::explore
