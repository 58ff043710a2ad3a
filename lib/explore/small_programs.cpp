#include "explore/small_programs.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "explore/all_done.h"

namespace slotproof::explore {
namespace {

using program::ArgumentKind;
using program::Operation;
using program::Program;
using program::Verb;

// A table of sequences, their effects and their images has to fit into memory.
constexpr std::size_t kMaxSequences = 8'000'000;
// How many there are is foretold from so many of each length.
constexpr std::size_t kSample = 20;
constexpr std::uint64_t kMaxNumbers = std::uint64_t{1} << 62;

bool looks_alone(Verb verb) {
  return verb == Verb::kTag || verb == Verb::kLoad || verb == Verb::kHas || verb == Verb::kEscape ||
         verb == Verb::kHermetic;
}

// Calls f(permutation) for all of the numbers below `size`.
template <class F>
void for_permutations(int size, F&& f) {
  std::array<std::uint8_t, 4> p{};
  std::iota(p.begin(), p.end(), std::uint8_t{0});
  do f(p);
  while (std::next_permutation(p.begin(), p.begin() + size));
}

std::uint32_t factorial(int n) {
  return n <= 1 ? 1 : static_cast<std::uint32_t>(n) * factorial(n - 1);
}

bool precedes(const Operation& a, const Operation& b) {
  return std::tie(a.verb, a.interpreter, a.tensor, a.argument) <
         std::tie(b.verb, b.interpreter, b.tensor, b.argument);
}

bool comes_before(const std::vector<Operation>& a, const std::vector<Operation>& b) {
  return std::ranges::lexicographical_compare(a, b, precedes);
}

// Whether being private makes a difference to what `operations` do with the tensor while it is.
bool uses_privacy(const std::vector<Operation>& operations, int tensor) {
  for (const Operation& o : operations) {
    if (o.verb == Verb::kTransfer && o.argument == tensor) return true;
    if (o.verb == Verb::kTransfer || o.tensor != tensor) continue;
    if (o.verb == Verb::kEscape) return false;
    const bool definitely = o.verb == Verb::kInit &&
                            static_cast<world::Status>(o.argument) == world::Status::kDefinitely;
    if (definitely || o.verb == Verb::kWrap) return true;
  }
  return false;
}

// Refused whatever the slot holds, and without a look at it, by a slot that refuses it at all.
bool refused_at_a_glance(const Operation& o, const world::Features& features) {
  if (o.verb != Verb::kMisuse) return false;
  const auto misuse = static_cast<program::MisuseKind>(o.argument);
  return misuse != program::MisuseKind::kNull && features.has(refusal(misuse));
}

// The interpreters whose objects are given a finalizer that only a `destroy` calls, behind which
// there is none.
Interpreters calls_for_destroy(const std::vector<Operation>& operations) {
  Interpreters interpreters = 0;
  for (const Operation& o : operations) {
    if (o.interpreter == program::kDetached) continue;
    const auto i = static_cast<Interpreters>(1u << o.interpreter);
    const bool only_destroy_calls_it =
        o.verb == Verb::kFinalizer &&
        static_cast<program::FinalizerKind>(o.argument) != program::FinalizerKind::kAgain;
    if (only_destroy_calls_it) interpreters |= i;
    if (o.verb == Verb::kDestroy) interpreters &= static_cast<Interpreters>(~i);
  }
  return interpreters;
}

}  // namespace

std::vector<Operation> alphabet(const Bound& bound, const world::Features& features) {
  std::vector<Operation> letters;
  for (const program::VerbInfo& verb : program::verbs()) {
    const bool detached_only = looks_alone(verb.verb);
    const int first = verb.needs_interpreter ? 0 : program::kDetached;
    const int last = detached_only ? program::kDetached : bound.interpreters - 1;
    const int tensors = verb.on_tensor ? bound.tensors : 1;
    const int values = verb.argument == ArgumentKind::kTensor
                           ? bound.tensors
                           : program::argument_values(verb.argument);
    for (int i = first; i <= last; ++i) {
      for (int x = 0; x < tensors; ++x) {
        for (int value = 0; value < values; ++value) {
          if (verb.argument == ArgumentKind::kTensor && value == x) continue;
          const Operation o{verb.verb, static_cast<std::int8_t>(i), static_cast<std::uint8_t>(x),
                            static_cast<std::uint8_t>(value)};
          if (program::available(o, features)) letters.push_back(o);
        }
      }
    }
  }
  return letters;
}

SmallPrograms::SmallPrograms(const Bound& bound, const world::Features& features,
                             const program::Rules& rules)
    : SmallPrograms(bound, features, rules, alphabet(bound, features)) {}

SmallPrograms::SmallPrograms(const Bound& bound, const world::Features& features,
                             const program::Rules& rules, std::vector<Operation> letters)
    : bound_(bound), circumstances_{.features = features, .rules = rules} {
  std::ranges::sort(letters, precedes);
  make_sequences(letters);
  make_renamings();
  make_shapes();
}

// All that a thread can do beside others that can do anything, and whoever owns the tensors.
void SmallPrograms::make_sequences(const std::vector<Operation>& letters) {
  Effects others;
  if (bound_.threads > 1) {
    std::vector<Operation> all = {{Verb::kHermetic, program::kDetached, 0, 1}};
    all.insert(all.end(), letters.begin(), letters.end());
    others = effects_of(letters, circumstances_);
    others.add(effects_of(all, circumstances_));
  }
  std::vector<Circumstances> cases = {circumstances_};
  for (int x = 0; x < bound_.tensors; ++x) {
    const std::vector<Circumstances> before = cases;
    for (int owner = 0; owner < std::min(bound_.threads, 2); ++owner) {
      for (Circumstances c : before) {
        c.private_to[x] = static_cast<std::int8_t>(owner);
        cases.push_back(c);
      }
    }
  }
  const auto possible = [&](const std::vector<Operation>& sequence) {
    return std::ranges::any_of(cases, [&](const Circumstances& under) {
      return feasible_prefix(sequence, 0, others, under) == sequence.size();
    });
  };
  const auto extend = [&](const std::vector<Operation>& b, auto& longer) {
    if (!b.empty() && refused_at_a_glance(b.back(), circumstances_.features)) return;
    for (const Operation& o : letters) {
      if (o.verb == Verb::kHermetic && !b.empty() && b.back().verb == o.verb) continue;
      std::vector<Operation> next = b;
      next.push_back(o);
      if (possible(next)) longer.push_back(std::move(next));
    }
  };
  const auto refuse_if = [](bool too_many) {
    if (too_many) {
      throw std::length_error("a thread has too many sequences of operations to keep them");
    }
  };
  // What takes long to refuse is refused by an estimate (Knuth, Estimating the Efficiency of
  // Backtrack Programs, 1975), which may be several times too high.
  std::vector<std::vector<Operation>> sample = {{}};
  std::uint64_t each_is_for = 1;
  for (int length = 1; length <= bound_.operations; ++length) {
    std::vector<std::vector<Operation>> longer;
    for (const auto& b : sample) extend(b, longer);
    refuse_if(longer.size() * each_is_for > 4 * kMaxSequences);
    const std::size_t stride = longer.size() / kSample + 1;
    each_is_for *= stride;
    sample.clear();
    for (std::size_t i = 0; i < longer.size(); i += stride) sample.push_back(longer[i]);
  }
  // What ends in `hermetic` is a beginning and no sequence of its own; nor has it an effect before
  // the next one. What ends in a misuse is no beginning.
  std::vector<std::vector<Operation>> beginnings = {{}};
  for (int length = 0; length <= bound_.operations; ++length) {
    by_length_.push_back(static_cast<SequenceNumber>(sequences_.size()));
    for (const auto& b : beginnings) {
      if (b.empty() || b.back().verb != Verb::kHermetic) sequences_.push_back(b);
    }
    if (length == bound_.operations) break;
    std::vector<std::vector<Operation>> longer;
    for (const auto& b : beginnings) {
      extend(b, longer);
      refuse_if(longer.size() > kMaxSequences);
    }
    beginnings = std::move(longer);
  }
  by_length_.push_back(static_cast<SequenceNumber>(sequences_.size()));
  for (const auto& s : sequences_) {
    effects_.push_back(effects_of(s, circumstances_));
    waits_for_destroy_.push_back(calls_for_destroy(s));
    misuses_.push_back(!s.empty() && refused_at_a_glance(s.back(), circumstances_.features));
    References& references = references_.emplace_back();
    for (const Operation& o : s) {
      if (o.verb == Verb::kDrop) references.dropped[o.tensor] = o.interpreter;
      if (program::info(o.verb).on_tensor) references.uses[o.tensor] = true;
      if (o.verb == Verb::kTransfer) references.uses[o.argument] = true;
    }
  }
}

void SmallPrograms::make_renamings() {
  for_permutations(bound_.interpreters, [&](const std::array<std::uint8_t, 4>& interpreter) {
    for_permutations(bound_.tensors, [&](const std::array<std::uint8_t, 4>& tensor) {
      Renaming& renaming = renamings_.emplace_back();
      renaming.tensor = tensor;
      for (std::vector<Operation> s : sequences_) {
        for (Operation& o : s) {
          const program::VerbInfo& verb = program::info(o.verb);
          if (o.interpreter != program::kDetached) {
            o.interpreter = static_cast<std::int8_t>(interpreter[o.interpreter]);
          }
          if (verb.on_tensor) o.tensor = tensor[o.tensor];
          if (verb.argument == ArgumentKind::kTensor) o.argument = tensor[o.argument];
        }
        const auto begin = sequences_.begin() + by_length_[s.size()];
        const auto end = sequences_.begin() + by_length_[s.size() + 1];
        renaming.sequence.push_back(static_cast<SequenceNumber>(
            std::lower_bound(begin, end, s, comes_before) - sequences_.begin()));
      }
    });
  });
}

void SmallPrograms::make_shapes() {
  const int threads = bound_.threads;
  std::array<std::uint8_t, program::kThreads> length{};
  const auto add = [&] {
    Shape& shape = shapes_.emplace_back();
    shape.length = length;
  };
  // All descending lengths, then by their sum; the longest threads first within a sum.
  const auto extend = [&](auto&& self, int thread, int longest) -> void {
    if (thread == threads) return add();
    for (int l = longest; l >= 0; --l) {
      length[thread] = static_cast<std::uint8_t>(l);
      self(self, thread + 1, l);
    }
    length[thread] = 0;
  };
  extend(extend, 0, bound_.operations);
  const auto total = [](const Shape& s) {
    return std::accumulate(s.length.begin(), s.length.end(), 0);
  };
  std::ranges::sort(shapes_, [&](const Shape& a, const Shape& b) {
    return std::pair(total(a), b.length) < std::pair(total(b), a.length);
  });
  std::erase_if(shapes_, [&](const Shape& s) { return total(s) == 0; });
  for (Shape& shape : shapes_) {
    shape.begin = end_;
    std::uint64_t numbers = 1;
    const auto times = [&](std::uint64_t factor) {
      if (factor != 0 && numbers > kMaxNumbers / factor) {
        throw std::length_error("there are too many programs to number them");
      }
      numbers *= factor;
    };
    for (int x = 0; x < bound_.tensors; ++x) times(static_cast<std::uint64_t>(threads) + 1);
    for (int t = 0; t < threads; ++t) times(count(shape.length[t]));
    end_ += numbers;
    if (end_ > kMaxNumbers) throw std::length_error("there are too many programs to number them");
  }
}

SmallPrograms::Digits SmallPrograms::digits(const Shape& shape, std::uint64_t offset) const {
  Digits d;
  d.private_to.fill(Program::kShared);
  for (int t = bound_.threads - 1; t >= 0; --t) {
    const std::uint64_t radix = count(shape.length[t]);
    d.sequence[t] = by_length_[shape.length[t]] + static_cast<SequenceNumber>(offset % radix);
    offset /= radix;
  }
  const auto owners = static_cast<std::uint64_t>(bound_.threads) + 1;
  for (int x = bound_.tensors - 1; x >= 0; --x) {
    d.private_to[x] = static_cast<std::int8_t>(static_cast<int>(offset % owners) - 1);
    offset /= owners;
  }
  return d;
}

bool SmallPrograms::needs_its_privacy(const Digits& d) const {
  for (int x = 0; x < bound_.tensors; ++x) {
    if (d.private_to[x] == Program::kShared) continue;
    if (!uses_privacy(sequences_[d.sequence[d.private_to[x]]], x)) return false;
  }
  return true;
}

bool SmallPrograms::feasible(const Digits& d) const {
  Circumstances under = circumstances_;
  under.private_to = d.private_to;
  for (int t = 0; t < bound_.threads; ++t) {
    Effects others;
    for (int u = 0; u < bound_.threads; ++u) {
      if (u != t) others.add(effects_[d.sequence[u]]);
    }
    const std::vector<Operation>& operations = sequences_[d.sequence[t]];
    if (feasible_prefix(operations, t, others, under) != operations.size()) return false;
  }
  return true;
}

bool SmallPrograms::calls_its_finalizers(const Digits& d) const {
  for (int t = 0; t < bound_.threads; ++t) {
    Interpreters wanted = waits_for_destroy_[d.sequence[t]];
    for (int u = 0; u < bound_.threads && wanted != 0; ++u) {
      if (u != t) wanted &= static_cast<Interpreters>(~effects_[d.sequence[u]].destroys);
    }
    if (wanted != 0) return false;
  }
  return true;
}

bool SmallPrograms::misuses_once(const Digits& d) const {
  int misuses = 0;
  for (int t = 0; t < bound_.threads; ++t) misuses += misuses_[d.sequence[t]] ? 1 : 0;
  return misuses <= 1;
}

// Unless all who have a reference to the tensor drop it, none of them is the last to do so, and a
// count has gone down, which nobody sees; or an interpreter was made, to be shut down.
bool SmallPrograms::drops_all_or_none(const Digits& d) const {
  Interpreters finalises = 0;
  for (int t = 0; t < bound_.threads; ++t) finalises |= effects_[d.sequence[t]].finalises;
  for (int x = 0; x < bound_.tensors; ++x) {
    bool all = true;
    bool in_vain = false;
    for (int t = 0; t < bound_.threads; ++t) {
      const References& references = references_[d.sequence[t]];
      const auto& interpreter = references.dropped[x];
      all = all && (!references.uses[x] || interpreter);
      in_vain |= interpreter &&
                 (*interpreter == program::kDetached || (finalises >> *interpreter & 1) == 0);
    }
    if (in_vain && !all) return false;
  }
  return true;
}

// The size of the class of programs that are the same up to names; 0 if this one is not the least.
std::uint32_t SmallPrograms::represents(const Shape& shape, const Digits& d) const {
  std::uint32_t fixed = 0;
  bool least = true;
  for_permutations(bound_.threads, [&](const std::array<std::uint8_t, 4>& thread) {
    for (int t = 0; t < bound_.threads; ++t) {
      if (shape.length[thread[t]] != shape.length[t]) return;
    }
    for (const Renaming& renaming : renamings_) {
      Digits image = d;
      for (int x = 0; x < bound_.tensors; ++x) {
        const int owner = d.private_to[x];
        image.private_to[renaming.tensor[x]] =
            owner == Program::kShared ? Program::kShared : static_cast<std::int8_t>(thread[owner]);
      }
      for (int t = 0; t < bound_.threads; ++t) {
        image.sequence[thread[t]] = renaming.sequence[d.sequence[t]];
      }
      least = least && d <= image;
      fixed += d == image ? 1 : 0;
    }
  });
  if (!least) return 0;
  return factorial(bound_.threads) * factorial(bound_.interpreters) * factorial(bound_.tensors) /
         fixed;
}

std::optional<SmallPrograms::Found> SmallPrograms::next(std::uint64_t number, std::uint64_t end,
                                                        Program& into) const {
  for (; number < std::min(end, end_); ++number) {
    const auto behind = std::ranges::upper_bound(shapes_, number, {}, &Shape::begin);
    const Shape& shape = *(behind - 1);
    const Digits d = digits(shape, number - shape.begin);
    if (!misuses_once(d) || !calls_its_finalizers(d) || !needs_its_privacy(d)) continue;
    if (!drops_all_or_none(d) || !feasible(d)) continue;
    const std::uint32_t size = represents(shape, d);
    if (size == 0) continue;
    into = {};
    into.rules = circumstances_.rules;
    into.private_to = d.private_to;
    for (int t = 0; t < bound_.threads; ++t) into.threads[t] = sequences_[d.sequence[t]];
    AllDone all = all_done(into, circumstances_.features);
    if (!all.possible) continue;
    return Found{number, size, std::move(all.precedences)};
  }
  return std::nullopt;
}

}  // namespace slotproof::explore
