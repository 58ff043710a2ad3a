// Which plain accesses conflict: to the byte, in every way in which compilers express them.
#include <cstdint>
#include <cstring>
#include <new>

#include "machine_test/machine_test.h"

namespace slotproof::machine_test {
namespace {

// clang-format off: each thread is one line, as in the literature.

alignas(8) unsigned char g_bytes[24];

const Test kBytes[] = {
    // Two locations, be they in one word or not ([intro.memory]/3).
    {"PlainMemory", "NeighbouringBytes",
     {.threads = {[] { g_bytes[0] = 1; }, [] { g_bytes[1] = 2; }},
      .finally = [] { r1 = g_bytes[0]; r2 = g_bytes[1]; }},
     {"1 2"}},
    {"PlainMemory", "TheSameByte",
     {.threads = {[] { g_bytes[1] = 1; }, [] { r1 = g_bytes[1]; }}}, {"data race"}},
};

// Four bytes from 6 to 9, unaligned, across a border of eight, against one byte.
struct [[gnu::packed]] Unaligned {
  std::uint32_t value;
};

Unaligned& straddling() { return *reinterpret_cast<Unaligned*>(&g_bytes[6]); }

template <int kByte>
Program straddling_write() {
  return {.setup = [] { g_bytes[kByte] = 5; },
          .threads = {[] { straddling().value = 0; }, [] { r1 = g_bytes[kByte]; }}};
}

template <int kByte>
Program straddling_read() {
  return {.setup = [] { std::memset(g_bytes, 0, sizeof g_bytes); },
          .threads = {
              [] { r1 = static_cast<int>(straddling().value); }, [] { g_bytes[kByte] = 0; }}};
}

const Test kStraddling[] = {
    {"PlainMemory", "NoneBeforeAStraddlingWrite", straddling_write<5>(), {"5"}},
    {"PlainMemory", "FirstByteOfAStraddlingWrite", straddling_write<6>(), {"data race"}},
    {"PlainMemory", "LastByteBeforeTheBorder", straddling_write<7>(), {"data race"}},
    {"PlainMemory", "FirstByteBehindTheBorder", straddling_write<8>(), {"data race"}},
    {"PlainMemory", "LastByteOfAStraddlingWrite", straddling_write<9>(), {"data race"}},
    {"PlainMemory", "NoneBehindAStraddlingWrite", straddling_write<10>(), {"5"}},
    {"PlainMemory", "NoneBeforeAStraddlingRead", straddling_read<5>(), {"0"}},
    {"PlainMemory", "StraddlingReadBeforeTheBorder", straddling_read<7>(), {"data race"}},
    {"PlainMemory", "StraddlingReadBehindTheBorder", straddling_read<8>(), {"data race"}},
    {"PlainMemory", "NoneBehindAStraddlingRead", straddling_read<10>(), {"0"}},
};

// Neighbouring bit-fields are one location; one of length zero separates them.
struct BitFields {
  unsigned a : 4;
  unsigned b : 4;
  unsigned : 0;
  unsigned c : 4;
};

BitFields g_bits;

const Test kBitFields[] = {
    {"PlainMemory", "NeighbouringBitFields",
     {.threads = {[] { g_bits.a = 1; }, [] { g_bits.b = 2; }}}, {"data race"}},
    {"PlainMemory", "SeparatedBitFields",
     {.threads = {[] { g_bits.a = 1; }, [] { g_bits.c = 2; }},
      .finally = [] { r1 = g_bits.a; r2 = g_bits.c; }},
     {"1 2"}},
};

// GCC's pass leaves calls of memcpy and the like to the C library, where the machine does not see
// them; that of Clang did so up to version 15, and there assignments are such calls too.
#if defined(__clang__) && __clang_major__ >= 16
#define PASS_SHOWS_LIBRARY_CALLS 1
#define PASS_SHOWS_ASSIGNMENTS 1
#elif !defined(__clang__)
#define PASS_SHOWS_LIBRARY_CALLS 0
#define PASS_SHOWS_ASSIGNMENTS 1
#else
#define PASS_SHOWS_LIBRARY_CALLS 0
#define PASS_SHOWS_ASSIGNMENTS 0
#endif

// Whole objects, of 20 bytes.
#if PASS_SHOWS_ASSIGNMENTS
struct Block {
  unsigned char bytes[20];
};

Block g_from, g_to;

template <int kByte>
Program copied_and_read() {
  return {.setup = [] { g_from = {}; g_to = {}; },
          .threads = {
              [] { g_to = g_from; }, [] { r1 = reinterpret_cast<unsigned char*>(&g_to)[kByte]; }}};
}

const Test kAssignment[] = {
    {"PlainMemory", "FirstByteOfAnAssignment", copied_and_read<0>(), {"data race"}},
    {"PlainMemory", "LastByteOfAnAssignment", copied_and_read<19>(), {"data race"}},
    {"PlainMemory", "SourceOfAnAssignmentWritten",
     {.threads = {[] { g_to = g_from; }, [] { g_from.bytes[19] = 1; }}}, {"data race"}},
    {"PlainMemory", "SourceOfAnAssignmentRead",
     {.setup = [] { g_from.bytes[19] = 1; },
      .threads = {[] { g_to = g_from; }, [] { r1 = g_from.bytes[19]; }}},
     {"1"}},
};
#endif

// Sizes that the compiler does not know.
#if PASS_SHOWS_LIBRARY_CALLS
volatile std::size_t g_eleven = 11;

template <int kByte>
Program set_and_read() {
  return {.setup = [] { g_bytes[kByte] = 5; },
          .threads = {[] { std::memset(g_bytes + 2, 0, g_eleven); }, [] { r1 = g_bytes[kByte]; }}};
}

template <int kByte>
Program moved_and_read() {
  return {.setup = [] { g_to = {}; g_bytes[kByte] = 5; },
          .threads = {
              [] { std::memmove(g_bytes + 2, &g_to, g_eleven); }, [] { r1 = g_bytes[kByte]; }}};
}

const Test kLibrary[] = {
    // Bytes 2 to 12 are written, and no others.
    {"PlainMemory", "NoneBeforeAMemset", set_and_read<1>(), {"5"}},
    {"PlainMemory", "FirstByteOfAMemset", set_and_read<2>(), {"data race"}},
    {"PlainMemory", "LastByteOfAMemset", set_and_read<12>(), {"data race"}},
    {"PlainMemory", "NoneBehindAMemset", set_and_read<13>(), {"5"}},
    {"PlainMemory", "FirstByteOfAMemmove", moved_and_read<2>(), {"data race"}},
    {"PlainMemory", "NoneBehindAMemmove", moved_and_read<13>(), {"5"}},
    // The source is read: it races with a write and not with a read.
    {"PlainMemory", "SourceOfAMemcpyWritten",
     {.threads = {[] { std::memcpy(&g_to, &g_from, g_eleven); }, [] { g_from.bytes[10] = 1; }}},
     {"data race"}},
    {"PlainMemory", "SourceOfAMemcpyRead",
     {.setup = [] { g_from.bytes[10] = 1; },
      .threads = {[] { std::memcpy(&g_to, &g_from, g_eleven); }, [] { r1 = g_from.bytes[10]; }}},
     {"1"}},
    {"PlainMemory", "BehindTheSourceOfAMemcpyWritten",
     {.threads = {[] { std::memcpy(&g_to, &g_from, g_eleven); }, [] { g_from.bytes[11] = 1; }},
      .finally = [] { r1 = g_from.bytes[11]; }},
     {"1"}},
    {"PlainMemory", "AMemcpyThatIsHandedOver",
     {.setup = [] { g_from.bytes[10] = 1; },
      .threads = {[] { std::memcpy(&g_to, &g_from, g_eleven); x.store(1, release); },
                  [] { r1 = x.load(acquire); if (r1 == 1) r2 = g_to.bytes[10]; }}},
     {"0 -", "1 1"}},
};
#endif

// Accesses to one int, plain in one thread and atomic in the other.
const Test kMixed[] = {
    {"PlainMemory", "PlainWriteAtomicLoad",
     {.threads = {[] { data = 1; }, [] { r1 = std::atomic_ref(data).load(seq_cst); }}},
     {"data race"}},
    {"PlainMemory", "PlainReadAtomicStore",
     {.threads = {[] { r1 = data; }, [] { std::atomic_ref(data).store(1, seq_cst); }}},
     {"data race"}},
    {"PlainMemory", "PlainReadReadModifyWrite",
     {.threads = {[] { r1 = data; }, [] { std::atomic_ref(data).fetch_add(1, seq_cst); }}},
     {"data race"}},
    // Reads do not conflict, and a compare-exchange that fails is a read.
    {"PlainMemory", "PlainReadAtomicLoad",
     {.threads = {[] { r1 = data; }, [] { r2 = std::atomic_ref(data).load(relaxed); }}}, {"0 0"}},
    {"PlainMemory", "PlainReadFailingCompareExchange",
     {.threads = {
         [] { r1 = data; },
         [] { r2 = 5; std::atomic_ref(data).compare_exchange_strong(r2, 6, relaxed); }}},
     {"0 0"}},
    {"PlainMemory", "PlainReadSucceedingCompareExchange",
     {.threads = {
         [] { r1 = data; },
         [] { r2 = 0; std::atomic_ref(data).compare_exchange_strong(r2, 6, relaxed); }}},
     {"data race"}},
    // Atomic accesses never race with each other.
    {"PlainMemory", "AtomicStoreAtomicLoad",
     {.threads = {
         [] { std::atomic_ref(data).store(1, relaxed); },
         [] { r1 = std::atomic_ref(data).load(relaxed); }}},
     {"0", "1"}},
    // A plain read that is ordered sees the last store in modification order, here either.
    {"PlainMemory", "PlainReadOfWhatAtomicsLeft",
     {.threads = {
         [] { std::atomic_ref(data).store(1, relaxed); },
         [] { std::atomic_ref(data).store(2, relaxed); }},
      .finally = [] { r1 = data; }},
     {"1", "2"}},
};

// The initialisation of an atomic is not atomic ([atomics.types.operations]/3).
alignas(std::atomic<int>) unsigned char g_storage[sizeof(std::atomic<int>)];
std::atomic<std::atomic<int>*> g_published;

template <std::memory_order kStore, std::memory_order kLoad>
Program publication() {
  return {.setup = [] { g_published.store(nullptr, relaxed); },
          .threads = {
              [] { g_published.store(new (g_storage) std::atomic<int>(42), kStore); },
              [] { if (std::atomic<int>* p = g_published.load(kLoad)) r1 = p->load(relaxed); }}};
}

const Test kInitialisation[] = {
    {"PlainMemory", "PublicationOfAnAtomic", publication<release, acquire>(), {"-", "42"}},
    // It races exactly where the pointer is seen.
    {"PlainMemory", "RelaxedPublicationOfAnAtomic", publication<relaxed, relaxed>(),
     {"", "data race"}},
    {"PlainMemory", "InitialisationAgainstALoad",
     {.threads = {[] { new (g_storage) std::atomic<int>(42); },
                  [] { r1 = reinterpret_cast<std::atomic<int>*>(g_storage)->load(relaxed); }}},
     {"data race"}},
    // What was stored before it is gone, for every thread that it is ordered before. The last load
    // may not see 1.
    {"PlainMemory", "InitialisationBeginsALocationAnew",
     {.threads = {
         [] { x.store(1, relaxed); new (&x) std::atomic<int>(7);
              y.store(1, release); x.store(8, relaxed); },
         [] { r1 = y.load(acquire); if (r1 == 1) r2 = x.load(relaxed); }}},
     {"0 -", "1 7", "1 8"}},
};

// Virtual functions: a constructor or destructor that changes the vtable pointer writes it, a call
// reads it.
struct Base {
  virtual ~Base();
  virtual int name() { return 1; }
};

struct Derived : Base {
  int name() override { return 2; }
};

alignas(Derived) unsigned char g_object[sizeof(Derived)];

// A pointer of which the compiler does not know where it points, and that nobody races on.
Base* hidden() { return reinterpret_cast<Base*>(g_object); }

[[gnu::noinline]] int call(Base* object) { return object->name(); }
[[gnu::noinline]] void destroy(Base* object) { object->~Base(); }

int g_last_name;

// In memory that does not hold that vtable pointer already, from the run before.
template <class T>
void make() {
  for (volatile unsigned char& byte : g_object) byte = 0;
  new (g_object) T;
}

// What is dead is still a Base here; so its vtable pointer must be stored before this call.
Base::~Base() { g_last_name = call(this); }

const Test kVirtual[] = {
    {"PlainMemory", "CallAgainstDestruction",
     {.setup = make<Derived>,
      .threads = {[] { destroy(hidden()); }, [] { r1 = call(hidden()); }}},
     {"data race"}},
    {"PlainMemory", "VtablePointerReadAgainstConstruction",
     {.setup = [] { std::memset(g_object, 0, sizeof g_object); },
      .threads = {
          [] { new (g_object) Derived; },
          [] { r1 = *reinterpret_cast<void* volatile*>(g_object) != nullptr; }}},
     {"data race"}},
    // The destructor of what is no more than a Base stores the vtable pointer that is there.
    {"PlainMemory", "CallAgainstAnUnchangedVtablePointer",
     {.setup = make<Base>,
      .threads = {[] { destroy(hidden()); }, [] { r1 = call(hidden()); }}},
     {"1"}},
    {"PlainMemory", "CallsDoNotConflict",
     {.setup = make<Derived>,
      .threads = {[] { r1 = call(hidden()); }, [] { r2 = call(hidden()); }}},
     {"2 2"}},
    {"PlainMemory", "DestructionThatIsOrdered",
     {.setup = make<Derived>,
      .threads = {[] { r1 = call(hidden()); x.store(1, release); },
                  [] { r2 = x.load(acquire); if (r2 == 1) destroy(hidden()); }}},
     {"2 0", "2 1"}},
};

// clang-format on

}  // namespace
}  // namespace slotproof::machine_test
