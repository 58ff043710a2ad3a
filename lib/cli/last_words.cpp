#include "cli/last_words.h"

#include <array>
#include <csignal>
#include <cstddef>
#include <unistd.h>
#include <utility>

extern "C" [[gnu::weak]] void __sanitizer_set_death_callback(void (*callback)());

namespace slotproof::cli {
namespace {

// Read by signal handlers: the text is complete before the pointer is set.
const std::string* volatile g_text = nullptr;

constexpr std::array kSignals = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
struct sigaction g_previous[kSignals.size()];

void speak() {
  const std::string* const text = g_text;
  g_text = nullptr;
  if (text == nullptr) return;
  const char* at = text->data();
  std::size_t left = text->size();
  while (left > 0) {
    const ssize_t written = write(STDERR_FILENO, at, left);
    if (written <= 0) return;
    at += written;
    left -= static_cast<std::size_t>(written);
  }
}

// Says it, and lets the signal do what it did before: the instruction is executed again.
void on_signal(int signal) {
  speak();
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    if (kSignals[i] == signal) sigaction(signal, &g_previous[i], nullptr);
  }
  if (signal == SIGABRT) raise(signal);
}

// AddressSanitizer reports crashes, and calls back when it has; it leaves abort() alone.
bool install() {
  std::size_t signals = kSignals.size();
  if (__sanitizer_set_death_callback != nullptr) {
    __sanitizer_set_death_callback(speak);
    signals = 1;
  }
  for (std::size_t i = 0; i < signals; ++i) {
    struct sigaction action = {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_ONSTACK | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    sigaction(kSignals[i], &action, &g_previous[i]);
  }
  return true;
}

}  // namespace

LastWords::LastWords(std::string text) : text_(std::move(text)) {
  static const bool installed = install();
  static_cast<void>(installed);
  g_text = &text_;
}

LastWords::~LastWords() { g_text = nullptr; }

}  // namespace slotproof::cli
