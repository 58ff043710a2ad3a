#include "explore/audit.h"

#include <algorithm>
#include <array>
#include <utility>

#include "explore/exhaust.h"
#include "explore/shrink.h"

namespace slotproof::explore {
namespace {

using oracle::Verdict;
using program::FinalizerKind;
using program::Operation;
using program::Rules;
using program::Verb;
using report::RunView;
using world::CallRecord;
using world::Feature;
using world::Misuse;
using world::SlotCall;
using world::Status;

constexpr Rules kUsual{};
constexpr Rules kCareless{.gil = true, .careful = false};
constexpr Rules kFree{.gil = false, .careful = true};

// ---- Operations ----

bool in_protocol(const Operation& o) {
  switch (o.verb) {
    case Verb::kWrap:
    case Verb::kUnwrap:
    case Verb::kDrop:
    case Verb::kTransfer:
    case Verb::kEscape:
    case Verb::kRevive: return true;
    default: return false;
  }
}

bool is_call(const Operation& o) {
  switch (o.verb) {
    case Verb::kInit:
    case Verb::kTag:
    case Verb::kMine:
    case Verb::kObject:
    case Verb::kOwns:
    case Verb::kOwn:
    case Verb::kDisown:
    case Verb::kClear:
    case Verb::kDestroy: return true;
    case Verb::kCheck: return o.argument == 0;
    default: return false;
  }
}

template <Verb... kVerbs>
bool protocol_and(const Operation& o) {
  return in_protocol(o) || ((o.verb == kVerbs) || ...);
}

template <FinalizerKind kKind>
bool protocol_and_finalizer(const Operation& o) {
  // In a destructor a finalizer may come back, but neither fail nor find a tensor to put an object
  // into: then it takes a call that destroys the object of a tensor that lives on.
  return in_protocol(o) || (o.verb == Verb::kDestroy && kKind != FinalizerKind::kAgain) ||
         (o.verb == Verb::kFinalizer && static_cast<FinalizerKind>(o.argument) == kKind);
}

template <program::MisuseKind kKind>
bool protocol_and_misuse(const Operation& o) {
  return in_protocol(o) ||
         (o.verb == Verb::kMisuse && static_cast<program::MisuseKind>(o.argument) == kKind);
}

template <Status kStatus>
bool protocol_and_init(const Operation& o) {
  return protocol_and<Verb::kCheck, Verb::kTag, Verb::kDestroy>(o) ||
         (o.verb == Verb::kInit && static_cast<Status>(o.argument) == kStatus);
}

// ---- Runs ----

template <Verb... kVerbs>
bool did(const RunView& run) {
  return std::ranges::any_of(run.executor.operations(), [&](const world::OperationRecord& o) {
    if (o.index == world::kTeardown || o.done == world::Done::kSkipped) return false;
    const Verb verb = run.program.threads[o.thread - 1][o.index].verb;
    return ((verb == kVerbs) || ...);
  });
}

// Some call answers the description, and none is misused or breaks a promise otherwise.
template <class F>
bool only_misuse(const RunView& run, F&& is_it) {
  bool any = false;
  for (const CallRecord& call : run.world.calls()) {
    if (is_it(call)) {
      any = true;
    } else if (call.misuse != Misuse::kNone || call.breaks_promise) {
      return false;
    }
  }
  return any;
}

template <Misuse kMisuse>
bool misused(const RunView& run) {
  return only_misuse(run, [](const CallRecord& call) { return call.misuse == kMisuse; });
}

template <Status kStatus>
bool inits_wrongly(const RunView& run) {
  return only_misuse(run, [](const CallRecord& call) {
    return call.breaks_promise && call.call == SlotCall::kInit && call.status == kStatus;
  });
}

bool clears_owned(const RunView& run) {
  return only_misuse(run, [](const CallRecord& call) {
    return call.breaks_promise && call.call == SlotCall::kClear;
  });
}

bool always(const RunView& /*run*/) { return true; }

// Some object had a finalizer when it died, or when the run ended in the middle of that.
bool finalizes(const RunView& run) {
  return did<Verb::kFinalizer>(run) &&
         std::ranges::any_of(run.world.calls(), [](const CallRecord& c) { return c.decrefs > 0; });
}

constexpr std::array kClauses = {
    Clause{"protocol", "callers that keep to the protocol meet no trouble",
           "two winners of a tag, objects dropped twice or never, races", Reach::kProtocol, kUsual,
           &in_protocol, &always},
    Clause{"hermetic", "a hermetic thread is shown no object, and gives back what it owns",
           "an object of the outside is seen inside a hermetic section, or leaks there",
           Reach::kProtocol, kUsual, &protocol_and<Verb::kHermetic, Verb::kCheck>,
           &did<Verb::kHermetic>},
    Clause{"unloaded", "an object outlives its interpreter in peace",
           "a call into an interpreter that was shut down", Reach::kProtocol, kUsual,
           &protocol_and<Verb::kFinalise, Verb::kCheck>, &did<Verb::kFinalise>},
    Clause{"finalizer-again", "a finalizer that destroys the object again does nothing",
           "decref comes back to the slot, which calls decref twice", Reach::kProtocol, kUsual,
           &protocol_and_finalizer<FinalizerKind::kAgain>, &finalizes},
    Clause{"finalizer-rewrap", "a new object that a finalizer puts into the slot stays there",
           "the slot is emptied after decref, and forgets the new object", Reach::kCalls, kUsual,
           &protocol_and_finalizer<FinalizerKind::kRewrap>, &finalizes},
    Clause{"finalizer-throw", "an object whose finalizer fails is dropped once all the same",
           "the slot still owns the object when decref throws, and drops it again", Reach::kCalls,
           kUsual, &protocol_and_finalizer<FinalizerKind::kThrow>, &finalizes},
    Clause{"calls", "single calls that keep all promises do what they say",
           "wrong results, lost updates, leaks", Reach::kCalls, kUsual, &is_call, &always},
    Clause{"presence", "asking for presence while others claim the slot is safe",
           "the tag is loaded twice, and another value the second time", Reach::kCalls, kUsual,
           &protocol_and<Verb::kHas>, &did<Verb::kHas>},
    Clause{"untagged-load", "loading the interpreter of an untagged slot is an error",
           "a null pointer is followed", Reach::kMisuse, kCareless, &protocol_and<Verb::kLoad>,
           &misused<Misuse::kUntaggedLoad>, Feature::kRefusesUntaggedLoad},
    Clause{"null-interpreter", "a check by no interpreter is an error",
           "a null pointer is followed", Reach::kMisuse, kCareless,
           &protocol_and_misuse<program::MisuseKind::kNull>, &misused<Misuse::kNullInterpreter>,
           Feature::kRefusesNullInterpreter},
    Clause{"owning-nothing", "owning no object is an error", "decref of a null pointer",
           Reach::kMisuse, kCareless, &protocol_and<Verb::kOwn, Verb::kClear, Verb::kDestroy>,
           &misused<Misuse::kOwningNothing>, Feature::kRefusesOwningNothing},
    Clause{"odd-object", "an object with bit 0 set is refused",
           "the slot takes it for an object that it owns", Reach::kMisuse, kCareless,
           &protocol_and_misuse<program::MisuseKind::kOdd>, &misused<Misuse::kOddObject>,
           Feature::kRefusesOddObject},
    Clause{"unknown-status", "a status that there is not is refused",
           "the object is stored under a tag that nobody set", Reach::kMisuse, kCareless,
           &protocol_and_misuse<program::MisuseKind::kStatus>, &misused<Misuse::kUnknownStatus>,
           Feature::kRefusesUnknownStatus},
    Clause{"wrong-us", "who says that the tag is its own has seen that",
           "an interpreter drops the object of another, or of a slot without a tag",
           Reach::kPromises, kCareless, &protocol_and_init<Status::kUs>,
           &inits_wrongly<Status::kUs>},
    Clause{"wrong-definitely", "who says that nobody knows the slot is right",
           "a tag is overwritten", Reach::kPromises, kCareless,
           &protocol_and_init<Status::kDefinitely>, &inits_wrongly<Status::kDefinitely>},
    Clause{"init-of-owner", "nobody inits a slot that owns its object", "the object leaks",
           Reach::kPromises, kCareless, &protocol_and_init<Status::kMaybe>,
           &inits_wrongly<Status::kMaybe>},
    Clause{"clear-of-owner", "nobody clears a slot that owns its object", "the object leaks",
           Reach::kPromises, kCareless, &protocol_and<Verb::kClear>, &clears_owned},
    Clause{"early-disarm", "an interpreter is shut down when nobody is inside one of its calls",
           "disarm races with a destructor that calls through the vtable", Reach::kPromises,
           kCareless, &protocol_and<Verb::kFinalise>, &did<Verb::kFinalise>},
    Clause{"free-threaded", "the same, in a Python without a GIL",
           "the tag is visible before the object", Reach::kFreeThreaded, kFree,
           &protocol_and<Verb::kCheck>, &always},
};

void keep_to(const Clause& clause, program::Program& program) {
  for (auto& thread : program.threads) {
    std::erase_if(thread, [&](const Operation& o) { return !clause.uses(o); });
  }
}

// A run that does not end takes as long as a thousand others.
constexpr int kMaxEndless = 20;

// Of one program; those of the programs below stay far beneath it with most slots.
constexpr Limits kExecutions{.executions = 10'000, .bounds = {}};

// What one thread does in four steps, and what two do to each other in two.
constexpr std::array kBounds = {Bound{1, 4, 1, 1}, Bound{2, 2, 2, 1}};

class Auditor {
 public:
  Auditor(Runner& runner, const Clause& clause, const Progress& progress)
      : runner_(runner), clause_(clause), progress_(progress) {
    audited_.clause = &clause;
  }

  void explore(const Bound& bound) {
    std::vector<Operation> letters = alphabet(bound, runner_.features());
    std::erase_if(letters, [&](const Operation& o) { return !clause_.uses(o); });
    const SmallPrograms programs(bound, runner_.features(), clause_.rules, std::move(letters));
    program::Program program;
    for (auto found = programs.next(0, programs.end(), program); found && goes_on();
         found = programs.next(found->number + 1, programs.end(), program)) {
      ++audited_.programs;
      const Exhausted all = exhaust(runner_, program, Enumeration::kReduced, kExecutions, {},
                                    [&](const Runner&) { note(); });
      audited_.executions += all.executions;
      if (all.finding) {
        judge(program);
      } else if (!all.complete) {
        ++audited_.incomplete;
      }
    }
  }

  void search(std::uint64_t seed, std::uint64_t runs) {
    const program::Language language{runner_.features(), clause_.rules};
    choice::SplitMix64 random(seed);
    while (audited_.runs < runs && goes_on()) {
      program::Program program = random_program(random, language);
      keep_to(clause_, program);
      choice::RandomSource source(random.next());
      runner_.run(program, source);
      ++audited_.runs;
      note();
      judge(program);
    }
  }

  Audited result() && { return std::move(audited_); }

 private:
  bool goes_on() {
    audited_.endless = endless_ > kMaxEndless;
    return !audited_.endless && (!progress_ || progress_(audited_.programs + audited_.runs));
  }

  // Whether the last run put the clause to the test.
  bool tests() const {
    return runner_.view().judgement.verdict != Verdict::kInvalid && clause_.tests(runner_.view());
  }

  void note() {
    if (tests()) ++audited_.tested;
  }

  // Keeps what the last run, of `program`, found.
  void judge(const program::Program& program) {
    const Verdict verdict = runner_.view().judgement.verdict;
    if (verdict == Verdict::kStepLimit) ++endless_;
    const auto same = [&](const Finding& f) { return f.judgement.verdict == verdict; };
    if (!tests() || !oracle::convicts(verdict) || std::ranges::any_of(audited_.findings, same)) {
      return;
    }
    const Wanted wanted = [&](Runner& again, const program::Case& ran) {
      return again.view().judgement.verdict == verdict && keeps_to(clause_, ran.program) &&
             clause_.tests(again.view());
    };
    Shrunk shrunk = shrink(runner_, {program, runner_.choices()}, wanted);
    audited_.findings.push_back({std::move(shrunk.test_case), std::move(shrunk.judgement),
                                 audited_.executions + audited_.runs});
  }

  Runner& runner_;
  const Clause& clause_;
  const Progress& progress_;
  int endless_ = 0;
  Audited audited_;
};

}  // namespace

std::string_view name(Reach reach) {
  static constexpr std::array<std::string_view, 5> kNames = {"protocol", "calls", "misuse",
                                                             "promises", "free-threaded"};
  return kNames[static_cast<std::size_t>(reach)];
}

std::span<const Clause> clauses() { return kClauses; }

bool keeps_to(const Clause& clause, const program::Program& program) {
  return std::ranges::all_of(program.threads, [&](const std::vector<Operation>& thread) {
    return std::ranges::all_of(thread, clause.uses);
  });
}

std::span<const Bound> audit_bounds() { return kBounds; }

Audited audit(Runner& runner, const Clause& clause, std::uint64_t seed, std::uint64_t runs,
              const Progress& progress) {
  Auditor auditor(runner, clause, progress);
  for (const Bound& bound : kBounds) auditor.explore(bound);
  auditor.search(seed, runs);
  return std::move(auditor).result();
}

}  // namespace slotproof::explore
