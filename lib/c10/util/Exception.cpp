#include <c10/util/Exception.h>

#include <cstdint>
#include <utility>

namespace c10 {

Error::Error(std::string message) : message_(std::move(message)) {}

const char* Error::what() const noexcept { return message_.c_str(); }
const char* Error::what_without_backtrace() const noexcept { return message_.c_str(); }
const std::string& Error::msg() const noexcept { return message_; }

namespace detail {

void append_pointer(std::string& text, const void* pointer) {
  if (pointer == nullptr) {
    text.push_back('0');
    return;
  }
  char digits[2 * sizeof(pointer)];
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  text.append("0x");
  text.append(digits, std::to_chars(digits, digits + sizeof(digits), address, 16).ptr);
}

void throw_failed_assertion(const char* condition, const char* file, int line,
                            const std::string& message) {
  std::string text = message_of(condition, " INTERNAL ASSERT FAILED at ", file, ":", line, ".");
  if (!message.empty()) {
    text.append(" ").append(message);
  }
  throw Error(std::move(text));
}

}  // namespace detail
}  // namespace c10
