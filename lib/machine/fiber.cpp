#include "machine/fiber.h"

#include <cxxabi.h>
#include <new>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>

#include <boost/context/detail/fcontext.hpp>

#include "machine/address_sanitizer.h"

// AddressSanitizer's interface; absent from a program that is linked without it.
extern "C" {
[[gnu::weak]] void __sanitizer_start_switch_fiber(void** fake_stack_save, const void* bottom,
                                                  std::size_t size);
[[gnu::weak]] void __sanitizer_finish_switch_fiber(void* fake_stack_save, const void** bottom_old,
                                                   std::size_t* size_old);
}

#ifdef _LIBCPP_VERSION
// Its run-time library has it, as the ABI says; its header does not.
namespace __cxxabiv1 {
struct __cxa_eh_globals;
extern "C" __cxa_eh_globals* __cxa_get_globals() noexcept;
}  // namespace __cxxabiv1
#endif

namespace slotproof::machine {
namespace {

using boost::context::detail::jump_fcontext;
using boost::context::detail::make_fcontext;
using boost::context::detail::transfer_t;

// Room for std::ostream, the unwinder and a sanitizer's report. Untouched pages cost nothing.
constexpr std::size_t kStackSize = std::size_t{256} << 10;

}  // namespace

Fiber::Fiber() = default;

Fiber::Fiber(Entry entry, void* argument)
    : stack_size_(kStackSize), entry_(entry), argument_(argument) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* memory = mmap(nullptr, kStackSize + page, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "fiber stack");
  mprotect(memory, page, PROT_NONE);  // an overflow crashes instead of corrupting a neighbour
  stack_bottom_ = static_cast<std::byte*>(memory) + page;
  restart();
}

Fiber::~Fiber() {
  if (entry_ == nullptr) return;
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  auto* bottom = static_cast<std::byte*>(const_cast<void*>(stack_bottom_));
  munmap(bottom - page, stack_size_ + page);
}

void Fiber::restart() {
  unpoison(stack_bottom_, stack_size_);
  exceptions_ = {};
  fake_stack_ = nullptr;
  auto* top = static_cast<std::byte*>(const_cast<void*>(stack_bottom_)) + stack_size_;
  context_ = make_fcontext(top, stack_size_, [](transfer_t transfer) {
    auto* self = static_cast<Fiber*>(transfer.data);
    self->came_from_->context_ = transfer.fctx;
    self->arrived();
    self->entry_(self->argument_);
    __builtin_unreachable();
  });
}

// Runs on the new stack.
void Fiber::arrived() {
  if (__sanitizer_finish_switch_fiber != nullptr) {
    const void* bottom = nullptr;
    std::size_t size = 0;
    __sanitizer_finish_switch_fiber(fake_stack_, &bottom, &size);
    // The OS thread's own stack becomes known when it is first left.
    if (came_from_->stack_bottom_ == nullptr) {
      came_from_->stack_bottom_ = bottom;
      came_from_->stack_size_ = size;
    }
  }
  *reinterpret_cast<Exceptions*>(abi::__cxa_get_globals()) = exceptions_;
}

void Fiber::switch_to(Fiber& to) {
  exceptions_ = *reinterpret_cast<Exceptions*>(abi::__cxa_get_globals());
  to.came_from_ = this;
  if (__sanitizer_start_switch_fiber != nullptr) {
    __sanitizer_start_switch_fiber(&fake_stack_, to.stack_bottom_, to.stack_size_);
  }
  const transfer_t transfer = jump_fcontext(to.context_, &to);
  came_from_->context_ = transfer.fctx;
  arrived();
}

}  // namespace slotproof::machine
