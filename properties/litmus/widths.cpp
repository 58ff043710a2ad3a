// Atomics of 1, 2, 4, 8 and 16 bytes, and what is next to them. Written with the builtins that are
// beneath std::atomic, which has no fetch_nand and is no class of 16 bytes everywhere.
#include <cstdint>

#include "machine_test/machine_test.h"

namespace slotproof::machine_test {
namespace {

// clang-format off: each thread is one line, as in the literature.

__extension__ using uint128 = unsigned __int128;

template <class T>
T g_cell;

template <class T>
T load(T& location) {
  return __atomic_load_n(&location, __ATOMIC_RELAXED);
}

template <class T>
void store(T& location, T value) {
  __atomic_store_n(&location, value, __ATOMIC_RELAXED);
}

// Gives whether it stored; puts what it saw into `expected` if not.
template <class T>
bool strong(T& location, T& expected, T desired) {
  return __atomic_compare_exchange_n(&location, &expected, desired, false, __ATOMIC_RELAXED,
                                     __ATOMIC_RELAXED);
}

// Bit patterns that fill all of T: 1100..., 1010....
template <class T>
constexpr T kOnes = static_cast<T>(~T{0});
template <class T>
constexpr T kA = static_cast<T>(kOnes<T> / 15 * 12);
template <class T>
constexpr T kB = static_cast<T>(kOnes<T> / 15 * 10);

// Whether `rmw`, of an A by a B, returns the A and leaves `after`.
template <class T, class Rmw>
bool right(Rmw rmw, T after) {
  store(g_cell<T>, kA<T>);
  const T before = rmw(&g_cell<T>, kB<T>);
  return before == kA<T> && load(g_cell<T>) == after && g_cell<T> == after;
}

template <class T>
Program values() {
  return {.threads = {[] {
    constexpr T a = kA<T>, b = kB<T>;
    r1 = right<T>([](T* p, T v) { return __atomic_exchange_n(p, v, __ATOMIC_RELAXED); },
                  b);
    r2 = right<T>([](T* p, T v) { return __atomic_fetch_add(p, v, __ATOMIC_RELAXED); },
                  static_cast<T>(a + b));
    r3 = right<T>([](T* p, T v) { return __atomic_fetch_sub(p, v, __ATOMIC_RELAXED); },
                  static_cast<T>(a - b));
    r4 = right<T>([](T* p, T v) { return __atomic_fetch_and(p, v, __ATOMIC_RELAXED); },
                  static_cast<T>(a & b));
    r5 = right<T>([](T* p, T v) { return __atomic_fetch_or(p, v, __ATOMIC_RELAXED); },
                  static_cast<T>(a | b));
    r6 = right<T>([](T* p, T v) { return __atomic_fetch_xor(p, v, __ATOMIC_RELAXED); },
                  static_cast<T>(a ^ b));
    r7 = right<T>([](T* p, T v) { return __atomic_fetch_nand(p, v, __ATOMIC_RELAXED); },
                  static_cast<T>(~(a & b)));
    store<T>(g_cell<T>, 0);
    __atomic_fetch_sub(&g_cell<T>, T{1}, __ATOMIC_RELAXED);
    r8 = __atomic_fetch_add(&g_cell<T>, T{1}, __ATOMIC_RELAXED) == kOnes<T> &&
         load(g_cell<T>) == 0;
  }}};
}

const Test kValues[] = {
    // exchange, add, sub, and, or, xor, nand, and then a sub and an add across 0: each as plain
    // arithmetic has it.
    {"Widths", "ValuesOf1Byte", values<std::uint8_t>(), {"1 1 1 1 1 1 1 1"}},
    {"Widths", "ValuesOf2Bytes", values<std::uint16_t>(), {"1 1 1 1 1 1 1 1"}},
    {"Widths", "ValuesOf4Bytes", values<std::uint32_t>(), {"1 1 1 1 1 1 1 1"}},
    {"Widths", "ValuesOf8Bytes", values<std::uint64_t>(), {"1 1 1 1 1 1 1 1"}},
    {"Widths", "ValuesOf16Bytes", values<uint128>(), {"1 1 1 1 1 1 1 1"}},
};

// A, B, or -1 for what was never stored.
template <class T>
int name_of(T value) {
  return value == 0 ? 0 : value == kA<T> ? 1 : value == kB<T> ? 2 : -1;
}

// Two stores that differ in every byte, a reader, and a last value.
template <class T>
Program whole() {
  return {.setup = [] { g_cell<T> = 0; },
          .threads = {[] { store(g_cell<T>, kA<T>); },
                      [] { store(g_cell<T>, kB<T>); },
                      [] { r1 = name_of<T>(load(g_cell<T>)); }},
          .finally = [] { r2 = name_of<T>(load(g_cell<T>)); r3 = name_of<T>(g_cell<T>); }};
}

const Test kWhole[] = {
    // Not "-1": no load sees a part of a store. The last store in modification order is what plain
    // reads see too.
    {"Widths", "NoTearingOf1Byte", whole<std::uint8_t>(),
     {"0 1 1", "0 2 2", "1 1 1", "1 2 2", "2 1 1", "2 2 2"}},
    {"Widths", "NoTearingOf2Bytes", whole<std::uint16_t>(),
     {"0 1 1", "0 2 2", "1 1 1", "1 2 2", "2 1 1", "2 2 2"}},
    {"Widths", "NoTearingOf4Bytes", whole<std::uint32_t>(),
     {"0 1 1", "0 2 2", "1 1 1", "1 2 2", "2 1 1", "2 2 2"}},
    {"Widths", "NoTearingOf8Bytes", whole<std::uint64_t>(),
     {"0 1 1", "0 2 2", "1 1 1", "1 2 2", "2 1 1", "2 2 2"}},
    {"Widths", "NoTearingOf16Bytes", whole<uint128>(),
     {"0 1 1", "0 2 2", "1 1 1", "1 2 2", "2 1 1", "2 2 2"}},
};

// Two compare-exchanges from 0, and what the loser saw.
template <class T>
Program claims() {
  return {.setup = [] { g_cell<T> = 0; },
          .threads = {[] { T seen = 0; r1 = strong(g_cell<T>, seen, kA<T>);
                           r2 = name_of<T>(seen); },
                      [] { T seen = 0; r3 = strong(g_cell<T>, seen, kB<T>);
                           r4 = name_of<T>(seen); }}};
}

const Test kClaims[] = {
    // Exactly one wins; the loser sees all bytes of what the winner stored.
    {"Widths", "ClaimsOf1Byte", claims<std::uint8_t>(), {"0 2 1 0", "1 0 0 1"}},
    {"Widths", "ClaimsOf2Bytes", claims<std::uint16_t>(), {"0 2 1 0", "1 0 0 1"}},
    {"Widths", "ClaimsOf4Bytes", claims<std::uint32_t>(), {"0 2 1 0", "1 0 0 1"}},
    {"Widths", "ClaimsOf8Bytes", claims<std::uint64_t>(), {"0 2 1 0", "1 0 0 1"}},
    {"Widths", "ClaimsOf16Bytes", claims<uint128>(), {"0 2 1 0", "1 0 0 1"}},
};

// Eight bytes that are eight locations.
alignas(8) std::uint8_t g_bytes[8];

// Both halves of 16 bytes, for plain accesses.
union Both {
  uint128 whole;
  std::uint64_t halves[2];  // the low one first
};

Both g_both;

const Test kNeighbours[] = {
    // All four, as for SB anywhere: neighbours are locations of their own, with histories of their
    // own.
    {"Widths", "NeighboursAreLocationsOfTheirOwn",
     {.setup = [] { g_bytes[3] = g_bytes[4] = 0; },
      .threads = {[] { store<std::uint8_t>(g_bytes[3], 1);
                       r1 = load(g_bytes[4]); },
                  [] { store<std::uint8_t>(g_bytes[4], 1);
                       r2 = load(g_bytes[3]); }}},
     {"0 0", "0 1", "1 0", "1 1"}},
    // A carry does not leave its byte, and other bytes of the granule may be accessed plainly at
    // the same time.
    {"Widths", "NeighboursAreUntouched",
     {.setup = [] { g_bytes[2] = g_bytes[3] = g_bytes[4] = 0; },
      .threads = {[] { __atomic_fetch_sub(&g_bytes[3], 1, __ATOMIC_RELAXED); },
                  [] { __atomic_fetch_add(&g_bytes[3], 1, __ATOMIC_RELAXED); },
                  [] { g_bytes[2] = 7; g_bytes[4] = 8; }},
      .finally = [] { r1 = g_bytes[2]; r2 = g_bytes[3]; r3 = g_bytes[4]; }},
     {"7 0 8"}},
    // A plain write to either half of 16 bytes races with an atomic access of the whole.
    {"Widths", "PlainWriteToTheLowHalf",
     {.threads = {[] { g_both.halves[0] = 1; }, [] { load(g_both.whole); }}},
     {"data race"}},
    {"Widths", "PlainWriteToTheHighHalf",
     {.threads = {[] { g_both.halves[1] = 1; }, [] { load(g_both.whole); }}},
     {"data race"}},
    // ... and one that is ordered is seen, whichever half it is, though the location was stored to
    // atomically before.
    {"Widths", "PlainWriteToAHalfBeginsTheLocationAnew",
     {.setup = [] { store<uint128>(g_both.whole, 0); },
      .threads = {[] { store<uint128>(g_both.whole, kA<uint128>);
                       g_both.halves[0] = 1; g_both.halves[1] = 2;
                       const uint128 seen = load(g_both.whole);
                       r1 = static_cast<int>(seen); r2 = static_cast<int>(seen >> 64);
                       g_both.halves[1] = 3;
                       r3 = static_cast<int>(load(g_both.whole) >> 64); }}},
     {"1 2 3"}},
};

// clang-format on

}  // namespace
}  // namespace slotproof::machine_test
