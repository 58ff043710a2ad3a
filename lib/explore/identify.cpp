#include "explore/identify.h"

#include <utility>
#include <vector>

namespace slotproof::explore {

std::vector<report::Stack> stacks_of(Runner& runner, const program::Case& ran) {
  std::vector<machine::EventIndex> events = report::events_with_stacks(runner.view());
  if (events.empty()) return {};
  runner.probe_stacks(events);
  choice::ReplaySource source(ran.choices);
  runner.run(ran.program, source);
  runner.probe_stacks({});
  return report::find_stacks(runner.view(), events);
}

report::Fingerprint identify(Runner& runner, const program::Case& ran) {
  const std::vector<report::Stack> stacks = stacks_of(runner, ran);
  return report::fingerprint(runner.view(), stacks);
}

Wanted shows(oracle::Verdict verdict, const report::Fingerprint& fingerprint) {
  return [verdict, fingerprint](Runner& runner, const program::Case& ran) {
    return runner.view().judgement.verdict == verdict && identify(runner, ran) == fingerprint;
  };
}

}  // namespace slotproof::explore
