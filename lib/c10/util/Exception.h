#pragma once

#include <charconv>
#include <concepts>
#include <exception>
#include <string>
#include <string_view>
#include <type_traits>

#include <c10/macros/Export.h>

// The error of this library and the three macros that raise it.
//
//   TORCH_CHECK(condition, parts...)                   the caller is at fault; always checked
//   TORCH_INTERNAL_ASSERT(condition, parts...)         a promise is broken; always checked
//   TORCH_INTERNAL_ASSERT_DEBUG_ONLY(condition, ...)   the same, and nothing at all under NDEBUG
//
// All three throw c10::Error and evaluate `parts` only when the condition is false. The text of a
// TORCH_CHECK is exactly its parts, one after the other; without parts it names the condition. The
// text of an assertion names condition, file and line, and then gives its parts.
//
// A part is text, a character, an integer, a bool ("true", "false") or a pointer. Messages are
// compared word for word, so they depend on neither the locale nor the standard library: numbers
// are plain decimals, and pointers read as libstdc++'s ostream prints a `const void*` in the "C"
// locale: "0x" and lower-case hexadecimal digits, and a lone "0" for the null pointer.

namespace c10 {

class C10_API Error : public std::exception {
 public:
  explicit Error(std::string message);

  // All three give the message and nothing else; there is no backtrace to leave out. The second
  // and third are the names under which the field's error offers the bare message.
  const char* what() const noexcept override;
  const char* what_without_backtrace() const noexcept;
  const std::string& msg() const noexcept;

 private:
  std::string message_;
};

namespace detail {

C10_API void append_pointer(std::string& text, const void* pointer);

[[noreturn]] [[gnu::cold]] C10_API void throw_failed_assertion(const char* condition,
                                                               const char* file, int line,
                                                               const std::string& message);

template <class Part>
void append_part(std::string& text, const Part& part) {
  if constexpr (std::convertible_to<const Part&, std::string_view>) {
    text.append(std::string_view(part));
  } else if constexpr (std::same_as<Part, char>) {
    text.push_back(part);
  } else if constexpr (std::same_as<Part, bool>) {
    text.append(part ? "true" : "false");
  } else if constexpr (std::integral<Part>) {
    char digits[24];  // a sign and the 20 digits of 2^64 - 1
    text.append(digits, std::to_chars(digits, digits + sizeof(digits), part).ptr);
  } else {
    static_assert(std::is_pointer_v<Part>, "a message is made of text, integers and pointers");
    append_pointer(text, part);
  }
}

// The parts of a message, joined without separators.
template <class... Parts>
std::string message_of(const Parts&... parts) {
  std::string text;
  (append_part(text, parts), ...);
  return text;
}

// The same, for a check with no parts of its own.
inline std::string check_message(std::string_view condition) {
  return message_of("Expected ", condition, " to be true, but got false.");
}
template <class... Parts>
std::string check_message(std::string_view /*condition*/, const Parts&... parts) {
  return message_of(parts...);
}

}  // namespace detail
}  // namespace c10

#define TORCH_CHECK(condition, ...)                                                            \
  do {                                                                                         \
    if (!(condition)) [[unlikely]] {                                                           \
      throw ::c10::Error(::c10::detail::check_message(#condition __VA_OPT__(, ) __VA_ARGS__)); \
    }                                                                                          \
  } while (false)

#define TORCH_INTERNAL_ASSERT(condition, ...)                                        \
  do {                                                                               \
    if (!(condition)) [[unlikely]] {                                                 \
      ::c10::detail::throw_failed_assertion(#condition, __FILE__, __LINE__,          \
                                            ::c10::detail::message_of(__VA_ARGS__)); \
    }                                                                                \
  } while (false)

// Under NDEBUG the condition is still compiled, so that it does not rot, but never evaluated.
#ifdef NDEBUG
#define TORCH_INTERNAL_ASSERT_DEBUG_ONLY(...) \
  do {                                        \
    if (false) {                              \
      TORCH_INTERNAL_ASSERT(__VA_ARGS__);     \
    }                                         \
  } while (false)
#else
#define TORCH_INTERNAL_ASSERT_DEBUG_ONLY(...) TORCH_INTERNAL_ASSERT(__VA_ARGS__)
#endif
