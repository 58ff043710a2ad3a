// What a careful developer would write without this project: a stress test. Threads of the
// operating system race for one slot round after round, assertions say what must come of it, and
// ThreadSanitizer looks on. Nothing controls the schedule. It is what scripts/mutants compares
// with.
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "choice/random_source.h"
#include "world/load_slot.h"

extern "C" {
// Called by ThreadSanitizer.
const char* __tsan_default_options() { return "exitcode=0:report_bugs=1:symbolize=0"; }
std::atomic<int> g_reports = 0;
void __tsan_on_report(void*) { ++g_reports; }
}

namespace slotproof {
namespace {

using choice::SplitMix64;
using world::InterpreterHandle;
using world::ObjectHandle;
using world::Raised;
using world::Result;

constexpr int kInterpreters = 3;
constexpr int kHangSeconds = 5;

std::atomic<std::uint64_t> g_rounds = 0;

// The last line; scripts read it.
[[noreturn]] void end(std::string_view verdict, int code) {
  fmt::print("verdict={} rounds={}\n", verdict, g_rounds.load());
  std::fflush(stdout);
  _exit(code);
}

[[noreturn]] void died(int signal) { signal == SIGTERM ? end("pass", 0) : end("crash", 12); }

void expect(bool holds, std::string_view what) {
  if (holds) return;
  fmt::print("{}\n", what);
  end("assertion", 17);
}

struct Interpreter;

struct Object {
  Interpreter* interpreter = nullptr;
  std::atomic<int> references = 1;
};

Object* object_of(std::uint64_t value) { return reinterpret_cast<Object*>(value); }
ObjectHandle* handle_of(Object* object) { return reinterpret_cast<ObjectHandle*>(object); }

thread_local Interpreter* g_attached = nullptr;

struct Interpreter final : world::InterpreterCalls {
  std::mutex gil;
  char letter = 'A';
  int drops = 0;  // under the GIL
  InterpreterHandle* handle = nullptr;
  std::vector<std::uint64_t> memory, vtable;

  std::string name() override { return std::string(1, letter); }
  void incref(ObjectHandle* handle_) override { ++reinterpret_cast<Object*>(handle_)->references; }
  void decref(ObjectHandle* handle_, bool has_pyobj_slot) override {
    Interpreter* const before = g_attached;
    if (before != this) {
      if (before != nullptr) before->gil.unlock();
      gil.lock();
    }
    Object* const object = reinterpret_cast<Object*>(handle_);
    expect(object != nullptr && reinterpret_cast<std::uintptr_t>(object) % 2 == 0,
           "decref of what is no object");
    expect(object->interpreter == this, "decref by another interpreter");
    expect(has_pyobj_slot, "decref without a slot");
    expect(--object->references >= 0, "decref of a dead object");
    ++drops;
    if (before != this) {
      gil.unlock();
      if (before != nullptr) before->gil.lock();
    }
  }
};

class Attached {
 public:
  explicit Attached(Interpreter& interpreter) : interpreter_(interpreter) {
    interpreter_.gil.lock();
    g_attached = &interpreter_;
  }
  ~Attached() {
    g_attached = nullptr;
    interpreter_.gil.unlock();
  }
  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;

 private:
  Interpreter& interpreter_;
};

// One slot, and what becomes of it in a round.
class Round {
 public:
  explicit Round(world::SlotLibrary& library)
      : library_(library), slot_((library.slot_size() + 15) / 16 * 2) {
    for (Interpreter& interpreter : interpreters_) {
      interpreter.letter = static_cast<char>('A' + (&interpreter - interpreters_.data()));
      interpreter.memory.resize(library.interpreter_size() / 8 + 1);
      interpreter.vtable.resize(library.vtable_size() / 8 + 1);
      interpreter.handle = library.create_interpreter(interpreter.memory.data(),
                                                      interpreter.vtable.data(), interpreter);
    }
    expect_ok(library_.construct(slot()));
  }

  // What each thread does.
  void race(SplitMix64& random) {
    Interpreter& self = interpreters_[random.below(kInterpreters)];
    if (random.below(2) == 0) library_.has_object(slot());
    const Attached attached(self);
    const Result seen = library_.check(slot(), self.handle, false);
    if (seen.raised != Raised::kNothing) return expect_refused(seen, "cannot access PyObject");
    if (seen.has_value) return use(self, object_of(seen.value), random);
    auto fresh = std::make_unique<Object>();
    fresh->interpreter = &self;
    const Result claimed =
        library_.init(slot(), self.handle, handle_of(fresh.get()), world::Status::kMaybe);
    if (claimed.raised != Raised::kNothing) {
      return expect_refused(claimed, "cannot allocate PyObject");
    }
    ++winners_;
    object_ = std::move(fresh);
    const Result mine = library_.check(slot(), self.handle, false);
    expect(mine.has_value && object_of(mine.value) == object_.get(),
           "what was stored is not there");
    use(self, object_.get(), random);
  }

