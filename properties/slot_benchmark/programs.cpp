#include "programs.h"

namespace slotproof::machine_test {

Interpreter g_interpreters[kInterpreters];
std::atomic<Interpreter*> g_tag;
void* g_object;

}  // namespace slotproof::machine_test
