// Fork and join ([thread.thread.constr]/6, [thread.thread.member]/4), and how runs end that do not
// finish.
#include <cstdlib>

#include "machine_test/machine_test.h"

namespace slotproof::machine_test {
namespace {

// clang-format off: each thread is one line, as in the literature.

// What children do.
void write_data() { data = 1; }
void read_data() { r1 = data; }
void store_x() { x.store(1, relaxed); }
void load_x() { r1 = x.load(relaxed); }

const Test kForkAndJoin[] = {
    // No race: what precedes the fork happens before the thread, all of it before what follows the
    // join.
    {"Threads", "ForkAndJoinOrder",
     {.setup = [] { data = 5; },
      .threads = {[] { r1 = data; data = 6; }},
      .finally = [] { r2 = data; }},
     {"5 6"}},
    {"Threads", "NestedForkAndJoinOrder",
     {.threads = {[] { data = 5; const Thread t(read_data); t.join(); data = 6; r2 = data; }}},
     {"5 6"}},
    // Not "0": the child may not read what is older than what its parent stored before the fork.
    {"Threads", "ForkHandsOver",
     {.threads = {[] { x.store(1, relaxed); const Thread t(load_x); t.join(); }}}, {"1"}},
    {"Threads", "ForkDoesNotHandOverWhatComesBehind",
     {.threads = {[] { const Thread t(load_x); x.store(1, relaxed); t.join(); }}}, {"0", "1"}},
    // Not "0": as little may the parent, after the join.
    {"Threads", "JoinHandsOver",
     {.threads = {[] { const Thread t(store_x); t.join(); r1 = x.load(relaxed); }}}, {"1"}},
    {"Threads", "NothingIsHandedOverBeforeTheJoin",
     {.threads = {[] { const Thread t(store_x); r1 = x.load(relaxed); t.join(); }}}, {"0", "1"}},
    // A race in every schedule: the parent goes on beside its child until it joins it.
    {"Threads", "ParentRacesBehindTheFork",
     {.threads = {[] { const Thread t(read_data); data = 1; t.join(); }}}, {"data race"}},
    {"Threads", "ParentRacesBeforeTheJoin",
     {.threads = {[] { const Thread t(write_data); r1 = data; t.join(); }}}, {"data race"}},
    {"Threads", "SiblingsRace",
     {.threads = {[] { const Thread a(write_data), b(read_data); a.join(); b.join(); }}},
     {"data race"}},
    // ... unless one is joined before the other is forked.
    {"Threads", "SiblingsInTurnDoNot",
     {.threads = {[] { const Thread a(write_data); a.join();
                       const Thread b(read_data); b.join(); }}},
     {"1"}},
    // A fork hands on what its thread was handed.
    {"Threads", "ForkHandsOn",
     {.threads = {[] { data = 1; x.store(1, release); },
                  [] { r2 = x.load(acquire);
                       if (r2 == 1) { const Thread t(read_data); t.join(); } }}},
     {"- 0", "1 1"}},
    // Not "0 0": a fork is a link of strongly-happens-before, too (compare SeqCst.*).
    {"Threads", "ForkOrdersSeqCst",
     {.threads = {[] { x.store(1, seq_cst);
                       const Thread t([] { r1 = y.load(seq_cst); }); t.join(); },
                  [] { y.store(1, seq_cst); r2 = x.load(seq_cst); }}},
     {"0 1", "1 0", "1 1"}},
    // Not "0 0": a seq_cst fence before the fork is one for the child.
    {"Threads", "FenceBeforeTheFork",
     {.threads = {[] { y.store(1, relaxed); fence(seq_cst); const Thread t(load_x); t.join(); },
                  [] { x.store(1, relaxed); fence(seq_cst); r2 = y.load(relaxed); }}},
     {"0 1", "1 0", "1 1"}},
};

const Test kEndings[] = {
    // A loop that nobody ends: one execution, cut off.
    {"Threads", "SpinningForEver", {.threads = {[] { while (x.load(relaxed) == 0) {} }}},
     {"step limit"}},
    // A loop that somebody ends, yet a run in which it goes on reading the old value is no pass
    // either.
    {"Threads", "SpinningForAStore",
     {.threads = {[] { while (x.load(relaxed) == 0) {} r1 = 1; }, [] { x.store(1, relaxed); }},
      .steps = 20},
     {"1", "step limit"}},
    // A crash, in the executions in which it happens.
    {"Threads", "Abort",
     {.threads = {
         [] { r1 = x.load(relaxed); if (r1 == 1) std::abort(); }, [] { x.store(1, relaxed); }}},
     {"0", "crash"}},
    {"Threads", "NullPointer",
     {.threads = {
         [] { r1 = x.load(relaxed); if (r1 == 1) *static_cast<volatile int*>(nullptr) = 1; },
         [] { x.store(1, relaxed); }}},
     {"0", "crash"}},
};

// clang-format on

}  // namespace
}  // namespace slotproof::machine_test
