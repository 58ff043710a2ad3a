// Two explorations of one program: every choice sequence, and every graph.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <fmt/format.h>

#include "choice/odometer.h"
#include "graphs/explorer.h"
#include "machine/machine.h"
#include "recorder.h"

namespace slotproof::graphs {

// Graphs by fingerprint, and outcomes, each with how often it was met.
struct Met {
  std::uint64_t runs = 0;
  bool complete = true;
  std::map<std::uint64_t, std::uint64_t> graphs;
  std::map<std::string, std::uint64_t> outcomes;

  void add(std::uint64_t fingerprint, const std::string& outcome) {
    ++runs;
    ++graphs[fingerprint];
    ++outcomes[outcome];
  }
};

// run(source) runs the program once and gives its outcome.
template <class Run>
Met meet_plainly(machine::Machine& machine, std::uint64_t most, Run&& run) {
  Met met;
  choice::Odometer odometer;
  Recorder recorder(machine, odometer);
  do {
    if (met.runs == most) {
      met.complete = false;
      break;
    }
    recorder.reset();
    const std::string outcome = run(recorder);
    met.add(recorder.graph().fingerprint(), outcome);
  } while (odometer.next());
  return met;
}

struct Comparison {
  Met plain, reduced;
  std::uint64_t blocked = 0;
  std::string complaint;  // empty: they agree, or the program is too large
};

// Runs the program in all of its executions, twice: it is left alone if there are more than `most`
// choice sequences. Of what shares mutexes a graph may be met more than once.
template <class Run>
Comparison compare(machine::Machine& machine, std::uint64_t most, bool shares_mutexes, Run&& run) {
  Comparison c;
  c.plain = meet_plainly(machine, most, run);
  if (!c.plain.complete) return c;
  Explorer explorer(machine);
  do {
    if (c.reduced.runs > c.plain.runs) {
      c.complaint = "the reduction makes more of it\n";
      return c;
    }
    const std::string outcome = run(explorer);
    if (explorer.complete()) c.reduced.add(explorer.graph().fingerprint(), outcome);
  } while (explorer.next());
  c.blocked = explorer.blocked();

  std::uint64_t missing = 0;
  std::uint64_t invented = 0;
  std::uint64_t again = 0;
  for (const auto& [graph, times] : c.plain.graphs) {
    if (!c.reduced.graphs.contains(graph)) ++missing;
  }
  for (const auto& [graph, times] : c.reduced.graphs) {
    if (!c.plain.graphs.contains(graph)) ++invented;
    again += times - 1;
  }
  if (missing > 0) c.complaint += fmt::format("{} graphs are missed\n", missing);
  if (invented > 0) c.complaint += fmt::format("{} graphs are none\n", invented);
  if (again > 0 && !shares_mutexes) c.complaint += fmt::format("{} graphs come again\n", again);
  if (explorer.diverged() > 0) {
    c.complaint += fmt::format("{} runs do not follow their beginning\n", explorer.diverged());
  }
  for (const auto& [outcome, times] : c.plain.outcomes) {
    if (!c.reduced.outcomes.contains(outcome)) {
      c.complaint += fmt::format("the outcome {} is missed\n", outcome);
    }
  }
  return c;
}

}  // namespace slotproof::graphs
