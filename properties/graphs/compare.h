// Two explorations of one program: every choice sequence, and every graph.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "choice/odometer.h"
#include "graphs/bounds.h"
#include "graphs/explorer.h"
#include "machine/machine.h"
#include "recorder.h"

namespace slotproof::graphs {

// The least that any order of a graph takes.
struct Least {
  std::uint32_t preemptions = kUnbounded;
  std::uint32_t stale_reads = kUnbounded;
  std::uint32_t disorders = kUnbounded;  // stale reads, and stores before older ones
};

// Graphs by fingerprint, and outcomes, each with how often it was met.
struct Met {
  std::uint64_t runs = 0;
  bool complete = true;
  bool stuck = false;  // some thread waits for ever: orders are not known to the end
  std::map<std::uint64_t, std::uint64_t> graphs;
  std::map<std::string, std::uint64_t> outcomes;
  std::map<std::uint64_t, Least> least;  // of the plain search

  void add(std::uint64_t fingerprint, const std::string& outcome) {
    ++runs;
    ++graphs[fingerprint];
    ++outcomes[outcome];
  }
};

// What the order in which the nodes were added takes, counted as they come.
inline Least cost_of(const Graph& graph) {
  Least cost{0, 0, 0};
  Causes done;
  const auto happened = [&](NodeIndex n) { return done.have(graph[n].thread, graph[n].index); };
  const auto could_go_on = [&](ThreadId thread) {
    for (NodeIndex n = 0; n < graph.size(); ++n) {
      if (graph[n].thread == thread && graph[n].index == done.of[thread] + 1) {
        return !graph.must_wait(n, done);
      }
    }
    return false;
  };
  ThreadId last = 0;
  for (const Node& node : graph.nodes()) {
    if (node.thread != last && could_go_on(last)) ++cost.preemptions;
    if (reads(node.kind) || writes(node.kind)) {
      const std::vector<NodeIndex>& order = graph.order(node.object);
      const std::uint32_t place = reads(node.kind) ? graph.place(node.from) : node.place;
      if (std::any_of(order.begin() + place, order.end(), happened)) {
        ++cost.disorders;
        if (reads(node.kind)) ++cost.stale_reads;
      }
    }
    last = node.thread;
    ++done.of[node.thread];
  }
  return cost;
}

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
    const std::uint64_t graph = recorder.graph().fingerprint();
    met.add(graph, outcome);
    met.stuck |= recorder.stuck();
    const Least cost = cost_of(recorder.graph());
    Least& least = met.least[graph];
    least.preemptions = std::min(least.preemptions, cost.preemptions);
    least.stale_reads = std::min(least.stale_reads, cost.stale_reads);
    least.disorders = std::min(least.disorders, cost.disorders);
  } while (odometer.next());
  return met;
}

struct Comparison {
  Met plain, reduced;
  std::uint64_t blocked = 0;
  std::string complaint;  // empty: they agree, or the program is too large
};

// Whether the bounded search meets exactly the graphs that have an order within the bounds. That
// which it met are those whose least, by the plain search, is within them.
template <class Run>
std::string compare_bounded(machine::Machine& machine, const Met& plain, const Bounds& bounds,
                            Run&& run) {
  Explorer explorer(machine, bounds);
  std::set<std::uint64_t> met;
  do {
    run(explorer);
    if (explorer.complete()) met.insert(explorer.graph().fingerprint());
  } while (explorer.next());
  std::uint64_t wrong = 0;
  for (const auto& [graph, least] : plain.least) {
    const bool within = least.preemptions <= bounds.preemptions &&
                        least.stale_reads <= bounds.stale_reads &&
                        (least.disorders == 0 || !bounds.sequentially_consistent);
    if (within != met.contains(graph)) ++wrong;
  }
  return wrong == 0 ? std::string()
                    : fmt::format("{} graphs are on the wrong side of a bound\n", wrong);
}

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
  for (std::uint32_t cost = 0; cost < 3 && !c.plain.stuck && c.complaint.empty(); ++cost) {
    c.complaint += compare_bounded(machine, c.plain, {.preemptions = cost}, run);
    c.complaint += compare_bounded(machine, c.plain, {.stale_reads = cost}, run);
  }
  if (!c.plain.stuck && c.complaint.empty()) {
    c.complaint += compare_bounded(machine, c.plain, {.sequentially_consistent = true}, run);
  }
  for (const auto& [outcome, times] : c.plain.outcomes) {
    if (!c.reduced.outcomes.contains(outcome)) {
      c.complaint += fmt::format("the outcome {} is missed\n", outcome);
    }
  }
  return c;
}

}  // namespace slotproof::graphs
