// What the machine's own synchronisation (mutexes, the end of a thread) tells a ThreadSanitizer
// runtime, where one judges in place of the machine. Elsewhere both do nothing.
#pragma once

namespace slotproof::machine {

// What the calling thread did happens before what follows a later tell_acquire of the same address.
void tell_release(const void* what);
void tell_acquire(const void* what);

}  // namespace slotproof::machine
