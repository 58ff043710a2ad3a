# Everything that we use from outside, all of it packaged by Debian (scripts/setup installs it).
#
# Imported targets are visible only in the folder that finds them and below it; layers hand theirs
# on to folders elsewhere, so they are found here, once, for the whole project.

if(SLOTPROOF_ENGINE)
  # What is built moves to other machines, and its standard library need not be the one that the
  # distribution's libraries were compiled with: their C++ comes from headers alone.
  set(Boost_USE_STATIC_LIBS ON)
  find_path(SLOTPROOF_FMT fmt/format.h REQUIRED)
  add_library(fmt::fmt INTERFACE IMPORTED)
  target_include_directories(fmt::fmt INTERFACE ${SLOTPROOF_FMT})
  target_compile_definitions(fmt::fmt INTERFACE FMT_HEADER_ONLY=1)
else()
  find_package(fmt REQUIRED)                            # fmt::fmt: formatting
endif()
find_package(Threads REQUIRED)
find_package(Boost 1.71 REQUIRED COMPONENTS context)    # Boost::context: fibers
find_package(nlohmann_json REQUIRED)                    # nlohmann_json::nlohmann_json: reports
if(SLOTPROOF_ENGINE)
  return()
endif()
find_package(CLI11 REQUIRED)                            # CLI11::CLI11: the command line
find_package(OpenSSL REQUIRED COMPONENTS Crypto)        # OpenSSL::Crypto: SHA-256 of a slot
find_package(pegtl REQUIRED)                            # taocpp::pegtl: reads litmus tests
find_package(GTest REQUIRED)                            # GTest::gtest_main, GTest::gmock: tests
find_package(rapidcheck REQUIRED)                       # rapidcheck: properties
find_package(benchmark REQUIRED)                        # benchmark::benchmark: benchmarks

include(GoogleTest)
