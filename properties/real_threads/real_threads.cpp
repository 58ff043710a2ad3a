// Runs programs on threads of the operating system, with ThreadSanitizer's own runtime as the
// judge: an authority on data races that shares no code with the machine.
//
// The schedule is random, seeded, and invisible to ThreadSanitizer. It changes threads at the
// slot's atomic operations, between its calls and where the world synchronises. Loads give the
// newest store; races are told by happens-before, for which that matters little.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "choice/random_source.h"
#include "program/execute.h"
#include "program/text.h"
#include "world/load_slot.h"

extern "C" {
void __tsan_ignore_thread_begin();
void __tsan_ignore_thread_end();

// Called by ThreadSanitizer. Equal reports come as often as they happen, and the exit code is ours.
const char* __tsan_default_options() { return "exitcode=0:suppress_equal_stacks=0"; }
int g_reports = 0;
void __tsan_on_report(void*) { ++g_reports; }
}

namespace slotproof {
namespace {

namespace fs = std::filesystem;
using world::InterpreterCalls;
using world::InterpreterHandle;
using world::ObjectHandle;
using world::Result;
using world::Status;

// While it lives, ThreadSanitizer looks at this thread's reads and writes.
struct Watch {
  Watch() { __tsan_ignore_thread_end(); }
  ~Watch() { __tsan_ignore_thread_begin(); }
};

// ... and does not.
struct Pause {
  Pause() { __tsan_ignore_thread_begin(); }
  ~Pause() { __tsan_ignore_thread_end(); }
};

class PausedCalls final : public InterpreterCalls {
 public:
  explicit PausedCalls(InterpreterCalls& calls) : calls_(calls) {}
  std::string name() override {
    const Pause pause;
    return calls_.name();
  }
  void incref(ObjectHandle* object) override {
    const Pause pause;
    calls_.incref(object);
  }
  void decref(ObjectHandle* object, bool has_pyobj_slot) override {
    const Pause pause;
    calls_.decref(object, has_pyobj_slot);
  }

 private:
  InterpreterCalls& calls_;
};

// The slot library, watched while it runs.
class WatchedSlot final : public world::SlotLibrary {
 public:
  explicit WatchedSlot(world::SlotLibrary& slot) : slot_(slot) {}

  const char* name() const override { return slot_.name(); }
  std::size_t slot_size() const override { return slot_.slot_size(); }
  std::size_t interpreter_size() const override { return slot_.interpreter_size(); }
  std::size_t vtable_size() const override { return slot_.vtable_size(); }
  bool hermetic() override { return slot_.hermetic(); }
  void set_hermetic(bool hermetic) override { slot_.set_hermetic(hermetic); }

  Result construct(void* slot) override { return Watch(), slot_.construct(slot); }
  Result destruct(void* slot) override { return Watch(), slot_.destruct(slot); }
  Result init(void* slot, InterpreterHandle* self, ObjectHandle* object, Status status) override {
    return Watch(), slot_.init(slot, self, object, status);
  }
  Result check(void* slot, InterpreterHandle* self, bool ignore_hermetic) override {
    return Watch(), slot_.check(slot, self, ignore_hermetic);
  }
  Result interpreter(void* slot) override { return Watch(), slot_.interpreter(slot); }
  Result load(void* slot) override { return Watch(), slot_.load(slot); }
  Result is_tagged_by(void* slot, InterpreterHandle* self) override {
    return Watch(), slot_.is_tagged_by(slot, self);
  }
  Result has_object(void* slot) override { return Watch(), slot_.has_object(slot); }
  Result object(void* slot) override { return Watch(), slot_.object(slot); }
  Result owns(void* slot) override { return Watch(), slot_.owns(slot); }
  Result set_owns(void* slot, bool owns) override { return Watch(), slot_.set_owns(slot, owns); }
  Result clear(void* slot, InterpreterHandle* self) override {
    return Watch(), slot_.clear(slot, self);
  }
  Result destroy_object(void* slot) override { return Watch(), slot_.destroy_object(slot); }
  InterpreterHandle* create_interpreter(void* interpreter, void* vtable,
                                        InterpreterCalls& calls) override {
    calls_.emplace_back(calls);
    return Watch(), slot_.create_interpreter(interpreter, vtable, calls_.back());
  }
  void disarm(InterpreterHandle* interpreter) override { Watch(), slot_.disarm(interpreter); }

 private:
  world::SlotLibrary& slot_;
  std::deque<PausedCalls> calls_;
};

std::vector<fs::path> programs_in(const std::vector<fs::path>& paths) {
  std::vector<fs::path> files;
  for (const fs::path& path : paths) {
    if (!fs::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path)) {
      if (entry.path().extension() == ".slot") files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  return files;
}

void run(world::SlotLibrary& slot, const program::Program& program, std::uint64_t seed) {
  WatchedSlot watched(slot);
  machine::Machine machine;
  world::World world(machine, watched);
  program::Executor executor(machine, world);
  executor.prepare(program);
  choice::RandomSource source(seed);
  machine.run(source, &program::Executor::root, &executor);
}

int main(int argc, char** argv) {
  CLI::App app("Runs programs on real threads, for ThreadSanitizer to judge.");
  std::string name = "native";
  std::uint64_t seed = 1;
  std::uint64_t schedules = 20;
  std::vector<fs::path> paths;
  app.add_option("--slot", name, "native, mutant:NAME or a plug-in")->capture_default_str();
  app.add_option("--seed", seed, "of the first schedule")->capture_default_str();
  app.add_option("--schedules", schedules, "of each program")->capture_default_str();
  app.add_option("programs", paths, "program texts, or folders with them")
      ->required()
      ->check(CLI::ExistingPath);
  CLI11_PARSE(app, argc, argv);

  std::string error;
  world::SlotLibrary* const slot = world::load_slot(name, error);
  if (slot == nullptr) {
    fmt::print(stderr, "real_threads: {}\n", error);
    return 2;
  }
  const std::vector<fs::path> files = programs_in(paths);
  int racy = 0;
  for (const fs::path& file : files) {
    std::ifstream stream(file);
    const std::string text(std::istreambuf_iterator<char>(stream), {});
    program::ProgramText program;
    program::ParseError wrong;
    if (!program::parse(text, program, wrong)) {
      fmt::print(stderr, "real_threads: {}:{}:{}: {}\n", file.string(), wrong.line, wrong.column,
                 wrong.message);
      return 2;
    }
    const int before = g_reports;
    for (std::uint64_t i = 0; i < schedules && g_reports == before; ++i) {
      run(*slot, program.test_case.program, seed + i);
    }
    if (g_reports == before) continue;
    ++racy;
    fmt::print("data race: {}\n", file.string());
  }
  fmt::print("{}: {} programs in up to {} schedules from seed {}: {} with data races\n", name,
             files.size(), schedules, seed, racy);
  return files.empty() ? 2 : racy > 0 ? 10 : 0;
}

}  // namespace
}  // namespace slotproof

int main(int argc, char** argv) {
  __tsan_ignore_thread_begin();  // outside of the slot, it is all ours
  const int code = slotproof::main(argc, argv);
  __tsan_ignore_thread_end();
  return code;
}
