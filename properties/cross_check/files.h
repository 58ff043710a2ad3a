// Litmus tests from files.
#pragma once

#include <string>
#include <vector>

#include "litmus/test.h"

namespace slotproof::cross_check {

// The same names, but in place of a folder the tests that are in it, sorted. Throws
// std::runtime_error if there are none.
std::vector<std::string> tests_in(const std::vector<std::string>& names);

// Throws std::runtime_error, which names the file and the place.
litmus::Test read_test(const std::string& file);

}  // namespace slotproof::cross_check
