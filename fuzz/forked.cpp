// Linked with the targets of builds for AFL++, so that whatever ends afl-fuzz leaves nothing
// behind.
#include <csignal>
#include <cstdlib>
#include <initializer_list>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/shm.h>

namespace {

// What its fork server forks, and leaves stopped between two inputs, is killed with the fork
// server, which ends when afl-fuzz does.
[[maybe_unused]] const int g_registered =
    pthread_atfork(nullptr, nullptr, [] { prctl(PR_SET_PDEATHSIG, SIGKILL); });

// Its shared memory goes with the last process that has it. Until then Linux lets others in, by the
// same number, so afl-fuzz can start the target once more.
[[maybe_unused]] const bool g_marked = [] {
  for (const char* name : {"__AFL_SHM_ID", "__AFL_SHM_FUZZ_ID", "__AFL_CMPLOG_SHM_ID"}) {
    const char* const id = std::getenv(name);
    if (id != nullptr) shmctl(std::atoi(id), IPC_RMID, nullptr);
  }
  return true;
}();

}  // namespace
