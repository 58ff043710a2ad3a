// The machine's mutex: mutual exclusion, what it orders ([thread.mutex.requirements]), and what it
// must not.
#include "machine_test/machine_test.h"

namespace slotproof::machine_test {
namespace {

// clang-format off: each thread is one line, as in the literature.

const Test kExclusive[] = {
    // Not a data race, not "1": the second owner's read happens after the first one's write.
    {"Mutex", "NoUpdateIsLost",
     {.threads = {[] { m1.lock(); data = data + 1; m1.unlock(); },
                  [] { m1.lock(); data = data + 1; m1.unlock(); }},
      .finally = [] { r1 = data; }},
     {"2"}},
    {"Mutex", "EitherIsFirst",
     {.threads = {[] { m1.lock(); data = 1; m1.unlock(); },
                  [] { m1.lock(); r1 = data; m1.unlock(); }}},
     {"0", "1"}},
    // Not "0 1", "1 0": relaxed stores in a critical section are seen all or none.
    {"Mutex", "CriticalSectionsAreWhole",
     {.threads = {[] { m1.lock(); x.store(1, relaxed); y.store(1, relaxed); m1.unlock(); },
                  [] { m1.lock(); r1 = x.load(relaxed); r2 = y.load(relaxed); m1.unlock(); }}},
     {"0 0", "1 1"}},
    // Without the mutex on one side they are not.
    {"Mutex", "OnlyForThoseWhoTakeIt",
     {.threads = {[] { m1.lock(); x.store(1, relaxed); y.store(1, relaxed); m1.unlock(); },
                  [] { r1 = x.load(relaxed); r2 = y.load(relaxed); }}},
     {"0 0", "0 1", "1 0", "1 1"}},
    {"Mutex", "PlainAccessWithoutIt",
     {.threads = {[] { m1.lock(); data = 1; m1.unlock(); }, [] { r1 = data; }}},
     {"data race"}},
    {"Mutex", "AnotherMutexDoesNotDo",
     {.threads = {[] { m1.lock(); data = 1; m1.unlock(); },
                  [] { m2.lock(); r1 = data; m2.unlock(); }}},
     {"data race"}},
    // What precedes the critical section is handed over with it: no race, and not "1 0".
    {"Mutex", "HandsOverWhatCameBefore",
     {.threads = {[] { data = 1; m1.lock(); x.store(1, relaxed); m1.unlock(); },
                  [] { m1.lock(); r1 = x.load(relaxed); m1.unlock(); if (r1 == 1) r2 = data; }}},
     {"0 -", "1 1"}},
    // What follows it is not.
    {"Mutex", "DoesNotHandOverWhatComesBehind",
     {.threads = {[] { m1.lock(); x.store(1, relaxed); m1.unlock(); data = 1; },
                  [] { m1.lock(); r1 = x.load(relaxed); m1.unlock(); if (r1 == 1) r2 = data; }}},
     {"0", "data race"}},
    // From owner to owner to owner: who sees both others' marks sees what the first one wrote.
    {"Mutex", "HandsOverWhatTheOwnerBeforeLeft",
     {.threads = {[] { data = 1; m1.lock(); x.store(1, relaxed); m1.unlock(); },
                  [] { m1.lock(); y.store(x.load(relaxed), relaxed); m1.unlock(); },
                  [] { m1.lock(); r1 = y.load(relaxed); m1.unlock(); if (r1 == 1) r2 = data; }}},
     {"0 -", "1 1"}},
    // Not "1 0 0": unlocking and locking is what strongly-happens-before needs (compare SeqCst.*).
    {"Mutex", "OrdersSeqCst",
     {.threads = {[] { x.store(1, seq_cst); m1.lock(); z.store(1, relaxed); m1.unlock(); },
                  [] { m1.lock(); r1 = z.load(relaxed); m1.unlock(); r2 = y.load(seq_cst); },
                  [] { y.store(1, seq_cst); r3 = x.load(seq_cst); }}},
     {"0 0 0", "0 0 1", "0 1 0", "0 1 1", "1 0 1", "1 1 0", "1 1 1"}},
};

const Test kShared[] = {
    // "1 1": both are inside at once. Not "0 0", as in SB.
    {"Mutex", "ReadersOverlap",
     {.threads = {
         [] { m1.lock_shared(); x.store(1, seq_cst); r1 = y.load(seq_cst); m1.unlock_shared(); },
         [] { m1.lock_shared(); y.store(1, seq_cst); r2 = x.load(seq_cst); m1.unlock_shared(); }}},
     {"0 1", "1 0", "1 1"}},
    // Not "1 1": owners are not; not "0 0", even if relaxed: the second sees what the first did.
    {"Mutex", "OwnersDoNot",
     {.threads = {[] { m1.lock(); x.store(1, relaxed); r1 = y.load(relaxed); m1.unlock(); },
                  [] { m1.lock(); y.store(1, relaxed); r2 = x.load(relaxed); m1.unlock(); }}},
     {"0 1", "1 0"}},
    {"Mutex", "ReaderAndOwnerDoNot",
     {.threads = {
         [] { m1.lock_shared(); x.store(1, relaxed); r1 = y.load(relaxed); m1.unlock_shared(); },
         [] { m1.lock(); y.store(1, relaxed); r2 = x.load(relaxed); m1.unlock(); }}},
     {"0 1", "1 0"}},
    // A race in every schedule: readers are not ordered with one another, even if they do not
    // overlap.
    {"Mutex", "ReadersAreNotOrdered",
     {.threads = {[] { m1.lock_shared(); data = 1; m1.unlock_shared(); },
                  [] { m1.lock_shared(); r1 = data; m1.unlock_shared(); }}},
     {"data race"}},
    // "0 0": as in SB.
    {"Mutex", "ReadersAreNotOrderedForAtomicsEither",
     {.threads = {
         [] { m1.lock_shared(); x.store(1, relaxed); m1.unlock_shared(); r1 = y.load(relaxed); },
         [] { m1.lock_shared(); y.store(1, relaxed); m1.unlock_shared(); r2 = x.load(relaxed); }}},
     {"0 0", "0 1", "1 0", "1 1"}},
    // No race: an owner is ordered with the readers before and behind it.
    {"Mutex", "ReaderAndOwnerAreOrdered",
     {.threads = {[] { m1.lock(); data = 1; m1.unlock(); },
                  [] { m1.lock_shared(); r1 = data; m1.unlock_shared(); },
                  [] { m1.lock_shared(); r2 = data; m1.unlock_shared(); }}},
     {"0 0", "0 1", "1 0", "1 1"}},
    // ... so one orders two readers on either side of it: no race if the owner's mark is between
    // them (r1 == 1).
    {"Mutex", "AnOwnerBetweenOrdersReaders",
     {.threads = {
         [] { m1.lock_shared(); data = 1; x.store(1, relaxed); m1.unlock_shared(); },
         [] { m1.lock(); y.store(x.load(relaxed), relaxed); m1.unlock(); },
         [] { m1.lock_shared(); r1 = y.load(relaxed);
              if (r1 == 1) r2 = data; m1.unlock_shared(); }}},
     {"0 -", "1 1"}},
};

const Test kDeadlocks[] = {
    // Opposite orders: a deadlock in some schedules.
    {"Mutex", "OppositeOrdersDeadlock",
     {.threads = {[] { m1.lock(); m2.lock(); r1 = 1; m2.unlock(); m1.unlock(); },
                  [] { m2.lock(); m1.lock(); r2 = 1; m1.unlock(); m2.unlock(); }}},
     {"1 1", "deadlock"}},
    {"Mutex", "TheSameOrderDoesNot",
     {.threads = {[] { m1.lock(); m2.lock(); r1 = 1; m2.unlock(); m1.unlock(); },
                  [] { m1.lock(); m2.lock(); r2 = 1; m2.unlock(); m1.unlock(); }}},
     {"1 1"}},
    // Shared holders do not wait for one another.
    {"Mutex", "SharedOrdersDoNotDeadlock",
     {.threads = {
         [] { m1.lock_shared(); m2.lock_shared();
              r1 = 1; m2.unlock_shared(); m1.unlock_shared(); },
         [] { m2.lock_shared(); m1.lock_shared();
              r2 = 1; m1.unlock_shared(); m2.unlock_shared(); }}},
     {"1 1"}},
    {"Mutex", "LockingTwiceDeadlocks", {.threads = {[] { m1.lock(); m1.lock(); }}}, {"deadlock"}},
    {"Mutex", "UpgradingDeadlocks", {.threads = {[] { m1.lock_shared(); m1.lock(); }}},
     {"deadlock"}},
    // The mutex of a thread that has ended: a deadlock if it was first.
    {"Mutex", "NeverUnlocked",
     {.threads = {[] { m1.lock(); r1 = 1; }, [] { m1.lock(); r2 = 1; m1.unlock(); }}},
     {"1 1", "deadlock"}},
};

// clang-format on

}  // namespace
}  // namespace slotproof::machine_test
