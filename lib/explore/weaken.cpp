#include "explore/weaken.h"

#include <algorithm>
#include <utility>

#include "explore/shrink.h"
#include "explore/small_programs.h"

namespace slotproof::explore {
namespace {

using machine::AtomicKind;
using machine::MemoryOrder;
using program::Program;
using program::Verb;

bool is_weaker(MemoryOrder a, MemoryOrder b) {
  if (a == b) return false;
  switch (b) {
    case MemoryOrder::kSeqCst: return true;
    case MemoryOrder::kAcqRel: return a != MemoryOrder::kSeqCst;
    case MemoryOrder::kAcquire:
    case MemoryOrder::kConsume:
    case MemoryOrder::kRelease: return a == MemoryOrder::kRelaxed;
    case MemoryOrder::kRelaxed: return false;
  }
  return false;
}

// The orders that an operation may have, strongest first.
std::span<const MemoryOrder> orders_of(AtomicKind kind) {
  static constexpr MemoryOrder kLoads[] = {MemoryOrder::kSeqCst, MemoryOrder::kAcquire,
                                           MemoryOrder::kRelaxed};
  static constexpr MemoryOrder kStores[] = {MemoryOrder::kSeqCst, MemoryOrder::kRelease,
                                            MemoryOrder::kRelaxed};
  static constexpr MemoryOrder kBoth[] = {MemoryOrder::kSeqCst, MemoryOrder::kAcqRel,
                                          MemoryOrder::kAcquire, MemoryOrder::kRelease,
                                          MemoryOrder::kRelaxed};
  switch (kind) {
    case AtomicKind::kLoad: return kLoads;
    case AtomicKind::kStore: return kStores;
    default: return kBoth;
  }
}

// All pairs of orders, or all single ones: none comes before one that it is weaker than.
std::vector<Orders> all_orders(AtomicKind kind, bool with_failure) {
  std::vector<Orders> all;
  for (const MemoryOrder order : orders_of(kind)) {
    if (!with_failure) all.push_back({order, std::nullopt});
    for (const MemoryOrder failure : orders_of(AtomicKind::kLoad)) {
      if (with_failure) all.push_back({order, failure});
    }
  }
  return all;
}

// A program of the suite, and the sites that it comes by.
struct Member {
  const Program* program;
  std::vector<std::string> places;
};

class Suite {
 public:
  Suite(Runner& runner, AtomicSites& sites, const Limits& limits,
        const std::function<void(std::uint64_t)>& progress)
      : runner_(runner), sites_(sites), limits_(limits), progress_(progress) {}

  void run_as_it_is(std::span<const Program> programs, Weakening& result) {
    for (const Program& program : programs) {
      sites_.forget_met();
      const Exhausted all = run(program);
      result.executions += all.executions;
      result.incomplete += all.complete ? 0 : 1;
      if (all.finding) {
        result.finding = all.finding;
        return;
      }
      members_.push_back({&program, sites_.met()});
    }
  }

  // With what was overridden.
  void run_past(const std::string& place, Trial& trial) {
    for (const Member& member : members_) {
      if (!std::ranges::binary_search(member.places, place)) continue;
      const Exhausted all = run(*member.program);
      ++trial.programs;
      trial.executions += all.executions;
      if (all.finding) {
        trial.finding = shrunk(*all.finding);
        return;
      }
      trial.incomplete += all.complete ? 0 : 1;
    }
  }

 private:
  // Once more if it turns out that not all copies of a site were known.
  Exhausted run(const Program& program) {
    Exhausted all;
    do all = exhaust(runner_, program, Enumeration::kReduced, limits_);
    while (sites_.learn());
    executions_ += all.executions;
    if (progress_) progress_(executions_);
    return all;
  }

  Finding shrunk(const Finding& finding) {
    Shrunk small;
    do small = shrink(runner_, finding.test_case, gets(finding.judgement.verdict));
    while (sites_.learn());
    return {std::move(small.test_case), std::move(small.judgement), finding.run};
  }

  Runner& runner_;
  AtomicSites& sites_;
  const Limits& limits_;
  const std::function<void(std::uint64_t)>& progress_;
  std::vector<Member> members_;
  std::uint64_t executions_ = 0;
};

}  // namespace

bool is_weaker(const Orders& a, const Orders& b) {
  const auto at_most = [](MemoryOrder x, MemoryOrder y) { return x == y || is_weaker(x, y); };
  return a != b && at_most(a.order, b.order) && (!a.failure || at_most(*a.failure, *b.failure));
}

std::vector<Orders> weaker_orders(AtomicKind kind, const Orders& than) {
  std::vector<Orders> all = all_orders(kind, than.failure.has_value());
  std::erase_if(all, [&](const Orders& orders) { return !is_weaker(orders, than); });
  return all;
}

std::vector<Orders> stronger_orders(AtomicKind kind, const Orders& than) {
  std::vector<Orders> all = all_orders(kind, than.failure.has_value());
  std::erase_if(all, [&](const Orders& orders) { return !is_weaker(than, orders); });
  std::ranges::reverse(all);
  return all;
}

std::vector<Program> weakening_suite(const world::Features& features, const program::Rules& rules,
                                     int operations) {
  const Bound pairs{.threads = 2, .operations = 1, .interpreters = 2, .tensors = 1};
  Bound larger = pairs;
  larger.operations = operations;
  std::vector<program::Operation> usual = alphabet(larger, features);
  std::erase_if(usual, [](const program::Operation& o) {
    switch (o.verb) {
      case Verb::kWrap:
      case Verb::kUnwrap:
      case Verb::kDrop:
      case Verb::kFinalise:
      case Verb::kTag:
      case Verb::kLoad:
      case Verb::kMine:
      case Verb::kHas: return false;
      case Verb::kCheck: return o.argument != 0;
      case Verb::kInit: return static_cast<world::Status>(o.argument) != world::Status::kMaybe;
      default: return true;
    }
  });
  std::vector<Program> suite;
  const auto add = [&](const SmallPrograms& programs, int least) {
    Program program;
    for (auto found = programs.next(0, programs.end(), program); found;
         found = programs.next(found->number + 1, programs.end(), program)) {
      const bool larger_than_pairs = std::ranges::any_of(program.threads, [&](const auto& thread) {
        return static_cast<int>(thread.size()) >= least;
      });
      if (larger_than_pairs) suite.push_back(program);
    }
  };
  add(SmallPrograms(pairs, features, rules), 1);
  if (operations > 1) add(SmallPrograms(larger, features, rules, std::move(usual)), 2);
  return suite;
}

Weakening weaken(Runner& runner, AtomicSites& sites, std::span<const Program> suite,
                 const Limits& limits,
                 const std::function<void(const AtomicSite&, const Trial&)>& tried,
                 const std::function<void(std::uint64_t)>& progress) {
  Weakening result;
  Suite programs(runner, sites, limits, progress);
  programs.run_as_it_is(suite, result);
  if (result.finding) return result;
  for (AtomicSite& site : sites.sites()) {
    std::vector<Trial> trials;
    for (const Orders& orders : weaker_orders(site.kind, site.orders)) {
      const bool fails = std::ranges::any_of(trials, [&](const Trial& trial) {
        return trial.finding.has_value() && is_weaker(orders, trial.orders);
      });
      if (fails) continue;
      Trial& trial = trials.emplace_back();
      trial.orders = orders;
      sites.override_orders(site.place, orders);
      programs.run_past(site.place, trial);
      if (tried) tried(site, trial);
      sites.restore();
    }
    result.sites.push_back({std::move(site), std::move(trials)});
  }
  return result;
}

}  // namespace slotproof::explore
