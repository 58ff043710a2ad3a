// Processes that explore programs at the same time.
//
// Processes and not threads: a slot library keeps state for each OS thread, and is not made to be
// used by several machines in one process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <sys/types.h>
#include <vector>

#include "explore/prove.h"

namespace slotproof::cli {

class ProofWorkers {
 public:
  // Is to call begins(number) before each program.
  using Begins = std::function<void(std::uint64_t number)>;
  using Explore = std::function<explore::Proved(const explore::Range& range, const Begins& begins)>;

  // Forks `count` processes, in which `explore` does the work. They end with this object, or with
  // this process.
  ProofWorkers(int count, const Explore& explore);
  ~ProofWorkers();
  ProofWorkers(const ProofWorkers&) = delete;
  ProofWorkers& operator=(const ProofWorkers&) = delete;

  // Whether a worker has nothing to do.
  bool idle() const;
  // Whether one has.
  bool busy() const;
  // Gives the range to an idle worker.
  void give(const explore::Range& range);

  struct Report {
    explore::Range range;
    explore::Proved proved;
    bool died = false;  // of the program `proved.failing`, and the tally is lost
  };
  // Waits for a busy worker to be done, or to die. One that died is not idle again.
  Report wait();

 private:
  struct Worker {
    pid_t process = -1;
    int socket = -1;
    bool busy = false;
    bool alive = true;
    explore::Range range;  // that it was given
  };

  // What each worker is at, by its place; shared with them.
  volatile std::uint64_t* at_ = nullptr;
  std::vector<Worker> workers_;
};

}  // namespace slotproof::cli
