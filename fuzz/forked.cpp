// Linked with the targets of builds for AFL++: what its fork server forks, and leaves stopped
// between two inputs, is killed with the fork server, which ends when afl-fuzz does.
#include <csignal>
#include <pthread.h>
#include <sys/prctl.h>

namespace {

[[maybe_unused]] const int g_registered =
    pthread_atfork(nullptr, nullptr, [] { prctl(PR_SET_PDEATHSIG, SIGKILL); });

}  // namespace
