// If the process dies in the middle of a run, the user is still told what it was.
//
// The machine turns crashes of the code under test into verdicts. What is left is a crash of the
// suite, or of a slot library where it runs outside of simulated threads.
#pragma once

#include <string>

namespace slotproof::cli {

// While it lives, a death of the process prints `text` to standard error. One at a time.
class LastWords {
 public:
  explicit LastWords(std::string text);
  ~LastWords();
  LastWords(const LastWords&) = delete;
  LastWords& operator=(const LastWords&) = delete;

 private:
  std::string text_;
};

}  // namespace slotproof::cli
