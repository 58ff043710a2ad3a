#include "generator.h"

#include <array>
#include <string>
#include <vector>

namespace slotproof::cross_check {
namespace {

using litmus::Action;
using litmus::Statement;
using machine::MemoryOrder;

// How many a program has: each is as likely as it stands here often. Much happens between two
// threads at two locations.
constexpr std::array kAtomics = {1, 2, 2, 2, 2, 3};
constexpr std::array kThreads = {2U, 2U, 2U, 3U, 3U, 4U};

// What a program has much of.
enum class Flavour : std::uint8_t { kMixed, kSeqCst, kAcquireRelease, kFences };

class Generator {
 public:
  explicit Generator(choice::SplitMix64& random)
      : random_(random), flavour_(static_cast<Flavour>(random.below(4))) {}

  litmus::Test generate() {
    atomics_ = kAtomics[random_.below(kAtomics.size())];
    for (int l = 0; l < atomics_; ++l) {
      test_.locations.push_back({std::string(1, "xyz"[l]), litmus::LocationKind::kAtomic, 0});
    }
    has_plain_ = chance(4);
    if (has_plain_) test_.locations.push_back({"d", litmus::LocationKind::kPlain, 0});

    const std::uint32_t threads = kThreads[random_.below(kThreads.size())];
    test_.threads.resize(threads);
    for (std::uint32_t t = 0; t < threads; ++t) next_.push_back(static_cast<int>(t) % atomics_);
    const std::uint32_t operations = 4 + random_.below(3);
    for (std::uint32_t i = 0; i < operations; ++i) {
      add_operation(i < threads ? i : random_.below(threads));
    }
    for (int t = 0; t < static_cast<int>(threads); ++t) {
      for (int r = 0; r < static_cast<int>(test_.threads[t].registers.size()); ++r) {
        test_.observables.push_back({t, r});
      }
    }
    for (int l = 0; l < static_cast<int>(test_.locations.size()); ++l) {
      test_.observables.push_back({litmus::Observable::kMemory, l});
    }
    return std::move(test_);
  }

 private:
  bool chance(std::uint32_t one_in) { return random_.below(one_in) == 0; }

  int add_register(litmus::Thread& thread) {
    thread.registers.push_back("r" + std::to_string(thread.registers.size()));
    return static_cast<int>(thread.registers.size() - 1);
  }

  litmus::Expression number(litmus::Value value) { return {.number = value}; }

  template <std::size_t kCount>
  MemoryOrder any_of(const std::array<MemoryOrder, kCount>& orders) {
    if (flavour_ == Flavour::kSeqCst && !chance(4)) return MemoryOrder::kSeqCst;
    return orders[random_.below(kCount)];
  }

  MemoryOrder load_order() {
    if (flavour_ == Flavour::kAcquireRelease && chance(2)) return MemoryOrder::kAcquire;
    return any_of(std::array{MemoryOrder::kRelaxed, MemoryOrder::kAcquire, MemoryOrder::kSeqCst});
  }

  MemoryOrder store_order() {
    if (flavour_ == Flavour::kAcquireRelease && chance(2)) return MemoryOrder::kRelease;
    return any_of(std::array{MemoryOrder::kRelaxed, MemoryOrder::kRelease, MemoryOrder::kSeqCst});
  }

  MemoryOrder rmw_order() {
    return any_of(std::array{MemoryOrder::kRelaxed, MemoryOrder::kAcquire, MemoryOrder::kRelease,
                             MemoryOrder::kAcqRel, MemoryOrder::kSeqCst});
  }

  // Mostly not where the thread was before, and each begins elsewhere: so are the shapes of the
  // literature.
  int location(std::size_t thread) {
    const auto random = static_cast<int>(random_.below(static_cast<std::uint32_t>(atomics_)));
    const int location = chance(4) ? random : next_[thread];
    next_[thread] = (location + 1) % atomics_;
    return location;
  }

  void add_operation(std::size_t number) {
    litmus::Thread& thread = test_.threads[number];
    const std::uint32_t fences = flavour_ == Flavour::kFences ? 38 : 8;  // of 100
    if (random_.below(100) < fences) {
      const std::array orders = {MemoryOrder::kAcquire, MemoryOrder::kRelease,
                                 MemoryOrder::kAcqRel,  MemoryOrder::kSeqCst,
                                 MemoryOrder::kSeqCst,  MemoryOrder::kSeqCst};
      thread.body.push_back(
          {.action = Action::kFence, .order = orders[random_.below(orders.size())]});
    } else if (has_plain_ && chance(3)) {
      add_plain(thread);
    } else {
      add_atomic(thread, location(number));
    }
  }

  void add_plain(litmus::Thread& thread) {
    Statement s{.action = chance(2) ? Action::kWrite : Action::kRead, .location = atomics_};
    if (s.action == Action::kWrite) {
      s.value = number(next_value_++);
    } else {
      s.result = add_register(thread);
    }
    thread.body.push_back(std::move(s));
  }

  void add_atomic(litmus::Thread& thread, int location) {
    Statement s{.location = location};
    const std::uint32_t kind = random_.below(100);
    if (kind < 38) {
      s.action = Action::kStore;
      s.value = number(next_value_++);
      s.order = store_order();
    } else if (kind < 78) {
      s.action = Action::kLoad;
      s.result = add_register(thread);
      s.order = load_order();
    } else if (kind < 90) {
      s.action = Action::kRmw;
      s.rmw = kind < 86 ? machine::RmwKind::kAdd : machine::RmwKind::kExchange;
      s.value = number(10 * next_value_++);
      s.result = add_register(thread);
      s.order = rmw_order();
    } else {
      s.action = Action::kCompareExchange;
      s.weak = kind >= 97;
      s.expected_register = add_register(thread);
      // Mostly the initial value, so that it may succeed.
      const auto expected =
          chance(3)
              ? static_cast<litmus::Value>(random_.below(static_cast<std::uint32_t>(next_value_)))
              : 0;
      thread.body.push_back(
          {.action = Action::kAssign, .result = s.expected_register, .value = number(expected)});
      s.value = number(next_value_++);
      s.result = add_register(thread);
      s.order = rmw_order();
      s.failure = load_order();
    }
    thread.body.push_back(std::move(s));
  }

  choice::SplitMix64& random_;
  Flavour flavour_;
  litmus::Test test_;
  int atomics_ = 0;
  std::vector<int> next_;  // of each thread: the location that it will mostly take
  bool has_plain_ = false;
  litmus::Value next_value_ = 1;  // each store has its own
};

}  // namespace

litmus::Test random_test(choice::SplitMix64& random) { return Generator(random).generate(); }

}  // namespace slotproof::cross_check
