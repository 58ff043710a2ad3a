// A stack of its own to run simulated threads on.
//
// Fibers live across runs: making one anew costs more than a whole run under AddressSanitizer. A
// fiber in the middle of something can also be given up without unwinding, because destructors on
// it may be the very code that hangs.
#pragma once

#include <cstddef>
#include <cstdint>

namespace slotproof::machine {

class Fiber {
 public:
  using Entry = void (*)(void* argument);

  // The calling OS thread's own stack, as something to switch away from and back to.
  Fiber();
  // A new stack; the first switch to it calls entry(argument), which must never return.
  Fiber(Entry entry, void* argument);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Goes on in `to`; returns when something switches back. Tells AddressSanitizer of the change of
  // stacks and exchanges the C++ runtime's record of exceptions in flight.
  void switch_to(Fiber& to);

  // Whether `address` is on this fiber's stack.
  bool on_stack(std::uint64_t address) const {
    return address - reinterpret_cast<std::uint64_t>(stack_bottom_) < stack_size_;
  }

  // Starts over from the entry at the next switch. What is on the stack is abandoned, not unwound.
  void restart();

 private:
  struct Exceptions {  // the layout of the Itanium C++ ABI's __cxa_eh_globals
    void* caught = nullptr;
    unsigned int uncaught = 0;
  };

  void arrived();

  void* context_ = nullptr;     // where to go on
  Fiber* came_from_ = nullptr;  // who switched here last
  Exceptions exceptions_;
  void* fake_stack_ = nullptr;  // AddressSanitizer's
  const void* stack_bottom_ = nullptr;
  std::size_t stack_size_ = 0;
  Entry entry_ = nullptr;
  void* argument_ = nullptr;
};

}  // namespace slotproof::machine
