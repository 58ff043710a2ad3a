// Bodies of simulated threads as lambdas.
#pragma once

#include <functional>

#include "choice/source.h"
#include "machine/machine.h"

namespace slotproof::machine {

using Body = std::function<void()>;

inline void call(void* body) { (*static_cast<Body*>(body))(); }

// To be called by a simulated thread; `body` must outlive the thread that it starts.
inline ThreadId fork(Body& body) { return Machine::current()->fork(&call, &body); }

// Runs `root` as thread 0.
inline const Ending& run(Machine& machine, choice::Source& source, Body root) {
  return machine.run(source, &call, &root);
}

inline const Ending& run(Machine& machine, Body root) {
  choice::DullSource dull;
  return run(machine, dull, std::move(root));
}

inline int count(const Machine& machine, EventKind kind) {
  int found = 0;
  for (const Event& event : machine.events()) found += event.kind == kind ? 1 : 0;
  return found;
}

inline std::uint64_t address_of(const void* p) { return reinterpret_cast<std::uint64_t>(p); }

}  // namespace slotproof::machine
