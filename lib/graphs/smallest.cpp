#include "graphs/smallest.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>
#include <utility>

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

// Of the choice sequences with the fewest detours that have the outcome, the smallest run. Takes
// each trial from `left`, and gives up when nothing is.
std::optional<ChoiceSequence> plainest(machine::Machine& machine, const Trial& trial,
                                       std::uint32_t stale_reads, std::uint64_t& left) {
  std::optional<ChoiceSequence> choices;
  Size best;
  choice::RecordingSource recording;
  std::uint64_t before = 0;
  for (std::uint32_t detours = 0; left > 0; ++detours) {
    choice::BoundedOdometer odometer(stale_reads, detours);
    std::uint64_t trials = 0;
    do {
      recording.restart(odometer);
      ++trials;
      --left;
      if (!trial(recording)) continue;
      const Size size = size_of_run(machine);
      if (choices && best <= size) continue;
      best = size;
      choices = recording.recorded();
    } while (odometer.next() && left > 0);
    // If one detour more made no sequence more, none will.
    if (choices || trials == before) return choices;
    before = trials;
  }
  return choices;
}

}  // namespace

bool run_smallest(machine::Machine& machine, const Trial& trial) {
  const std::optional<Found> found = find(machine, trial);
  if (!found) return false;
  ChoiceSequence smallest = found->choices;
  std::uint64_t left = kMostTrials;
  // More are needed where the outcome is a matter of plain accesses, between which no thread goes
  // on: then a graph has an order that is no schedule.
  for (std::uint32_t stale_reads = found->stale_reads; left > 0; ++stale_reads) {
    if (std::optional<ChoiceSequence> choices = plainest(machine, trial, stale_reads, left)) {
      smallest = std::move(*choices);
      break;
    }
  }
  choice::ReplaySource replay(smallest);
  return trial(replay);
}

}  // namespace slotproof::graphs
