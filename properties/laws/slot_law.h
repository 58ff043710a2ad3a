// Laws of slots: what is true of every run.
#pragma once

#include <cstdint>
#include <string>

#include "explore/runner.h"
#include "law.h"
#include "oracle/model.h"
#include "program/program.h"

namespace slotproof::laws {

// The slot under test, `native` unless the command line has `--slot NAME`; and this program, as it
// was called.
const std::string& slot_name();
const std::string& program_name();

// The runner of the slot under test.
explore::Runner& runner();

// Takes `--slot NAME` from the command line. Throws std::runtime_error where there is no such slot.
void choose_slot(int argc, char** argv);

// A program, and under which schedules to run it: some random ones that follow from the seed, or,
// for seed 0, the plainest ones first until one breaks the law.
//
// A program that was made smaller need not break the law under the same schedule; so what shrinking
// tries has seed 0, and a counterexample depends on the program alone.
struct Trial {
  program::Program program;
  std::size_t prefix = 0;  // so many operations of thread 0 come before all others
  std::uint64_t seed = 0;
};

// Random programs, as searches and fuzzers have them, and prefixes with branches: operations that a
// careful caller would do, of one thread first, then of several at once.
rc::Gen<Trial> trials();
void showValue(const Trial& trial, std::ostream& os);

// What a law says of a run.
struct Ruling {
  bool applies = false;  // it has something to say
  bool holds = true;
  std::string why;  // if it does not hold, where there is more to say than the law's name

  static Ruling broken(std::string why) { return {true, false, std::move(why)}; }
};

// Judges the run that the runner has just done, of `ran`; may do others.
using SlotLaw = Ruling (*)(explore::Runner& runner, const program::Case& ran);

// The same for one call of a slot, which met the slot in `state`. Calls that others race with have
// no one state and are left out; so are those that come after one which did not do what a right
// slot does, and those that did not return.
struct Said {
  bool applies;
  bool holds;
};
using CallLaw = Said (*)(const oracle::SlotState& state, const world::CallRecord& call,
                         const world::World& world);

// Checks the law as the current GoogleTest case, with Trials.
void check_slot_law(SlotLaw law);

// What `law` says of all calls of the last run.
Ruling of_calls(CallLaw law, const report::RunView& run);

// The case that broke a law last, as text to keep; empty if there is none.
std::string broken_case();
void note_broken(const program::Case& test_case);
void note_death(std::string text);

}  // namespace slotproof::laws

namespace rc {
template <>
struct Arbitrary<slotproof::laws::Trial> {
  static Gen<slotproof::laws::Trial> arbitrary() { return slotproof::laws::trials(); }
};
}  // namespace rc

// SLOT_LAW(MemoryLaws, NoTwoAccessesRace) { return {true, ...}; }    sees `runner` and `ran`
#define SLOT_LAW(Suite, Name)                                                            \
  ::slotproof::laws::Ruling law_##Suite##_##Name(::slotproof::explore::Runner& runner,   \
                                                 const ::slotproof::program::Case& ran); \
  TEST(Suite, Name) { ::slotproof::laws::check_slot_law(law_##Suite##_##Name); }         \
  ::slotproof::laws::Ruling law_##Suite##_##Name(                                        \
      [[maybe_unused]] ::slotproof::explore::Runner& runner,                             \
      [[maybe_unused]] const ::slotproof::program::Case& ran)

// CALL_LAW(CheckLaws, AfterInitItGivesTheObject) { return {applies, holds}; }    sees `state`,
// `call` and `world`
#define CALL_LAW(Suite, Name)                                                                    \
  ::slotproof::laws::Said call_law_##Suite##_##Name(const ::slotproof::oracle::SlotState& state, \
                                                    const ::slotproof::world::CallRecord& call,  \
                                                    const ::slotproof::world::World& world);     \
  SLOT_LAW(Suite, Name) {                                                                        \
    return ::slotproof::laws::of_calls(call_law_##Suite##_##Name, runner.view());                \
  }                                                                                              \
  ::slotproof::laws::Said call_law_##Suite##_##Name(                                             \
      [[maybe_unused]] const ::slotproof::oracle::SlotState& state,                              \
      [[maybe_unused]] const ::slotproof::world::CallRecord& call,                               \
      [[maybe_unused]] const ::slotproof::world::World& world)
