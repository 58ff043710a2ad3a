#include "program/mutate.h"

#include <algorithm>
#include <utility>

namespace slotproof::program {
namespace {

using choice::Choice;
using choice::Kind;
using choice::SplitMix64;
using Record = Input::Record;
using Meaning = Header::Meaning;

// How often a random byte is drawn until it means something else.
constexpr int kTries = 16;

// One in so many operations comes with a place at random, the others with that of another one.
constexpr std::uint32_t kStrangerRate = 3;

std::uint8_t random_byte(SplitMix64& random) {
  return static_cast<std::uint8_t>(random.below(256));
}

std::uint32_t below(SplitMix64& random, std::size_t bound) {
  return random.below(static_cast<std::uint32_t>(bound));
}

Record random_record(SplitMix64& random) {
  return {random_byte(random), random_byte(random), random_byte(random)};
}

// --- operations ----------------------------------------------------------------------------------

class OperationEditor {
 public:
  OperationEditor(Input& input, SplitMix64& random, const Editing& editing)
      : input_(input), random_(random), language_(editing.language), header_(input.header) {}

  bool apply(Edit edit) {
    if (edit == Edit::kInsert) return insert();
    const auto at = some_operation();
    if (at == input_.records.size()) return false;
    const Record record = input_.records[at];
    switch (edit) {
      case Edit::kDrop: return drop(at);
      case Edit::kDuplicate:
        return add(record, at + 1 + below(random_, input_.records.size() - at));
      case Edit::kCopy: {
        Record copy = record;
        return change(copy, 0, &other_thread) &&
               add(copy, below(random_, input_.records.size() + 1));
      }
      case Edit::kMove: return change(input_.records[at], 0, &other_thread);
      case Edit::kExchange: return exchange(at);
      case Edit::kVerb: return change_verb(input_.records[at]);
      case Edit::kArgument: return change(input_.records[at], 2, &other_argument);
      case Edit::kInterpreter: return change(input_.records[at], 0, &other_interpreter);
      case Edit::kTensor: return change(input_.records[at], 0, &other_tensor);
      default: return false;
    }
  }

 private:
  using Differs = bool (*)(const Meaning& from, const Meaning& to);

  // Whether `to` is `from` with one part changed.
  static bool other_thread(const Meaning& from, const Meaning& to) {
    return to.thread != from.thread && to.operation == from.operation;
  }
  static bool other_argument(const Meaning& from, const Meaning& to) {
    Operation same = to.operation;
    same.argument = from.operation.argument;
    return to.operation != from.operation && same == from.operation;
  }
  static bool other_interpreter(const Meaning& from, const Meaning& to) {
    Operation same = to.operation;
    same.interpreter = from.operation.interpreter;
    return to.thread == from.thread && to.operation != from.operation && same == from.operation;
  }
  static bool other_tensor(const Meaning& from, const Meaning& to) {
    Operation same = to.operation;
    same.tensor = from.operation.tensor;
    return to.thread == from.thread && to.operation != from.operation && same == from.operation;
  }

  Meaning meaning(const Record& record) const { return header_.meaning(record); }
  bool there(const Record& record) const {
    return available(meaning(record).operation, language_.features);
  }

  // A record of which the slot has the operation; how many there are if none is.
  std::size_t some_operation() const {
    const std::size_t count = input_.records.size();
    if (count == 0) return count;
    const std::size_t first = below(random_, count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t at = (first + i) % count;
      if (there(input_.records[at])) return at;
    }
    return count;
  }

  bool add(const Record& record, std::size_t at) {
    if (input_.records.size() == kMaxOperations) return false;
    input_.records.insert(input_.records.begin() + static_cast<std::ptrdiff_t>(at), record);
    return true;
  }

  bool insert() {
    for (int i = 0; i < kTries; ++i) {
      Record record = random_record(random_);
      // Operations are interesting where they meet.
      if (!input_.records.empty() && random_.below(kStrangerRate) != 0) {
        record[0] = input_.records[below(random_, input_.records.size())][0];
      }
      if (there(record)) return add(record, below(random_, input_.records.size() + 1));
    }
    return false;
  }

  bool drop(std::size_t at) {
    input_.records.erase(input_.records.begin() + static_cast<std::ptrdiff_t>(at));
    return true;
  }

  bool exchange(std::size_t at) {
    std::vector<Record>& records = input_.records;
    const Meaning mine = meaning(records[at]);
    for (std::size_t next = at + 1; next < records.size(); ++next) {
      const Meaning its = meaning(records[next]);
      if (its.thread != mine.thread || !there(records[next])) continue;
      if (its.operation == mine.operation) return false;
      std::swap(records[at], records[next]);
      return true;
    }
    return false;
  }

  bool change_verb(Record& record) {
    for (int i = 0; i < kTries; ++i) {
      const Record other = {record[0], random_byte(random_), random_byte(random_)};
      if (!there(other)) continue;
      if (meaning(other).operation.verb == meaning(record).operation.verb) continue;
      record = other;
      return true;
    }
    return false;
  }

