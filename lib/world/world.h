// A simulated process: Python interpreters with their GILs, Python objects, tensors that hold
// slots, and threads that use them as the protocol of callers says.
//
// What stands for memory of a real process (reference counts, an interpreter's name, the slots) is
// accessed through the machine, so that races on it are seen. What only the world knows (who holds
// what) is plain bookkeeping and orders nothing: an order that a real process would not have would
// hide its races.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "machine/machine.h"
#include "world/heap.h"
#include "world/history.h"
#include "world/slot_library.h"

namespace slotproof::world {

inline constexpr int kThreads = 4;  // beside the root, which sets up and clears away
inline constexpr int kInterpreters = 4;
inline constexpr int kTensors = 4;
inline constexpr int kDetached = -1;

// What a finalizer does, once, when the slot's decref kills its object.
enum class Finalizer : std::uint8_t {
  kNone,
  kAgain,   // calls maybe_destroy_pyobj on the slot again
  kRewrap,  // puts a new object into the slot
  kThrow,   // fails, unless the tensor is being destroyed: a destructor must not throw
};

// Who knows which tensor when a run begins.
struct Setup {
  std::array<std::uint8_t, kTensors> users{};  // bit t: program thread t uses the tensor
  std::array<std::int8_t, kTensors> private_to = {-1, -1, -1, -1};  // program thread; -1: all users
  bool finalises = false;  // some thread shuts an interpreter down
  bool gil = true;         // false: free-threaded Python, whose interpreters have no GIL
  bool careful = true;     // false: callers break promises, and do what the slot need not refuse
  // An object comes to hold its tensor when the slot has taken it, and not before. Under its GIL
  // that makes no difference to anybody, but to how many orders there are in which a count goes up
  // and down again.
  bool holds_late = false;
};

// One world serves one machine and one slot library, run after run. All calls between begin() and
// end() are made by simulated threads. Program thread t is thread t + 1 of the machine; the root is
// thread 0.
class World final : public machine::Listener {
 public:
  // `library` and `machine` must outlive the world.
  World(machine::Machine& machine, SlotLibrary& library);
  ~World() override;

  SlotLibrary& library() { return library_; }
  Features features() const { return features_; }
  bool has_gil() const { return setup_.gil; }

  // Forgets the last run. To be called before the machine runs.
  void reset(const Setup& setup);

  // Root: makes the tensors; lets go of all references that are left and looks for what nobody
  // owns.
  void set_up();
  void tear_down();

  // Operations of the calling thread, attached to `interpreter` (or kDetached) meanwhile. Each
  // gives whether it was done: it is skipped where a careful caller would not do it (no reference,
  // no object, interpreter gone ...).
  Done wrap(int interpreter, int tensor);
  Done unwrap(int interpreter, int tensor);
  Done drop(int interpreter, int tensor);
  Done transfer(int interpreter, int from, int to);
  Done escape(int interpreter, int tensor);
  Done revive(int interpreter, int tensor);
  Done set_finalizer(int interpreter, int tensor, Finalizer finalizer);
  Done set_hermetic(bool hermetic);
  Done finalise(int interpreter);
  Done init(int interpreter, int tensor, Status status);
  Done check(int interpreter, int tensor, bool ignore_hermetic);
  Done query(int interpreter, int tensor, SlotCall call);  // a call without further arguments
  Done own(int interpreter, int tensor);
  Done disown(int interpreter, int tensor);
  Done clear(int interpreter, int tensor);
  Done destroy_object(int interpreter, int tensor);
  Done misuse(int interpreter, int tensor, Misuse misuse);

  // What happened, for oracles and reports.
  const std::vector<CallRecord>& calls() const { return calls_; }
  Violation violation() const { return violation_; }
  // Where the tensor's slot lies, as [begin, end); {0, 0} if there is no such tensor.
  struct Range {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };
  Range slot_range(int tensor) const;
  // The interpreter as the slot knows it; null if it was not created.
  const void* interpreter_handle(int interpreter) const;
  static std::string interpreter_name(int interpreter) {
    return std::string(1, static_cast<char>('A' + interpreter));
  }
  // A stable name for an address or a pointer value ("x0.slot+8", "A", "p1"), empty if it means
  // nothing here.
  std::string name_of(std::uint64_t address) const;

  // machine::Listener
  void leave(machine::ThreadId thread) override;
  void enter(machine::ThreadId thread) override;

 private:
  struct Interpreter final : InterpreterCalls {
    World* world = nullptr;
    int index = 0;
    machine::Mutex gil;
    bool created = false;
    bool finalised = false;
    std::uint64_t* ready = nullptr;  // atomic; only without a GIL: 1 when it was created
    InterpreterHandle* handle = nullptr;
    void* memory = nullptr;
    void* vtable = nullptr;
    char* name_memory = nullptr;

    std::string name() override;
    void incref(ObjectHandle* object) override;
    void decref(ObjectHandle* object, bool has_pyobj_slot) override;
  };

