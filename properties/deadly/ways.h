// Ways for a slot to end its process, or never to come back.
#pragma once

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <sys/syscall.h>
#include <unistd.h>

namespace ways {

inline void write_to_nowhere() {
  volatile int* volatile nowhere = nullptr;
  *nowhere = 1;
}

// Accesses nothing but its own stack, of which the machine need not hear.
inline void go_round() {
  volatile int turns = 0;
  for (;;) turns = turns + 1;
}

inline void wait_forever() {
  for (;;) pause();
}

[[gnu::noinline]] inline int recurse(int depth) {
  volatile char room[512] = {};
  room[0] = static_cast<char>(depth);
  return recurse(depth + 1) + room[0];
}

inline void free_twice() {
  void* volatile memory = std::malloc(8);
  std::free(memory);
  std::free(memory);
}

}  // namespace ways
