// Sees memory come from the heap and go back to it, so that its next owner does not seem to race
// with its last one, nor finds what that left behind.
#pragma once

namespace slotproof::machine {

// From the first call on, what simulated threads free counts as written by them and is then
// forgotten. Further calls do nothing. Two files implement it, and the build takes one:
// heap_hooks_asan.cpp asks AddressSanitizer's allocator, which fills new memory by itself;
// heap_hooks_libc.cpp stands before glibc's `malloc` and `free`.
void install_heap_hooks();

}  // namespace slotproof::machine