  bool change(Record& record, std::size_t byte, Differs differs) {
    for (int i = 0; i < kTries; ++i) {
      Record other = record;
      other[byte] = random_byte(random_);
      if (!there(other) || !differs(meaning(record), meaning(other))) continue;
      record = other;
      return true;
    }
    return false;
  }

  Input& input_;
  SplitMix64& random_;
  const Language& language_;
  const Header header_;
};

// --- schedule ------------------------------------------------------------------------------------

class ScheduleEditor {
 public:
  ScheduleEditor(Input& input, SplitMix64& random, const Editing& editing)
      : choices_(input.choices),
        random_(random),
        threshold_(BytesSource::threshold(Header(input.header).density())),
        asked_(editing.asked) {}

  bool apply(Edit edit) {
    switch (edit) {
      case Edit::kPreempt: return deviate(Kind::kThread);
      case Edit::kGoOn: return undo(Kind::kThread);
      case Edit::kStale: return deviate(Kind::kStore);
      case Edit::kFresh: return undo(Kind::kStore);
      case Edit::kShift: return shift();
      default: return false;
    }
  }

 private:
  // Room for choices where nothing is known of the questions.
  static constexpr std::size_t kBeyond = 16;

  bool is_dull(std::size_t at) const { return at >= choices_.size() || choices_[at] < threshold_; }

  // Calls f(place, question) for each question that a byte answers, whether or not it is there.
  template <class F>
  void for_questions(F&& f) const {
    std::size_t at = 0;
    for (const Choice& question : asked_) f(at++, question);
  }

  void set(std::size_t at, std::uint32_t answer) {
    if (at >= choices_.size()) choices_.resize(at + 1);
    choices_[at] = static_cast<std::uint8_t>(answer == 0 ? 0 : threshold_ + answer);
  }

  // One of the `candidates` places; their number must not be 0.
  std::size_t some(const std::vector<std::size_t>& candidates) {
    return candidates[below(random_, candidates.size())];
  }

  bool deviate(Kind kind) {
    if (asked_.empty()) {
      const std::size_t at = below(random_, choices_.size() + kBeyond);
      if (!is_dull(at)) return false;
      set(at, 1 + random_.below(2));
      return true;
    }
    std::vector<std::pair<std::size_t, std::uint32_t>> dull;
    for_questions([&](std::size_t at, const Choice& question) {
      if (question.kind == kind && question.answer == 0) dull.emplace_back(at, question.bound);
    });
    if (dull.empty()) return false;
    const auto [at, bound] = dull[below(random_, dull.size())];
    set(at, 1 + random_.below(std::min(bound - 1, 0xffu - threshold_)));
    return true;
  }

  bool undo(Kind kind) {
    std::vector<std::size_t> candidates;
    if (asked_.empty()) {
      for (std::size_t at = 0; at < choices_.size(); ++at) {
        if (!is_dull(at)) candidates.push_back(at);
      }
    }
    for_questions([&](std::size_t at, const Choice& question) {
      if (question.kind == kind && question.answer != 0 && !is_dull(at)) candidates.push_back(at);
    });
    if (candidates.empty()) return false;
    set(some(candidates), 0);
    return true;
  }

  bool shift() {
    std::vector<std::size_t> candidates;
    for (std::size_t at = 0; at < choices_.size(); ++at) {
      if (!is_dull(at)) candidates.push_back(at);
    }
    if (candidates.empty()) return false;
    const std::size_t at = some(candidates);
    const bool later = at == 0 || random_.below(2) == 0;
    const std::size_t to = later ? at + 1 : at - 1;
    if (!is_dull(to)) return false;
    if (to == choices_.size()) choices_.push_back(0);
    std::swap(choices_[at], choices_[to]);
    return true;
  }

