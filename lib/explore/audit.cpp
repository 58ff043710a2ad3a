#include "explore/audit.h"

#include <algorithm>
#include <array>
#include <utility>

#include "explore/shrink.h"

namespace slotproof::explore {
namespace {

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
    Clause{"free-threaded", "the same, in a Python without a GIL",
           "the tag is visible before the object", Reach::kFreeThreaded, kFree,
           &protocol_and<Verb::kCheck>, &always},
};

bool keeps_to(const Clause& clause, const program::Program& program) {
  return std::ranges::all_of(program.threads, [&](const std::vector<Operation>& thread) {
    return std::ranges::all_of(thread, clause.uses);
  });
}

void keep_to(const Clause& clause, program::Program& program) {
  for (auto& thread : program.threads) {
    std::erase_if(thread, [&](const Operation& o) { return !clause.uses(o); });
  }
}

// A run that does not end takes as long as a thousand others.
constexpr int kMaxEndless = 20;

}  // namespace

std::string_view name(Reach reach) {
  static constexpr std::array<std::string_view, 5> kNames = {"protocol", "calls", "misuse",
                                                             "promises", "free-threaded"};
  return kNames[static_cast<std::size_t>(reach)];
}

std::span<const Clause> clauses() { return kClauses; }

Audited audit(Runner& runner, const Clause& clause, std::uint64_t seed, std::uint64_t runs,
              const Progress& progress) {
  Audited audited{.clause = &clause, .findings = {}};
  const program::Language language{runner.features(), clause.rules};
  choice::SplitMix64 random(seed);
  int endless = 0;
  while (audited.runs < runs) {
    program::Program program = random_program(random, language);
    keep_to(clause, program);
    choice::RandomSource source(random.next());
    const oracle::Verdict verdict = runner.run(program, source).verdict;
    ++audited.runs;
    if (progress && !progress(audited.runs)) break;
    if (verdict == oracle::Verdict::kStepLimit && ++endless > kMaxEndless) break;
    if (!clause.tests(runner.view()) || verdict == oracle::Verdict::kInvalid) continue;
    ++audited.tested;
    const auto same = [&](const Finding& f) { return f.judgement.verdict == verdict; };
    if (!oracle::convicts(verdict) || std::ranges::any_of(audited.findings, same)) continue;
    const Wanted wanted = [&](Runner& again, const program::Case& ran) {
      return again.view().judgement.verdict == verdict && keeps_to(clause, ran.program) &&
             clause.tests(again.view());
    };
    Shrunk shrunk = shrink(runner, {program, runner.choices()}, wanted);
    audited.findings.push_back(
        {std::move(shrunk.test_case), std::move(shrunk.judgement), audited.runs});
  }
  return audited;
}

}  // namespace slotproof::explore
