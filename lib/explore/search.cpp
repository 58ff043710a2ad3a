#include "explore/search.h"

#include <deque>
#include <utility>
#include <vector>

#include "choice/priorities.h"
#include "choice/random_source.h"
#include "program/bytes.h"

namespace slotproof::explore {
namespace {

using choice::SplitMix64;

constexpr std::uint64_t kProgressInterval = 4096;
// Longer programs convict within fewer runs, but not sooner: each takes longer, and to shrink.
constexpr std::uint32_t kMaxRandomOperations = 24;

// Keeps its memory in `into` and `bytes`.
void random_program(SplitMix64& random, const program::Language& language, program::Decoded& into,
                    std::vector<std::uint8_t>& bytes) {
  const std::uint32_t operations = 1 + random.below(kMaxRandomOperations);
  bytes.resize(program::kHeaderBytes + operations * program::kRecordBytes);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.next());
  bytes[0] = static_cast<std::uint8_t>(operations);
  bytes[3] &= static_cast<std::uint8_t>(~program::kSwarmBit);
  program::decode(bytes, into, language);
}

// Counts a run; gives whether it convicts.
bool note(Runner& runner, const program::Program& program, const oracle::Judgement& judgement,
          SearchResult& result) {
  ++result.runs;
  if (judgement.verdict == oracle::Verdict::kInvalid) ++result.invalid;
  if (judgement.verdict == oracle::Verdict::kPass ||
      judgement.verdict == oracle::Verdict::kInvalid) {
    return false;
  }
  result.finding = Finding{{program, runner.choices()}, judgement, result.runs};
  return true;
}

// Answers 0 except at a few places.
struct Deviation {
  std::uint32_t position;
  std::uint32_t answer;
};

class DeviationSource final : public choice::Source {
 public:
  explicit DeviationSource(const std::vector<Deviation>& deviations) : deviations_(deviations) {}

  std::uint32_t choose(std::uint32_t /*bound*/, choice::Kind /*kind*/) override {
    const bool here = next_ < deviations_.size() && deviations_[next_].position == asked_;
    ++asked_;
    return here ? deviations_[next_++].answer : 0;
  }

 private:
  const std::vector<Deviation>& deviations_;
  std::size_t next_ = 0;
  std::uint32_t asked_ = 0;
};

}  // namespace

program::Program random_program(SplitMix64& random, const program::Language& language) {
  program::Decoded decoded;
  std::vector<std::uint8_t> bytes;
  random_program(random, language, decoded, bytes);
  return decoded.program;
}

SearchResult random_search(Runner& runner, const program::Program* fixed, std::uint64_t seed,
                           std::uint64_t runs, const Progress& progress, const Observer& observer,
                           const program::Rules& rules, Schedules schedules) {
  SearchResult result;
  const program::Language language{runner.features(), rules};
  SplitMix64 random(seed);
  program::Decoded decoded;
  std::vector<std::uint8_t> bytes;
  while (result.runs < runs) {
    if (fixed == nullptr) random_program(random, language, decoded, bytes);
    const program::Program& program = fixed != nullptr ? *fixed : decoded.program;
    const std::uint64_t of_run = random.next();
    choice::RandomSource walk(of_run);
    choice::PrioritySource priorities(of_run);
    choice::Source& source =
        schedules == Schedules::kWalk ? static_cast<choice::Source&>(walk) : priorities;
    const oracle::Judgement& judgement = runner.run(program, source);
    if (observer) observer(runner);
    if (note(runner, program, judgement, result)) return result;
    if (progress && result.runs % kProgressInterval == 0 && !progress(result.runs)) return result;
  }
  return result;
}

Wanted gets(oracle::Verdict verdict) {
  return [verdict](Runner& runner, const program::Case&) {
    return runner.view().judgement.verdict == verdict;
  };
}

SearchResult deviation_search(Runner& runner, const program::Program& program, const Wanted& wanted,
                              std::uint64_t runs) {
  SearchResult result;
  std::deque<std::vector<Deviation>> waiting(1);
  while (!waiting.empty() && result.runs < runs) {
    const std::vector<Deviation> deviations = std::move(waiting.front());
    waiting.pop_front();
    DeviationSource source(deviations);
    oracle::Judgement judgement = runner.run(program, source);
    ++result.runs;
    const std::vector<choice::Choice> asked = runner.asked().choices;
    program::Case ran{program, runner.choices()};
    if (wanted(runner, ran)) {
      result.finding = Finding{std::move(ran), std::move(judgement), result.runs};
      return result;
    }
    std::size_t position = deviations.empty() ? 0 : deviations.back().position + 1;
    for (; position < asked.size(); ++position) {
      for (std::uint32_t answer = 1; answer < asked[position].bound; ++answer) {
        if (result.runs + waiting.size() >= runs) break;  // it would never get its turn
        waiting.push_back(deviations);
        waiting.back().push_back({static_cast<std::uint32_t>(position), answer});
      }
    }
  }
  return result;
}

}  // namespace slotproof::explore
