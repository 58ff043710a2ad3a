#include "check.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "axioms.h"
#include "choice/choice_sequence.h"
#include "choice/odometer.h"
#include "litmus/simulation.h"
#include "trace_order.h"

namespace slotproof::cross_check {

Check check_runs(machine::Machine& machine, const litmus::Test& test, std::uint64_t most) {
  Check check;
  litmus::Simulation simulation(machine, test);
  choice::Odometer odometer;
  choice::RecordingSource recording;
  std::vector<machine::Event> events;
  do {
    if (check.executions == most) return check;
    recording.restart(odometer);
    const litmus::State state = simulation.run(recording);
    ++check.executions;
    check.states.insert(state);
    check.complaint = complaint_about_races(machine);
    events = machine.events();
    choice::ReplaySource replay(recording.recorded());
    const bool same = simulation.run(replay) == state && machine.events() == events;
    if (check.complaint.empty() && (!same || replay.diverged())) {
      check.complaint = "a replay is not what was recorded";
    }
    if (!check.complaint.empty()) {
      check.complaint += " (choices " + recording.recorded().print() + ")\n";
      return check;
    }
  } while (odometer.next());
  check.complete = true;
  return check;
}

Check check_against_axioms(machine::Machine& machine, const litmus::Test& test,
                           std::uint64_t most) {
  Check check = check_runs(machine, test, most);
  if (check.complete) check.complaint = difference(test, check.states, allowed_states(test));
  return check;
}

std::string difference(const litmus::Test& test, const litmus::States& of_machine,
                       const litmus::States& of_axioms) {
  std::string text;
  for (const litmus::State& state : of_machine) {
    if (of_axioms.contains(state)) continue;
    text += fmt::format("the machine alone: {}\n", litmus::print(test, state));
  }
  for (const litmus::State& state : of_axioms) {
    if (of_machine.contains(state)) continue;
    text += fmt::format("the axioms alone:  {}\n", litmus::print(test, state));
  }
  return text;
}

}  // namespace slotproof::cross_check
