// Stands in for whatever the slot's files of a PyTorch checkout include from the rest of it.
//
// They pass these types through the vtable of an interpreter and never look inside, so names and
// kinds are all that is needed. What lib/c10 has as well (C10_API, PyObject, TORCH_CHECK) is taken
// from there. scripts/cmake/upstream.cmake writes headers of the names that are included, each of
// which includes this one.
#pragma once

#include <cstdint>
#include <optional>

#include <c10/util/Exception.h>

#define C10_FALLTHROUGH [[fallthrough]]
#define C10_DIAGNOSTIC_PUSH_AND_IGNORED_IF_DEFINED(warning)
#define C10_DIAGNOSTIC_POP()

namespace c10 {

template <class T>
using optional = std::optional<T>;
using std::make_optional;
using std::nullopt;

enum class DeviceType : std::int8_t {};
enum class DispatchKey : std::uint16_t {};
enum class Layout : std::int8_t {};
enum class MemoryFormat : std::int8_t {};
struct Device {};
struct DispatchKeySet {};
struct IntArrayRef {};
struct SymBool {};
struct SymInt {};
struct SymIntArrayRef {};
template <class T>
struct intrusive_ptr {};

}  // namespace c10

namespace at {

using c10::DeviceType;
using c10::MemoryFormat;

}  // namespace at
