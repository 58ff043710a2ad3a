#include "law.h"

#include <algorithm>
#include <exception>
#include <iostream>
#include <utility>

#include <fmt/format.h>
#include <rapidcheck/detail/TestListenerAdapter.h>

#include "explore/child.h"
#include "slot_law.h"

namespace slotproof::laws {
namespace {

using rc::detail::CaseDescription;
using rc::detail::CaseResult;
using rc::detail::Configuration;
using rc::detail::FailureResult;
using rc::detail::GaveUpResult;
using rc::detail::Property;
using rc::detail::SuccessResult;
using rc::detail::TestMetadata;
using rc::detail::TestResult;

class Count final : public rc::detail::TestListenerAdapter {
 public:
  void onTestCaseFinished(const CaseDescription& description) override {
    ++cases;
    if (description.result.type == CaseResult::Type::Discard) ++discarded;
  }

  double rate() const { return cases == 0 ? 0 : static_cast<double>(discarded) / cases; }

  int cases = 0;
  int discarded = 0;
};

TestMetadata metadata() {
  const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
  return {std::string(test.test_suite_name()) + "/" + test.name(), test.name()};
}

std::string replay_line(const rc::detail::Reproduce& reproduce) {
  const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
  Configuration again = rc::detail::configuration();
  again.reproduce = {{metadata().id, reproduce}};
  return fmt::format("to run it again: RC_PARAMS=\"{}\" {} --gtest_filter={}.{}{}\n",
                     rc::detail::configToMinimalString(again), program_name(),
                     test.test_suite_name(), test.name(),
                     slot_name() == "native" ? "" : " --slot " + slot_name());
}

// Checks all cases in this process. Gives what is wrong; `summary` says what was tried.
std::string falsified(Kind kind, int cost, const Property& property, std::string& summary) {
  const Configuration& config = rc::detail::configuration();
  rc::detail::TestParams params = config.testParams;
  params.maxSuccess = std::max(1, params.maxSuccess / cost);
  Count count;
  const TestResult result =
      rc::detail::checkProperty(property, metadata(), params, count, config.reproduce);
  summary = fmt::format("{} cases, {} discarded ({:.1f} %)", count.cases, count.discarded,
                        100 * count.rate());
  const std::uint64_t applied = explore::BlackBox::instance().counted();
  if (kind == Kind::kSlot) summary += fmt::format(", the law applied to {} runs", applied);
  if (result.is<SuccessResult>()) {
    if (count.rate() > kMaxDiscarded) {
      return fmt::format("too many cases are discarded: {}\n", summary);
    }
    if (kind == Kind::kSlot && applied == 0 && config.reproduce.empty()) {
      return fmt::format("no case was one that the law speaks of: {}\n", summary);
    }
    return {};
  }
  std::ostringstream text;
  rc::detail::printResultMessage(result, text);
  text << '\n';
  if (result.is<FailureResult>()) {
    text << broken_case() << replay_line(result.get<FailureResult>().reproduce);
  }
  return text.str();
}

// A case in a child of its own, whose death is a failure like any other. The first death has been
// heard already.
void guard_by_child(const std::function<void()>& body) {
  const explore::ChildEnd end = explore::in_child(explore::Errors::kHidden, [&]() -> std::string {
    try {
      body();
      return "s";
    } catch (const CaseResult& result) {
      return (result.type == CaseResult::Type::Discard   ? "d"
              : result.type == CaseResult::Type::Failure ? "f"
                                                         : "s") +
             result.description;
    } catch (const std::exception& e) {
      return std::string("fthrows: ") + e.what();
    }
  });
  if (!end.death.empty()) {
    note_death(explore::BlackBox::instance().last());
    throw CaseResult(CaseResult::Type::Failure, "this case " + end.death);
  }
  const std::string description = end.output.substr(1);
  if (end.output[0] == 'd') throw CaseResult(CaseResult::Type::Discard, description);
  if (end.output[0] == 'f') throw CaseResult(CaseResult::Type::Failure, description);
}

}  // namespace

void check(Kind kind, int cost, const std::function<Property(const Guard&)>& property) {
  const Configuration& config = rc::detail::configuration();
  if (!config.reproduce.empty() && !config.reproduce.contains(metadata().id)) {
    GTEST_SKIP() << "RC_PARAMS reproduces a case of another law";
  }
  explore::BlackBox::instance().clear();
  const explore::ChildEnd end = explore::in_child(explore::Errors::kShown, [&] {
    std::string summary;
    std::string wrong =
        falsified(kind, cost, property([](const std::function<void()>& body) { body(); }), summary);
    return wrong.empty() ? "+" + summary : "-" + std::move(wrong);
  });
  if (end.death.empty()) {
    if (end.output[0] == '-') FAIL() << end.output.substr(1);
    std::cout << end.output.substr(1) << std::endl;
    return;
  }
  const std::string last = explore::BlackBox::instance().last();
  std::string summary;
  const std::string wrong = falsified(kind, cost, property(guard_by_child), summary);
  FAIL() << "a case " << end.death << ":\n"
         << last << '\n'
         << (wrong.empty() ? "alone, no case does (" + summary + ")\n" : wrong);
}

}  // namespace slotproof::laws
