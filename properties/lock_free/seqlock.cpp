// A seqlock: readers see all of a write or read again. With the fences of H.-J. Boehm, "Can
// seqlocks get along with programming language memory models?" (2012).
#include "machine_test/machine_test.h"

namespace slotproof::machine_test {
namespace {

std::atomic<unsigned> g_version;

template <bool kFence>
void write(int value) {
  const unsigned before = g_version.load(relaxed);
  g_version.store(before + 1, relaxed);
  if (kFence) fence(release);
  x.store(value, relaxed);
  y.store(value, relaxed);
  g_version.store(before + 2, release);
}

template <bool kFence, bool kLooksAgain>
void read() {
  const unsigned before = g_version.load(acquire);
  assume(before % 2 == 0);
  r1 = x.load(relaxed);
  r2 = y.load(relaxed);
  if (kFence) fence(acquire);
  if (kLooksAgain) assume(g_version.load(relaxed) == before);
}

template <bool kWriterFence, bool kReaderFence, bool kLooksAgain = true>
Program seqlock() {
  return {.setup = [] { g_version.store(0, relaxed); },
          .threads = {[] { write<kWriterFence>(1); }, read<kReaderFence, kLooksAgain>}};
}

void write_plain() {
  g_version.store(1, relaxed);
  fence(release);
  data = 1;
  g_version.store(2, release);
}

void read_plain() {
  const unsigned before = g_version.load(acquire);
  assume(before % 2 == 0);
  r1 = data;
  fence(acquire);
  assume(g_version.load(relaxed) == before);
}

const Test kTests[] = {
    {"Seqlock", "ReadsAllOrNothing", seqlock<true, true>(), {"0 0", "1 1"}},
    {"Seqlock", "WriterWithoutFence", seqlock<false, true>(), {"0 0", "0 1", "1 0", "1 1"}},
    {"Seqlock", "ReaderWithoutFence", seqlock<true, false>(), {"0 0", "0 1", "1 0", "1 1"}},
    {"Seqlock",
     "ReaderThatDoesNotLookAgain",
     seqlock<true, true, false>(),
     {"0 0", "0 1", "1 0", "1 1"}},
    // To read what may be being written is a race, whatever becomes of the value.
    {"Seqlock",
     "PlainData",
     {.setup = [] { g_version.store(0, relaxed); }, .threads = {write_plain, read_plain}},
     {"1", "data race"}},
};

}  // namespace
}  // namespace slotproof::machine_test
