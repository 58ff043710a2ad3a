// The right slot. How many executions a program has does not depend on who counts them: GenMC
// 0.11.0 gives the same numbers under RC11, and Nidhugg's optimal search the first two of `deep`.
#include "right.h"

namespace slotproof::machine_test {

constinit const Program right_two = two<Orders{}>(10);
constinit const Program right_three = three<Orders{}>(118);
constinit const Program right_deep_1 = deep<Orders{}, 1>(54);
constinit const Program right_deep_2 = deep<Orders{}, 2>(12'306);
constinit const Program right_deep_3 = deep<Orders{}, 3>(3'536'124);

namespace {

const Test two_test("SlotBenchmark", "two", right_two, {""});
const Test three_test("SlotBenchmark", "three", right_three, {""});
const Test deep_1_test("SlotBenchmark", "deep_1", right_deep_1, {""});
const Test deep_2_test("SlotBenchmark", "deep_2", right_deep_2, {""});

}  // namespace
}  // namespace slotproof::machine_test