  std::vector<std::uint8_t>& choices_;
  SplitMix64& random_;
  const std::uint32_t threshold_;
  std::span<const Choice> asked_;
};

// --- tables --------------------------------------------------------------------------------------

struct EditInfo {
  Edit edit;
  std::string_view name;
  std::uint32_t weight;  // among all edits, in mutate()
};

constexpr std::array<EditInfo, kEdits> kTable = {{
    {Edit::kInsert, "insert", 6},
    {Edit::kDrop, "drop", 3},
    {Edit::kDuplicate, "duplicate", 2},
    {Edit::kCopy, "copy", 3},
    {Edit::kMove, "move", 2},
    {Edit::kExchange, "exchange", 2},
    {Edit::kVerb, "verb", 3},
    {Edit::kArgument, "argument", 2},
    {Edit::kInterpreter, "interpreter", 2},
    {Edit::kTensor, "tensor", 2},
    {Edit::kPreempt, "preempt", 5},
    {Edit::kGoOn, "go on", 1},
    {Edit::kStale, "stale", 3},
    {Edit::kFresh, "fresh", 1},
    {Edit::kShift, "shift", 2},
}};
static_assert(std::ranges::all_of(kTable, [](const EditInfo& e) {
  return &e - kTable.data() == static_cast<int>(e.edit);
}));

constexpr std::uint32_t kAllWeights = [] {
  std::uint32_t sum = 0;
  for (const EditInfo& e : kTable) sum += e.weight;
  return sum;
}();

Edit random_edit(SplitMix64& random) {
  std::uint32_t left = random.below(kAllWeights);
  for (const EditInfo& e : kTable) {
    if (left < e.weight) return e.edit;
    left -= e.weight;
  }
  return Edit::kInsert;  // not reached
}

// As bytes if they fit; the choices that would be used last are given up first.
std::vector<std::uint8_t> fitted(Input& input, std::size_t max_size) {
  const std::size_t program = kHeaderBytes + kRecordBytes * input.records.size();
  if (program > max_size) return {};
  input.choices.resize(std::min(input.choices.size(), max_size - program));
  return join(input);
}

constexpr std::uint32_t kMaxRandomChoices = 128;

// One in so many mutations is something new. Most bugs are a few operations, which long programs
// at random are rich in; edits lead to what takes a state or a schedule first.
constexpr std::uint32_t kNewRate = 2;

}  // namespace

Input split(std::span<const std::uint8_t> bytes) {
  Input input;
  const std::size_t header = std::min(kHeaderBytes, bytes.size());
  std::ranges::copy(bytes.first(header), input.header.begin());
  std::span<const std::uint8_t> rest = bytes.subspan(header);
  const std::size_t records =
      std::min(Header(input.header).operations(), rest.size() / kRecordBytes);
  input.header[0] = static_cast<std::uint8_t>(records);
  input.records.resize(records);
  for (Record& record : input.records) {
    std::ranges::copy(rest.first<kRecordBytes>(), record.begin());
    rest = rest.subspan(kRecordBytes);
  }
  input.choices.assign(rest.rbegin(), rest.rend());
  return input;
}

std::vector<std::uint8_t> join(const Input& input) {
  std::vector<std::uint8_t> bytes(input.header.begin(), input.header.end());
  bytes[0] = static_cast<std::uint8_t>(input.records.size());
  for (const Record& record : input.records) {
    bytes.insert(bytes.end(), record.begin(), record.end());
  }
  bytes.insert(bytes.end(), input.choices.rbegin(), input.choices.rend());
  return bytes;
}

std::string_view name(Edit edit) { return kTable[static_cast<std::size_t>(edit)].name; }

bool apply(Edit edit, Input& input, SplitMix64& random, const Editing& editing) {
  const bool applied = edit < Edit::kPreempt ? OperationEditor(input, random, editing).apply(edit)
                                             : ScheduleEditor(input, random, editing).apply(edit);
  input.header[0] = static_cast<std::uint8_t>(input.records.size());
  return applied;
}

Input random_input(SplitMix64& random) {
  Input input;
  for (std::uint8_t& byte : input.header) byte = random_byte(random);
  input.records.resize(1 + random.below(kMaxOperations));
  input.header[0] = static_cast<std::uint8_t>(input.records.size());
  for (Record& record : input.records) record = random_record(random);
  input.choices.resize(random.below(kMaxRandomChoices));
  for (std::uint8_t& byte : input.choices) byte = random_byte(random);
  return input;
}

std::vector<std::uint8_t> mutate(std::span<const std::uint8_t> bytes, std::size_t max_size,
                                 SplitMix64& random, const Editing& editing) {
  Input input = split(bytes);
  const bool anew = input.records.empty() || random.below(kNewRate) == 0;
  if (anew) {
    input = random_input(random);
  } else {
    do {
      // An edit of the program changes the questions; the known ones are good for one of the
      // schedule still, since most of them stay.
      for (int i = 0; i < kTries && !apply(random_edit(random), input, random, editing); ++i) {
      }
    } while (random.below(3) != 0);
  }
  return fitted(input, max_size);
}

std::vector<std::uint8_t> cross(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b,
                                std::size_t max_size, SplitMix64& random) {
  Input first = split(a);
  Input second = split(b);
  if (random.below(2) == 0) std::swap(first, second);
  std::vector<Record> records;
  if (random.below(2) == 0) {
    const std::uint32_t threads =
        1 + random.below((1u << kThreads) - 2);  // a bit for each of `first`
    const auto take = [&](const Input& from, bool of_first) {
      for (const Record& record : from.records) {
        const unsigned thread = Header(first.header).meaning(record).thread;
        if ((threads >> thread & 1) == (of_first ? 1u : 0u)) records.push_back(record);
      }
    };
    take(first, true);
    take(second, false);
  } else {
    const std::size_t head = below(random, first.records.size() + 1);
    const std::size_t tail = below(random, second.records.size() + 1);
    records.assign(first.records.begin(),
                   first.records.begin() + static_cast<std::ptrdiff_t>(head));
    records.insert(records.end(), second.records.end() - static_cast<std::ptrdiff_t>(tail),
                   second.records.end());
  }
  if (records.size() > kMaxOperations) records.resize(kMaxOperations);
  first.records = std::move(records);
  if (random.below(2) == 0) first.choices = std::move(second.choices);
  return fitted(first, max_size);
}

}  // namespace slotproof::program
