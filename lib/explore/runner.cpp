#include "explore/runner.h"

#include <span>

namespace slotproof::explore {
namespace {

class WitnessedSource final : public choice::Source {
 public:
  WitnessedSource(choice::Source& inner, Witness& witness) : inner_(inner), witness_(witness) {}

  std::uint32_t choose(std::uint32_t bound, choice::Kind kind) override {
    const std::uint32_t answer = inner_.choose(bound, kind);
    witness_.answers(kind, answer);
    return answer;
  }

  std::uint32_t choose_thread(std::span<const std::uint8_t> threads) override {
    const std::uint32_t answer = inner_.choose_thread(threads);
    witness_.answers(choice::Kind::kThread, answer);
    return answer;
  }

 private:
  choice::Source& inner_;
  Witness& witness_;
};

}  // namespace

Runner::Runner(world::SlotLibrary& library, machine::Options options)
    : machine_(options), world_(machine_, library), executor_(machine_, world_) {}

const oracle::Judgement& Runner::run(const program::Program& program, choice::Source& source) {
  program_ = &program;
  if (precedences_ == nullptr) {
    executor_.prepare(program);
  } else {
    executor_.prepare_all_done(program, *precedences_);
  }
  if (witness_ != nullptr) {
    witness_->begins(program);
    WitnessedSource witnessed(source, *witness_);
    recorder_.restart(witnessed);
    machine_.run(recorder_, &program::Executor::root, &executor_, &world_);
  } else {
    recorder_.restart(source);
    machine_.run(recorder_, &program::Executor::root, &executor_, &world_);
  }
  choices_ = recorder_.recorded();
  choices_.trim();
  judgement_ = oracle::judge(machine_, world_);
  return judgement_;
}

}  // namespace slotproof::explore
