#include "cli/proof_workers.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <system_error>
#include <type_traits>
#include <unistd.h>

#include "cli/output.h"

namespace slotproof::cli {
namespace {

// Messages are these values as they lie in memory: the other end is the same program.
static_assert(std::is_trivially_copyable_v<explore::Range> &&
              std::is_trivially_copyable_v<ProofWorkers::Report>);

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// Explores what comes until the other end is gone.
[[noreturn]] void work(int socket, const ProofWorkers::Explore& explore,
                       const ProofWorkers::Begins& begins) {
  explore::Range range;
  try {
    while (recv(socket, &range, sizeof range, 0) == sizeof range) {
      const ProofWorkers::Report report{range, explore(range, begins)};
      if (send(socket, &report, sizeof report, MSG_NOSIGNAL) != sizeof report) break;
    }
  } catch (const std::exception& e) {
    note(e.what());
  }
  std::exit(0);  // and not _exit: counters are written (scripts/profile)
}

}  // namespace

ProofWorkers::ProofWorkers(int count, const Explore& explore) {
  void* const shared = mmap(nullptr, static_cast<std::size_t>(count) * sizeof *at_,
                            PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) fail("mmap");
  at_ = static_cast<volatile std::uint64_t*>(shared);
  std::fflush(nullptr);
  for (int w = 0; w < count; ++w) {
    int ends[2];
    // Keeps the bounds of messages.
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) fail("socketpair");
    const pid_t parent = getpid();
    const pid_t process = fork();
    if (process == -1) fail("fork");
    if (process == 0) {
      close(ends[0]);
      for (const Worker& other : workers_) close(other.socket);
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != parent) _exit(0);
      work(ends[1], explore, [this, w](std::uint64_t number) { at_[w] = number; });
    }
    close(ends[1]);
    workers_.push_back(
        {.process = process, .socket = ends[0], .busy = false, .alive = true, .range = {}});
  }
}

ProofWorkers::~ProofWorkers() {
  for (const Worker& worker : workers_) {
    close(worker.socket);  // which ends one that waits for work
    if (worker.busy) kill(worker.process, SIGKILL);
    waitpid(worker.process, nullptr, 0);
  }
  munmap(const_cast<std::uint64_t*>(at_), workers_.size() * sizeof *at_);
}

bool ProofWorkers::idle() const {
  return std::ranges::any_of(workers_, [](const Worker& w) { return w.alive && !w.busy; });
}
bool ProofWorkers::busy() const { return std::ranges::any_of(workers_, &Worker::busy); }

void ProofWorkers::give(const explore::Range& range) {
  Worker& worker =
      *std::ranges::find_if(workers_, [](const Worker& w) { return w.alive && !w.busy; });
  worker.busy = true;
  worker.range = range;
  at_[&worker - workers_.data()] = range.begin;
  // One that has died is noticed when it is waited for.
  if (send(worker.socket, &range, sizeof range, MSG_NOSIGNAL) != sizeof range && errno != EPIPE) {
    fail("send");
  }
}

ProofWorkers::Report ProofWorkers::wait() {
  std::vector<pollfd> sockets;
  for (const Worker& worker : workers_) {
    sockets.push_back({worker.busy ? worker.socket : -1, POLLIN, 0});
  }
  while (poll(sockets.data(), sockets.size(), -1) < 0) {
    if (errno != EINTR) fail("poll");
  }
  const auto ready = std::ranges::find_if(sockets, [](const pollfd& s) { return s.revents != 0; });
  Worker& worker = workers_[ready - sockets.begin()];
  worker.busy = false;
  Report report;
  if (recv(worker.socket, &report, sizeof report, 0) == sizeof report) return report;
  worker.alive = false;
  return {worker.range, {.tally = {}, .failing = at_[&worker - workers_.data()]}, true};
}

}  // namespace slotproof::cli
