// A slot as somebody might have written it, of whom slotproof knows nothing: what a script engine
// knows a C++ object by is an integer, and the first engine that asks owns the slot.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

namespace handles {

struct Engine {
  std::string (*name)(const Engine& engine);
};

class WrongEngine : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

class HandleSlot {
 public:
  // Makes `engine` the owner unless there is one, and stores its handle. Throws if another engine
  // owns the slot.
  void claim(const Engine& engine, std::uint64_t handle) {
    const Engine* owner = nullptr;
    if (!owner_.compare_exchange_strong(owner, &engine, std::memory_order_acq_rel) &&
        owner != &engine) {
      throw WrongEngine("owned by " + owner->name(*owner));
    }
    handle_ = handle;
  }

  // The handle, 0 if it was forgotten; nothing if the slot has no owner. Throws if another engine
  // owns it.
  std::optional<std::uint64_t> find(const Engine& engine) const {
    const Engine* const owner = owner_.load(std::memory_order_acquire);
    if (owner == nullptr) return std::nullopt;
    if (owner != &engine) throw WrongEngine("owned by " + owner->name(*owner));
    return handle_;
  }

  // Forgets the handle. The owner stays.
  void forget() { handle_ = 0; }

 private:
  std::atomic<const Engine*> owner_{nullptr};
  std::uint64_t handle_ = 0;
};

}  // namespace handles