  // Behind all threads.
  void finish(SplitMix64& random) {
    expect(winners_ == 1, "a slot has one winner");
    Interpreter& tag = *object_->interpreter;
    expect(object_of(library_.interpreter(slot()).value) ==
               object_of(reinterpret_cast<std::uint64_t>(tag.handle)),
           "the tag is the winner's");
    expect(object_of(library_.load(slot()).value) ==
               object_of(reinterpret_cast<std::uint64_t>(tag.handle)),
           "the tag that is loaded is the winner's");
    const bool owns = library_.owns(slot()).value != 0;
    const bool unloaded = random.below(8) == 0;
    if (!owns && random.below(2) == 0) {
      const Attached attached(tag);
      expect_ok(library_.clear(slot(), tag.handle));
      const Result empty = library_.check(slot(), tag.handle, false);
      expect(empty.has_value && empty.value == 0, "an object is left in a cleared slot");
    }
    if (unloaded) library_.disarm(tag.handle);
    expect_ok(library_.destruct(slot()));
    expect(tag.drops == (owns && !unloaded ? 1 : 0), "what a slot owns is dropped once");
  }

 private:
  void* slot() { return slot_.data(); }

  static void expect_ok(const Result& result) {
    expect(result.raised == Raised::kNothing, "an error that should not be");
  }
  static void expect_refused(const Result& result, std::string_view begins) {
    expect(result.raised == Raised::kError && result.text.starts_with(begins),
           "an error of another kind");
  }

  void use(Interpreter& self, Object* object, SplitMix64& random) {
    expect(object != nullptr && object == object_.get() && object->interpreter == &self,
           "somebody else's object");
    if (random.below(2) == 0) {
      const bool owns = random.below(2) == 0;
      expect_ok(library_.set_owns(slot(), owns));
      expect((library_.owns(slot()).value != 0) == owns, "the owner bit is as it was set");
    }
    if (random.below(4) == 0) {
      library_.set_hermetic(true);
      expect(!library_.check(slot(), self.handle, false).has_value, "hermetic, and shown");
      expect(object_of(library_.check(slot(), self.handle, true).value) == object,
             "hermetic is not ignored");
      library_.set_hermetic(false);
    }
  }

  world::SlotLibrary& library_;
  std::vector<std::uint64_t> slot_;
  std::array<Interpreter, kInterpreters> interpreters_;
  std::atomic<int> winners_ = 0;
  std::unique_ptr<Object> object_;  // under the GIL of the tag
};

// ThreadSanitizer knows this one, as it knows mutexes; std::barrier it would have to be compiled
// into.
class Barrier {
 public:
  explicit Barrier(unsigned threads) { pthread_barrier_init(&barrier_, nullptr, threads); }
  ~Barrier() { pthread_barrier_destroy(&barrier_); }
  Barrier(const Barrier&) = delete;
  Barrier& operator=(const Barrier&) = delete;

  void meet() { pthread_barrier_wait(&barrier_); }

 private:
  pthread_barrier_t barrier_;
};

struct Options {
  std::string slot = "native";
  std::uint64_t seed = 1;
  std::uint64_t rounds = 1'000'000;
  int threads = 3;
};

void watch() {
  for (std::uint64_t before = ~std::uint64_t{0};;) {
    std::this_thread::sleep_for(std::chrono::seconds(kHangSeconds));
    const std::uint64_t now = g_rounds;
    if (now == before) end("hang", 13);
    before = now;
  }
}

int run(const Options& options, world::SlotLibrary& library) {
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTRAP, SIGTERM}) {
    std::signal(signal, died);
  }
  std::thread(watch).detach();
  SplitMix64 random(options.seed);
  Barrier barrier(static_cast<unsigned>(options.threads) + 1);
  std::unique_ptr<Round> round;
  std::vector<std::thread> threads;
  for (int t = 0; t < options.threads; ++t) {
    threads.emplace_back([&, seed = random.next()] {
      SplitMix64 own(seed);
      while (true) {
        barrier.meet();
        if (!round) return;
        round->race(own);
        barrier.meet();
      }
    });
  }
  std::string_view verdict = "pass";
  while (verdict == "pass" && g_rounds < options.rounds) {
    round = std::make_unique<Round>(library);
    barrier.meet();
    barrier.meet();
    round->finish(random);
    ++g_rounds;
    if (g_reports > 0) verdict = "data-race";
  }
  end(verdict, verdict == "pass" ? 0 : 10);
}

int main(int argc, char** argv) {
  CLI::App app("Races for slots on real threads, with assertions and ThreadSanitizer.", "stress");
  Options options;
  app.add_option("--slot", options.slot, "native, mutant:NAME or a plug-in")->capture_default_str();
  app.add_option("--seed", options.seed, "of what threads choose to do")->capture_default_str();
  app.add_option("--rounds", options.rounds, "at most")->capture_default_str();
  app.add_option("--threads", options.threads, "that race")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.footer(
      "The last line is verdict=... rounds=...\n"
      "Exit code: 0 if nothing was found, 10 data race, 12 crash, 13 no end, 17 assertion, 2 bad\n"
      "usage.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  std::string error;
  world::SlotLibrary* const slot = world::load_slot(options.slot, error);
  if (slot == nullptr) {
    fmt::print(stderr, "stress: {}\n", error);
    return 2;
  }
  return run(options, *slot);
}

}  // namespace
}  // namespace slotproof

int main(int argc, char** argv) { return slotproof::main(argc, argv); }
