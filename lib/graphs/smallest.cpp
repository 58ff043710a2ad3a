#include "graphs/smallest.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>

#include "choice/choice_sequence.h"
#include "choice/odometer.h"
#include "graphs/explorer.h"

namespace slotproof::graphs {
namespace {

using choice::ChoiceSequence;

// How many choice sequences are tried for one outcome: a second or so.
constexpr std::uint64_t kMostTrials = 100'000;

struct Found {
  ChoiceSequence choices;
  std::uint32_t stale_reads = 0;  // allowed
};

// Some execution that has the outcome with as few stale reads as possible.
std::optional<Found> find(machine::Machine& machine, const Trial& trial) {
  choice::RecordingSource recording;
  for (Bounds bounds{.stale_reads = 0};; ++bounds.stale_reads) {
    Explorer explorer(machine, bounds);
    do {
      recording.restart(explorer);
      if (trial(recording) && explorer.complete()) {
        return Found{recording.recorded(), bounds.stale_reads};
      }
    } while (explorer.next());
    if (explorer.out_of_bounds() == 0) return {};
  }
}

using Size = std::tuple<std::size_t, std::size_t, std::size_t>;

// Of the machine's last run: stale reads, changes of the thread, events.
Size size_of_run(const machine::Machine& machine) {
  std::size_t stale = 0;
  std::size_t changes = 0;
  const std::vector<machine::Event>& events = machine.events();
  for (std::size_t e = 0; e < events.size(); ++e) {
    if (events[e].kind != machine::EventKind::kStore && events[e].stale != 0) ++stale;
    if (e > 0 && events[e].thread != events[e - 1].thread) ++changes;
  }
  return {stale, changes, events.size()};
}

}  // namespace

bool run_smallest(machine::Machine& machine, const Trial& trial) {
  std::optional<Found> found = find(machine, trial);
  if (!found) return false;
  std::optional<Size> best;
  std::uint64_t trials = 0;
  choice::RecordingSource recording;
  for (std::uint32_t detours = 0; !best && trials < kMostTrials; ++detours) {
    choice::BoundedOdometer odometer(found->stale_reads, detours);
    do {
      recording.restart(odometer);
      ++trials;
      if (!trial(recording)) continue;
      const Size size = size_of_run(machine);
      if (best && *best <= size) continue;
      best = size;
      found->choices = recording.recorded();
    } while (odometer.next() && trials < kMostTrials);
  }
  choice::ReplaySource replay(found->choices);
  return trial(replay);
}

}  // namespace slotproof::graphs
