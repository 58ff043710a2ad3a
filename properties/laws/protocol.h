// The protocol of callers as a pure model: what one thread's operations leave behind.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "oracle/model.h"
#include "program/operation.h"
#include "program/program.h"

namespace slotproof::laws {

// A Python object.
struct ModelObject {
  int interpreter = 0;
  int tensor = world::kNobody;  // whose object it is
  int references = 1;
  bool alive = true;
  bool in_slot = false;       // the tensor's slot should know it
  bool holds_tensor = false;  // it has a C++ reference to the tensor
  std::optional<program::FinalizerKind> finalizer;

  friend bool operator==(const ModelObject&, const ModelObject&) = default;
};

struct ModelTensor {
  bool alive = true;
  int references = 1;         // C++ references; the thread's is the first
  bool held = true;           // the thread has its reference
  bool shared = true;         // other threads may know it
  int seen = world::kNobody;  // the tag, if the thread has seen that an interpreter is it
  oracle::SlotState slot;     // what a right slot holds
  std::array<int, program::kInterpreters> python{world::kNobody, world::kNobody, world::kNobody,
                                                 world::kNobody};  // objects that the thread holds

  friend bool operator==(const ModelTensor&, const ModelTensor&) = default;
};

// It shares nothing with the world but the model of the slot, and knows nothing of other threads.
struct Protocol {
  std::array<ModelTensor, program::kTensors> tensors;
  std::vector<ModelObject> objects;                    // by their numbers
  std::array<bool, program::kInterpreters> created{};  // by whoever attaches first
  std::array<bool, program::kInterpreters> finalised{};
  bool hermetic = false;

  friend bool operator==(const Protocol&, const Protocol&) = default;
};

// What the thread leaves behind if it does `operation` next; nothing if a careful caller would not
// do it.
std::optional<Protocol> after(const Protocol& before, const program::Operation& operation);

// The operations that a careful caller may do next, all with tensors below `tensors`.
std::vector<program::Operation> legal_operations(const Protocol& now, int tensors);

// What another thread may take for granted that knows the same tensors.
Protocol as_seen_by_another(const Protocol& now);

}  // namespace slotproof::laws
