// Checks the laws. Without RC_PARAMS, RapidCheck's own variable, each run tries the same cases.
#include <cstdlib>
#include <exception>
#include <iostream>
#include <rapidcheck.h>

#include <gtest/gtest.h>
#include <rapidcheck/detail/Configuration.h>

#include "slot_law.h"

namespace {

// `reproduce` for laws that are not run would leave every law unchecked and the run green.
bool checks_nothing() {
  const testing::UnitTest& tests = *testing::UnitTest::GetInstance();
  return !rc::detail::configuration().reproduce.empty() && tests.test_to_run_count() > 0 &&
         tests.skipped_test_count() == tests.test_to_run_count();
}

}  // namespace

int main(int argc, char** argv) try {
  setenv("RC_PARAMS", "seed=1 max_success=2000", 0);
  testing::InitGoogleTest(&argc, argv);
  slotproof::laws::choose_slot(argc, argv);
  std::cout << "RC_PARAMS=\"" << std::getenv("RC_PARAMS") << "\"\n";
  const int code = RUN_ALL_TESTS();
  if (checks_nothing()) {
    std::cerr << "RC_PARAMS reproduces a case of a law that was not run: nothing was checked\n";
    return 2;
  }
  return code;
} catch (const std::exception& e) {
  std::cerr << argv[0] << ": " << e.what() << '\n';
  return 2;
}