  // A Python object as memory ...
  struct ObjectMemory {
    std::int64_t references;
    std::uint64_t tensor;  // stands for the pointer to the C++ object
  };
  // ... and what the world knows of it.
  struct Object {
    ObjectMemory* memory = nullptr;
    int interpreter = 0;
    int tensor = -1;            // whose object it is; -1: of none any more
    bool in_slot = false;       // the tensor's slot should know it
    bool holds_tensor = false;  // it owns a C++ reference
    bool alive = true;
    Finalizer finalizer = Finalizer::kNone;
  };

  struct TensorMemory {
    std::uint64_t references;  // atomic
    std::uint64_t padding;     // the slot, which follows, is aligned to 16
  };
  // Where a private tensor is handed over.
  struct Mailbox {
    std::uint64_t escaped;  // atomic: 1 when it was shown to all
  };
  struct Tensor {
    TensorMemory* memory = nullptr;  // null: no such tensor
    Mailbox* mailbox = nullptr;
    bool alive = false;
    bool escaped = false;
    int undelivered = 0;  // references that were made for threads which have not asked for them
    // What a right slot would hold now; only for deciding what a careful caller does.
    int tag = kNobody;
    int object = kNobody;
    bool owns = false;
  };

  struct Thread {
    bool hermetic = false;      // the thread-local, while the thread does not run
    bool hermetic_now = false;  // what the program set
    int attached = kDetached;   // holds that interpreter's GIL
    int destroys = -1;          // the tensor whose destructor it is in
    int call = -1;              // the slot call it is in, in calls_
    std::array<bool, kTensors> holds{};
    std::array<bool, kTensors> received{};  // has taken its reference to a tensor that escaped
    // The object of each tensor and interpreter that it holds a Python reference to.
    std::array<std::array<int, kInterpreters>, kTensors> python{};
    std::array<int, kTensors> knows_tag{};  // the tag, if it has seen it
  };

  Thread& me() { return threads_[machine_.self()]; }
  [[noreturn]] void fail(Violation violation, std::string text);

  // Brackets of an operation: what a thread holds while it does something as Python code of
  // `interpreter`.
  bool enter_interpreter(int interpreter);  // false: it was finalised
  void leave_interpreter();
  void create(Interpreter& interpreter);
  // Runs `action` as a thread that is attached to `interpreter`, or to none.
  template <class F>
  Done as(int interpreter, F&& action) {
    const Done done = enter_interpreter(interpreter) ? action() : Done::kSkipped;
    leave_interpreter();
    return done;
  }
  bool has_tensor(int tensor);
  bool may(Feature refused) const { return !setup_.careful || features_.has(refused); }

  // Calls of the slot, recorded.
  void* slot(int tensor) const;
  CallRecord& record(int tensor, SlotCall call);
  const CallRecord& finish(std::size_t call, Result result);
  template <class F>
  const CallRecord& perform(std::size_t call, F&& f);
  const CallRecord& call_construct(int tensor);
  const CallRecord& call_destruct(int tensor);
  struct Abuse {
    Misuse misuse = Misuse::kNone;
    bool breaks_promise = false;
  };
  const CallRecord& call_init(int tensor, int object, Status status, Abuse abuse);
  const CallRecord& call_check(int tensor, bool ignore_hermetic, Misuse misuse = Misuse::kNone);
  const CallRecord& call_simple(int tensor, SlotCall call);
  const CallRecord& call_set_owns(int tensor, bool owns);
  const CallRecord& call_clear(int tensor, bool breaks_promise = false);
  int number_of(SlotCall call, std::uint64_t value) const;

  // Objects and references.
  int make_object(int tensor, bool in_slot);
  void hold_tensor(int object);
  void let_go_of_tensor(int object, int tensor);
  int object_number(const ObjectHandle* object) const;
  std::int64_t add_references(int object, int by);
  void free_object(int object);
  void drop_object(int object);
  void on_decref(int interpreter, ObjectHandle* handle, bool has_pyobj_slot);
  void run_finalizer(Finalizer finalizer, int tensor);
  // The object of the tensor that the thread, as attached, holds a Python reference to.
  int& held(int tensor) { return me().python[tensor][me().attached]; }
  void keep(int tensor, int object);
  void add_tensor_reference(int tensor);
  std::uint64_t tensor_references(int tensor);
  void release_tensor(int tensor);
  Status justified_status(int tensor, const CallRecord& checked);
  bool init_new_object(int tensor, Status status, bool breaks_promise = false);
  bool sees_object(int tensor);
  bool knows_tag(int tensor);
  void check_nothing_left();

  machine::Machine& machine_;
  SlotLibrary& library_;
  const Features features_;
  Heap heap_;
  Setup setup_;
  machine::Mutex quiescence_;  // shared by operations, exclusive for finalising
  std::array<Interpreter, kInterpreters> interpreters_;
  std::array<Tensor, kTensors> tensors_;
  std::array<Thread, kThreads + 1> threads_;
  std::vector<Object> objects_;
  std::vector<CallRecord> calls_;
  std::uint32_t call_steps_ = 0;
  Violation violation_ = Violation::kNone;
};

}  // namespace slotproof::world
