# slotproof_add_executable(<name> SOURCES <file>... [DEPENDS <layer|target>...])
#
# The target and program <name>: slotproof_plain to compile, slotproof_link to link. DEPENDS is that
# of slotproof_add_layer; slot_<name> is a built-in slot. A fuzz target adds slotproof_libfuzzer.
#
#   slotproof_add_executable(fuzz_slot SOURCES fuzz_slot.cpp DEPENDS explore slotproof_libfuzzer)
#
# slotproof_add_test(<name> LABEL <label> SOURCES <file>... [DEPENDS <layer|target>...]
#                    [TIMEOUT <seconds>])
#
# Such a program made of GoogleTest cases; each case is a test of CTest, <name>.<suite>.<case>, with
# the label: "unit" for what takes well under a second. One that takes longer than TIMEOUT (60 s)
# fails. GoogleTest's main() and GoogleMock are linked.
#
#   slotproof_add_test(choice_test LABEL unit SOURCES choice_sequence_test.cpp DEPENDS choice)
#
# slotproof_add_machine_test(<name> LABEL <label> SOURCES <file>... [TIMEOUT <seconds>])
#
# The same for files with programs of lib/machine_test, which are compiled with slotproof_seam, as
# the target <name>_programs.

# Most of a test's compilation would go to GoogleTest's headers, so they are parsed once for all
# tests, which for that must have the same definitions: those of what some of them use.
if(TARGET GTest::gmock)
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/test_headers.cpp CONTENT "")
  add_executable(slotproof_test_headers EXCLUDE_FROM_ALL ${PROJECT_BINARY_DIR}/test_headers.cpp)
  set(test_libraries Boost::context fmt::fmt GTest::gtest_main GTest::gmock)
  target_link_libraries(slotproof_test_headers PRIVATE slotproof_plain ${test_libraries})
  target_precompile_headers(slotproof_test_headers
    PRIVATE <gmock/gmock.h> <gtest/gtest.h> <fmt/format.h>)
endif()

# All tests with the label "unit": what is built where everything would take too long.
add_custom_target(slotproof_unit_tests)

function(slotproof_add_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS")
  slotproof_reject_unparsed(slotproof_add_executable "${arg_UNPARSED_ARGUMENTS}")

  slotproof_layer_targets(depends ${arg_DEPENDS})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE slotproof_plain slotproof_link ${depends})
endfunction()

function(slotproof_add_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL;TIMEOUT" "SOURCES;DEPENDS")
  slotproof_reject_unparsed(slotproof_add_test "${arg_UNPARSED_ARGUMENTS}")
  if(NOT arg_LABEL)
    message(FATAL_ERROR "slotproof_add_test: ${name} has no LABEL")
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()

  slotproof_add_executable(${name}
    SOURCES ${arg_SOURCES}
    DEPENDS ${arg_DEPENDS} ${test_libraries})
  target_precompile_headers(${name} REUSE_FROM slotproof_test_headers)
  if(arg_LABEL STREQUAL "unit")
    add_dependencies(slotproof_unit_tests ${name})
  endif()
  gtest_discover_tests(${name}
    TEST_PREFIX ${name}.
    NO_PRETTY_TYPES NO_PRETTY_VALUES    # names stay what they are in the source
    DISCOVERY_MODE PRE_TEST    # when tests are run, not whenever the program is linked
    PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT})
endfunction()

function(slotproof_add_machine_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL;TIMEOUT" "SOURCES")
  slotproof_reject_unparsed(slotproof_add_machine_test "${arg_UNPARSED_ARGUMENTS}")
  add_library(${name}_programs OBJECT ${arg_SOURCES})
  target_link_libraries(${name}_programs PRIVATE slotproof_seam)
  target_include_directories(${name}_programs PRIVATE ${PROJECT_SOURCE_DIR}/lib)
  slotproof_add_test(${name} LABEL ${arg_LABEL} TIMEOUT ${arg_TIMEOUT}
    SOURCES $<TARGET_OBJECTS:${name}_programs>
    DEPENDS slotproof::machine_test)
endfunction()
