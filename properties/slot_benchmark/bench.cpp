// How fast every execution of the right slot's programs is explored.
#include <benchmark/benchmark.h>

#include "machine_test/explored.h"
#include "right.h"

namespace {

using slotproof::machine_test::Explored;
using slotproof::machine_test::Program;

void explore(benchmark::State& state, const Program& program) {
  slotproof::machine::Machine machine({.watch_own_stack = false});
  Explored explored;
  for (auto _ : state) explored = slotproof::machine_test::explore(machine, program);
  state.counters["executions"] = static_cast<double>(explored.executions);
  state.counters["executions/s"] = benchmark::Counter(
      static_cast<double>(explored.executions) * static_cast<double>(state.iterations()),
      benchmark::Counter::kIsRate);
}

BENCHMARK_CAPTURE(explore, two, slotproof::machine_test::right_two);
BENCHMARK_CAPTURE(explore, three, slotproof::machine_test::right_three);
BENCHMARK_CAPTURE(explore, deep_1, slotproof::machine_test::right_deep_1);
BENCHMARK_CAPTURE(explore, deep_2, slotproof::machine_test::right_deep_2);
BENCHMARK_CAPTURE(explore, deep_3, slotproof::machine_test::right_deep_3)->Iterations(1);

}  // namespace

BENCHMARK_MAIN();
