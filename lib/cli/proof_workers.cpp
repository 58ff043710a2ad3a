#include "cli/proof_workers.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <poll.h>
#include <stdexcept>
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
[[noreturn]] void work(int socket, const ProofWorkers::Explore& explore) {
  explore::Range range;
  try {
    while (recv(socket, &range, sizeof range, 0) == sizeof range) {
      const ProofWorkers::Report report{range, explore(range)};
      if (send(socket, &report, sizeof report, MSG_NOSIGNAL) != sizeof report) break;
    }
  } catch (const std::exception& e) {
    note(e.what());
  }
  // What the parent has not written yet is the parent's to write.
  _exit(0);
}

}  // namespace

ProofWorkers::ProofWorkers(int count, const Explore& explore) {
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
      work(ends[1], explore);
    }
    close(ends[1]);
    workers_.push_back({process, ends[0], false});
  }
}

ProofWorkers::~ProofWorkers() {
  for (const Worker& worker : workers_) {
    kill(worker.process, SIGKILL);
    waitpid(worker.process, nullptr, 0);
    close(worker.socket);
  }
}

bool ProofWorkers::idle() const { return !std::ranges::all_of(workers_, &Worker::busy); }
bool ProofWorkers::busy() const { return std::ranges::any_of(workers_, &Worker::busy); }

void ProofWorkers::give(const explore::Range& range) {
  Worker& worker = *std::ranges::find(workers_, false, &Worker::busy);
  worker.busy = true;
  if (send(worker.socket, &range, sizeof range, MSG_NOSIGNAL) != sizeof range) fail("send");
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
  Report report;
  if (recv(worker.socket, &report, sizeof report, 0) != sizeof report) {
    throw std::runtime_error("a process that explored programs has died");
  }
  worker.busy = false;
  return report;
}

}  // namespace slotproof::cli
