// What the parts of a run cost. scripts/bench runs this beside the fuzz targets.
#include <atomic>
#include <cstdint>

#include <benchmark/benchmark.h>

#include "choice/source.h"
#include "machine/fiber.h"
#include "machine/machine.h"
#include <c10/core/impl/PyInterpreter.h>
#include <c10/core/impl/PyObjectSlot.h>

namespace {

using namespace slotproof;  // NOLINT(google-build-using-namespace)

// --- the machine ---------------------------------------------------------------------------------

// As many as a run of a small program has. Longer runs would measure long store histories.
constexpr int kAtomicsInARun = 64;

std::uint64_t g_location = 0;

void empty_run(void* /*argument*/) {}

// Loads and read-modify-writes in turn, by one of two threads that could go on.
void atomics(void* /*argument*/) {
  machine::Machine& machine = *machine::Machine::current();
  const auto address = reinterpret_cast<std::uint64_t>(&g_location);
  machine.fork(&empty_run, nullptr);
  for (int i = 0; i < kAtomicsInARun / 2; ++i) {
    machine.load(address, 8, machine::MemoryOrder::kAcquire, nullptr);
    machine.rmw(address, 8, machine::RmwKind::kAdd, {1, 0}, machine::MemoryOrder::kAcqRel, nullptr);
  }
}

void run_of_atomics(benchmark::State& state) {
  machine::Machine machine;
  choice::DullSource source;
  for (auto _ : state) machine.run(source, &atomics, nullptr);
  state.SetItemsProcessed(state.iterations() * kAtomicsInARun);
}
BENCHMARK(run_of_atomics);

struct PingPong {
  machine::Fiber here;
  machine::Fiber there{&PingPong::back, this};

  static void back(void* argument) {
    auto& self = *static_cast<PingPong*>(argument);
    for (;;) self.there.switch_to(self.here);
  }
};

void fiber_switch(benchmark::State& state) {
  PingPong fibers;
  for (auto _ : state) fibers.here.switch_to(fibers.there);
  state.SetItemsProcessed(state.iterations() * 2);
}
BENCHMARK(fiber_switch);

// --- the slot library, as it ships ---------------------------------------------------------------

class Interpreter final : public c10::impl::PyInterpreterVTable {
 public:
  std::string name() const override { return "bench"; }
  void incref(PyObject* /*object*/) const override {}
  void decref(PyObject* /*object*/, bool /*has_pyobj_slot*/) const override {}
};

void acquire_load(benchmark::State& state) {
  std::atomic<std::uint64_t> word{1};
  for (auto _ : state) {
    benchmark::DoNotOptimize(word);
    benchmark::DoNotOptimize(word.load(std::memory_order_acquire));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(acquire_load);

void check_pyobj(benchmark::State& state) {
  static Interpreter vtable;
  static c10::impl::PyInterpreter interpreter(&vtable);
  alignas(16) std::byte object[16];
  c10::impl::PyObjectSlot slot;
  slot.init_pyobj(&interpreter, reinterpret_cast<PyObject*>(object),
                  c10::impl::PyInterpreterStatus::DEFINITELY_UNINITIALIZED);
  for (auto _ : state) {
    benchmark::DoNotOptimize(slot);
    benchmark::DoNotOptimize(slot.check_pyobj(&interpreter));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(check_pyobj);

}  // namespace

BENCHMARK_MAIN();
