#include "litmus/functions.h"

#include <algorithm>

namespace slotproof::litmus {
namespace {

using enum Parameter;
using machine::RmwKind;

constexpr Parameter kLoadParameters[] = {kAtomic, kOrder};
constexpr Parameter kStoreParameters[] = {kAtomic, kValue, kOrder};
constexpr Parameter kExchangeParameters[] = {kAtomic, kExpected, kValue, kOrder, kFailure};
constexpr Parameter kInitParameters[] = {kAtomic, kValue};
constexpr Parameter kFenceParameters[] = {kOrder};
constexpr Parameter kSpinLockParameters[] = {kSpinLock};
constexpr Parameter kRwLockParameters[] = {kRwLock};
constexpr Parameter kThreadParameters[] = {kThread};
constexpr Parameter kFreeParameters[] = {kMemory};

// Without the orders.
constexpr std::span<const Parameter> kLoadShort(kLoadParameters, 1);
constexpr std::span<const Parameter> kStoreShort(kStoreParameters, 2);
constexpr std::span<const Parameter> kExchangeShort(kExchangeParameters, 3);

constexpr Function kFunctions[] = {
    {"atomic_load_explicit", Action::kLoad, kLoadParameters, true},
    {"atomic_load", Action::kLoad, kLoadShort, true},
    {"atomic_store_explicit", Action::kStore, kStoreParameters},
    {"atomic_store", Action::kStore, kStoreShort},
    {"atomic_exchange_explicit", Action::kRmw, kStoreParameters, true, RmwKind::kExchange},
    {"atomic_exchange", Action::kRmw, kStoreShort, true, RmwKind::kExchange},
    {"atomic_fetch_add_explicit", Action::kRmw, kStoreParameters, true, RmwKind::kAdd},
    {"atomic_fetch_add", Action::kRmw, kStoreShort, true, RmwKind::kAdd},
    {"atomic_fetch_sub_explicit", Action::kRmw, kStoreParameters, true, RmwKind::kSub},
    {"atomic_fetch_sub", Action::kRmw, kStoreShort, true, RmwKind::kSub},
    {"atomic_fetch_and_explicit", Action::kRmw, kStoreParameters, true, RmwKind::kAnd},
    {"atomic_fetch_and", Action::kRmw, kStoreShort, true, RmwKind::kAnd},
    {"atomic_fetch_or_explicit", Action::kRmw, kStoreParameters, true, RmwKind::kOr},
    {"atomic_fetch_or", Action::kRmw, kStoreShort, true, RmwKind::kOr},
    {"atomic_fetch_xor_explicit", Action::kRmw, kStoreParameters, true, RmwKind::kXor},
    {"atomic_fetch_xor", Action::kRmw, kStoreShort, true, RmwKind::kXor},
    {"atomic_compare_exchange_strong_explicit", Action::kCompareExchange, kExchangeParameters,
     true},
    {"atomic_compare_exchange_strong", Action::kCompareExchange, kExchangeShort, true},
    {.name = "atomic_compare_exchange_weak_explicit",
     .action = Action::kCompareExchange,
     .parameters = kExchangeParameters,
     .returns = true,
     .weak = true},
    {.name = "atomic_compare_exchange_weak",
     .action = Action::kCompareExchange,
     .parameters = kExchangeShort,
     .returns = true,
     .weak = true},
    {"atomic_init", Action::kWrite, kInitParameters},
    {"atomic_thread_fence", Action::kFence, kFenceParameters},
    {"spin_lock", Action::kLock, kSpinLockParameters},
    {"spin_unlock", Action::kUnlock, kSpinLockParameters},
    {"write_lock", Action::kLock, kRwLockParameters},
    {"write_unlock", Action::kUnlock, kRwLockParameters},
    {"read_lock", Action::kLockShared, kRwLockParameters},
    {"read_unlock", Action::kUnlockShared, kRwLockParameters},
    {"thrd_create", Action::kCreate, kThreadParameters},
    {"thrd_join", Action::kJoin, kThreadParameters},
    {"free", Action::kFree, kFreeParameters},
};

}  // namespace

std::span<const Function> functions() { return kFunctions; }

const Function* function_named(std::string_view name) {
  const auto* const found = std::ranges::find(kFunctions, name, &Function::name);
  return found == std::end(kFunctions) ? nullptr : found;
}

}  // namespace slotproof::litmus
