// The protocol of callers, flow by flow, on the slot that is linked in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "script.h"

namespace slotproof::unit {
namespace {

TEST(Wrap, MakesAnObjectAndFindsItAgain) {
  EXPECT_EQ(script("A wrap x0\nA wrap x0\n"), R"(
A wrap x0
  x0.check_pyobj(A) -> nullopt
  x0.init_pyobj(A, p0, MAYBE_UNINITIALIZED)
A wrap x0
  x0.check_pyobj(A) -> p0
  x0.owns_pyobj() -> false
root, at the end
  x0.set_owns_pyobj(true)
  x0.destruct() -> 1 decref
)");
}

TEST(Wrap, OfAPrivateTensorClaimsItForCertain) {
  EXPECT_EQ(script("A wrap x0\n", "private x0 0\n"), R"(
A wrap x0
  x0.check_pyobj(A) -> nullopt
  x0.init_pyobj(A, p0, DEFINITELY_UNINITIALIZED)
root, at the end
  x0.set_owns_pyobj(true)
  x0.destruct() -> 1 decref
)");
}

TEST(Wrap, UnderAnotherInterpreterIsRefused) {
  EXPECT_EQ(script("A wrap x0\nB wrap x0\nB unwrap x0\n"), R"(
A wrap x0
  x0.check_pyobj(A) -> nullopt
  x0.init_pyobj(A, p0, MAYBE_UNINITIALIZED)
B wrap x0
  x0.check_pyobj(B) -> threw "cannot access PyObject ..."
B unwrap x0 (skipped)
root, at the end
  x0.set_owns_pyobj(true)
  x0.destruct() -> 1 decref
)");
}

// The last Python reference goes while C++ still knows the tensor: the slot owns the object, which
// comes back when it is asked for.
TEST(Dealloc, ResurrectsWhatCppStillHolds) {
  EXPECT_EQ(script("A wrap x0\nA unwrap x0\nA owns x0\nA wrap x0\nA owns x0\n"), R"(
A wrap x0
  x0.check_pyobj(A) -> nullopt
  x0.init_pyobj(A, p0, MAYBE_UNINITIALIZED)
A unwrap x0
  x0.set_owns_pyobj(true)
A owns x0
  x0.owns_pyobj() -> true
A wrap x0
  x0.check_pyobj(A) -> p0
  x0.owns_pyobj() -> true
  x0.set_owns_pyobj(false)
A owns x0
  x0.owns_pyobj() -> false
root, at the end
  x0.set_owns_pyobj(true)
  x0.destruct() -> 1 decref
)");
}

TEST(Dealloc, FreesWhatNobodyHolds) {
  EXPECT_EQ(script("A wrap x0\n- drop x0\nA unwrap x0\n"), R"(
A wrap x0
  x0.check_pyobj(A) -> nullopt
  x0.init_pyobj(A, p0, MAYBE_UNINITIALIZED)
- drop x0
A unwrap x0
  x0.unchecked_clear_pyobj(A)
  x0.destruct()
root, at the end
)");
}

TEST(Destroy, GivesBackTheOwnedObjectOnce) {
  EXPECT_EQ(script("A wrap x0\nA unwrap x0\nA destroy x0\nA destroy x0\nA check x0\n"), R"(
A wrap x0
  x0.check_pyobj(A) -> nullopt
  x0.init_pyobj(A, p0, MAYBE_UNINITIALIZED)
A unwrap x0
  x0.set_owns_pyobj(true)
A destroy x0
  x0.maybe_destroy_pyobj() -> 1 decref
A destroy x0
  x0.maybe_destroy_pyobj()
A check x0
  x0.check_pyobj(A) -> null
root, at the end
  x0.destruct()
)");
}

TEST(Destroy, OfATensorGivesBackItsObjectFromAnyThread) {
  EXPECT_EQ(script("A wrap x0\nA unwrap x0\nB drop x0\nB drop x0\n"), R"(
A wrap x0
  x0.check_pyobj(A) -> nullopt
  x0.init_pyobj(A, p0, MAYBE_UNINITIALIZED)
A unwrap x0
  x0.set_owns_pyobj(true)
B drop x0
  x0.destruct() -> 1 decref
B drop x0 (skipped)
root, at the end
)");
}

TEST(Transfer, TakesTheObjectAlong) {
  EXPECT_EQ(script("A wrap x0\nA unwrap x0\nA transfer x0 x1\nA check x0\nA check x1\n"), R"(
A wrap x0
  x0.check_pyobj(A) -> nullopt
  x0.init_pyobj(A, p0, MAYBE_UNINITIALIZED)
A unwrap x0
  x0.set_owns_pyobj(true)
A transfer x0 x1
  x1.check_pyobj(A) -> nullopt
  x1.init_pyobj(A, p0, MAYBE_UNINITIALIZED)
  x1.set_owns_pyobj(true)
  x0.set_owns_pyobj(false)
  x0.unchecked_clear_pyobj(A)
A check x0
  x0.check_pyobj(A) -> null
A check x1
  x1.check_pyobj(A) -> p0
root, at the end
  x0.destruct()
  x1.destruct() -> 1 decref
)");
}

TEST(Transfer, NeedsAnObjectThatTheSlotOwns) {
  EXPECT_EQ(script("A transfer x0 x1\nA wrap x0\nA transfer x0 x1\n"), R"(
A transfer x0 x1 (skipped)
A wrap x0
  x0.check_pyobj(A) -> nullopt
  x0.init_pyobj(A, p0, MAYBE_UNINITIALIZED)
A transfer x0 x1 (skipped)
root, at the end
  x0.set_owns_pyobj(true)
  x0.destruct() -> 1 decref
  x1.destruct()
)");
}

TEST(Escape, IsDoneOnceAndByTheOwner) {
  EXPECT_EQ(
      script("A init x0 definitely\n- escape x0\n- escape x0\n- escape x1\n", "private x0 0\n"),
      R"(
A init x0 definitely
  x0.init_pyobj(A, p0, DEFINITELY_UNINITIALIZED)
- escape x0
- escape x0 (skipped)
- escape x1 (skipped)
root, at the end
  x0.set_owns_pyobj(true)
  x0.destruct() -> 1 decref
  x1.destruct()
)");
}

TEST(Escape, ShowsATensorToTheOthers) {
  const auto last_operation = [](const std::string& first) {
    explore::Runner runner(native());
    const program::Case test_case =
        parsed("slotproof 1\nprivate x0 0\nthread 0\n  " + first + "\nthread 1\n  B check x0\n")
            .test_case;
    choice::DullSource dull;  // thread 0 comes first
    EXPECT_EQ(runner.run(test_case.program, dull).verdict, oracle::Verdict::kPass);
    return runner.view().executor.operations()[1].done;
  };
  EXPECT_EQ(last_operation("- escape x0"), world::Done::kDone);
  EXPECT_EQ(last_operation("- tag x0"), world::Done::kSkipped);
}

TEST(Finalise, LosesTheInterpretersObjectsAndKeepsItsTags) {
  EXPECT_EQ(script("A wrap x0\nA unwrap x0\nA finalise\nA wrap x0\n- tag x0\n- drop x0\n"), R"(
A wrap x0
  x0.check_pyobj(A) -> nullopt
  x0.init_pyobj(A, p0, MAYBE_UNINITIALIZED)
A unwrap x0
  x0.set_owns_pyobj(true)
A finalise
A wrap x0 (skipped)
- tag x0
  x0.pyobj_interpreter() -> A
- drop x0
  x0.destruct()
root, at the end
)");
}

TEST(Hermetic, HidesTheObjectAndMakesAWrapperOfItsOwn) {
  EXPECT_EQ(script("A wrap x0\n- hermetic on\nA wrap x0\nA check x0 ignore\n- hermetic off\n"
                   "A check x0\n"),
            R"(
A wrap x0
  x0.check_pyobj(A) -> nullopt
  x0.init_pyobj(A, p0, MAYBE_UNINITIALIZED)
- hermetic on
A wrap x0
  x0.check_pyobj(A) -> nullopt
  x0.set_owns_pyobj(true)
A check x0 ignore
  x0.check_pyobj(A, ignore_hermetic) -> p0
- hermetic off
A check x0
  x0.check_pyobj(A) -> p0
root, at the end
  x0.destruct() -> 1 decref
)");
}

TEST(Hermetic, HidesNoForeignTag) {
  EXPECT_EQ(script("A wrap x0\n- hermetic on\nB check x0\n"), R"(
A wrap x0
  x0.check_pyobj(A) -> nullopt
  x0.init_pyobj(A, p0, MAYBE_UNINITIALIZED)
- hermetic on
B check x0
  x0.check_pyobj(B) -> threw "cannot access PyObject ..."
root, at the end
  x0.set_owns_pyobj(true)
  x0.destruct() -> 1 decref
)");
}

}  // namespace
}  // namespace slotproof::unit
