// Double-checked locking: made once by whoever comes first, found without the mutex by all later.
#include "machine_test/machine_test.h"

namespace slotproof::machine_test {
namespace {

struct Service {
  int value = 42;
};

alignas(Service) unsigned char g_storage[sizeof(Service)];
std::atomic<Service*> g_service;
int g_made;

template <std::memory_order kLoad, std::memory_order kStore, bool kSecondCheck>
Service* service() {
  Service* found = g_service.load(kLoad);
  if (found != nullptr) return found;
  m1.lock();
  found = kSecondCheck ? g_service.load(relaxed) : nullptr;
  if (found == nullptr) {
    found = new (g_storage) Service;
    ++g_made;
    g_service.store(found, kStore);
  }
  m1.unlock();
  return found;
}

template <std::memory_order kLoad, std::memory_order kStore, bool kSecondCheck = true>
Program callers() {
  return {.setup =
              [] {
                g_service.store(nullptr, relaxed);
                g_made = 0;
              },
          .threads = {[] { r1 = service<kLoad, kStore, kSecondCheck>()->value; },
                      [] { r2 = service<kLoad, kStore, kSecondCheck>()->value; }},
          .finally = [] { require(g_made == 1, "made twice"); }};
}

const Test kTests[] = {
    {"DoubleCheckedLocking", "AcquireAndRelease", callers<acquire, release>(), {"42 42"}},
    {"DoubleCheckedLocking",
     "RelaxedFirstCheck",
     callers<relaxed, release>(),
     {"42 42", "data race"}},
    {"DoubleCheckedLocking",
     "RelaxedPublication",
     callers<acquire, relaxed>(),
     {"42 42", "data race"}},
    // The second construction writes what the first caller reads, in whatever order.
    {"DoubleCheckedLocking",
     "WithoutTheSecondCheck",
     callers<acquire, release, false>(),
     {"42 42", "data race"}},
};

}  // namespace
}  // namespace slotproof::machine_test
