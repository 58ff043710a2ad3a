// What bindings of slots have in common. For the binding's own file alone, which is compiled
// through the seam.
#pragma once

#include <cstdint>
#include <exception>
#include <type_traits>
#include <utility>

#include "world/slot_library.h"

namespace slotproof::world {

// A pointer as the value of a result.
inline std::uint64_t word(const void* p) { return reinterpret_cast<std::uint64_t>(p); }

// A call that gave `value`.
inline Result gives(std::uint64_t value) { return {.has_value = true, .value = value, .text = {}}; }

// Runs `call`, which gives a Result or nothing, and turns what it throws into a result. `Error` is
// the library's own error type; text_of(error) is its message.
template <class Error, class Call, class Text>
Result guarded(Call&& call, Text&& text_of) {
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<Call>>) {
      std::forward<Call>(call)();
      return {};
    } else {
      return std::forward<Call>(call)();
    }
  } catch (const Error& e) {
    return {.raised = Raised::kError, .text = text_of(e)};
  } catch (const std::exception& e) {
    return {.raised = Raised::kForeign, .text = e.what()};
  } catch (...) {
    return {.raised = Raised::kForeign, .text = "an exception that is no std::exception"};
  }
}

template <class Error, class Call>
Result guarded(Call&& call) {
  return guarded<Error>(std::forward<Call>(call), [](const Error& e) { return e.what(); });
}

}  // namespace slotproof::world
