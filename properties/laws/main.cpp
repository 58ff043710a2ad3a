// Runs the laws. Without RC_PARAMS, RapidCheck's own variable, each run tries the same cases.
#include <cstdlib>

#include <gtest/gtest.h>

int main(int argc, char** argv) {
  setenv("RC_PARAMS", "seed=1 max_success=1000", 0);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
