#include "explore/child.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <iostream>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "explore/black_box.h"

namespace slotproof::explore {
namespace {

constexpr char kDone = '!';  // behind the output of a body that came back
constexpr int kPollMilliseconds = 100;

double seconds(clockid_t clock) {
  timespec time{};
  if (clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

[[noreturn]] void be_child(const std::function<std::string()>& body, int to) {
  std::string output = body() + kDone;
  const char* next = output.data();
  for (std::size_t left = output.size(); left > 0;) {
    const ssize_t written = write(to, next, left);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) break;
    next += written;
    left -= static_cast<std::size_t>(written);
  }
  close(to);
  std::exit(0);  // and not _exit: leaks are looked for, coverage is written
}

// Notices a child that gets no further.
class Watch {
 public:
  explicit Watch(pid_t child) { clock_getcpuclockid(child, &cpu_); }

  // What it died of, or nothing.
  std::string hung() {
    const std::uint64_t begun = BlackBox::instance().begun();
    const double cpu = seconds(cpu_);
    const double now = seconds(CLOCK_MONOTONIC);
    if (begun != begun_ || since_ == 0) {
      begun_ = begun;
      cpu_since_ = cpu;
      since_ = now;
    }
    if (cpu - cpu_since_ > kMaxCpuSeconds) {
      return fmt::format("hangs: {} s of processor time in one case", kMaxCpuSeconds);
    }
    if (now - since_ > kMaxSeconds) return fmt::format("hangs: {} s in one case", kMaxSeconds);
    return {};
  }

 private:
  clockid_t cpu_{};
  std::uint64_t begun_ = 0;
  double cpu_since_ = 0;
  double since_ = 0;
};

}  // namespace

ChildEnd in_child(Errors errors, const std::function<std::string()>& body, Hangs hangs) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) fail("pipe");
  std::cout.flush();
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    close(ends[0]);
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody would hear it
    if (errors == Errors::kHidden) std::freopen("/dev/null", "w", stderr);
    be_child(body, ends[1]);
  }
  close(ends[1]);

  ChildEnd end;
  Watch watch(child);
  for (bool open = true; open;) {
    pollfd from{ends[0], POLLIN, 0};
    poll(&from, 1, kPollMilliseconds);
    if (from.revents != 0) {
      std::array<char, 4096> part{};
      const ssize_t size = read(ends[0], part.data(), part.size());
      if (size > 0) end.output.append(part.data(), static_cast<std::size_t>(size));
      open = size > 0 || (size < 0 && errno == EINTR);
    }
    if (hangs == Hangs::kAwaited) continue;
    if (end.death = watch.hung(); !end.death.empty()) {
      kill(child, SIGKILL);
      open = false;
    }
  }
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!end.death.empty()) return end;
  if (WIFSIGNALED(status)) {
    end.signal = WTERMSIG(status);
    end.death =
        fmt::format("is killed by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
  } else if (WEXITSTATUS(status) != 0) {
    end.death = fmt::format("ends the process with exit code {}", WEXITSTATUS(status));
  } else if (end.output.empty() || end.output.back() != kDone) {
    end.death = "ends by itself";
  } else {
    end.output.pop_back();
  }
  return end;
}

}  // namespace slotproof::explore
