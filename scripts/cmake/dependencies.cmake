# Everything that we use from outside, all of it packaged by Debian (scripts/setup installs it).
#
# Imported targets are visible only in the folder that finds them and below it; layers hand theirs
# on to folders elsewhere, so they are found here, once, for the whole project.

find_package(Threads REQUIRED)
find_package(Boost 1.74 REQUIRED COMPONENTS context)    # Boost::context: fibers
find_package(fmt REQUIRED)                              # fmt::fmt: formatting
find_package(nlohmann_json REQUIRED)                    # nlohmann_json::nlohmann_json: reports
find_package(CLI11 REQUIRED)                            # CLI11::CLI11: the command line
find_package(OpenSSL REQUIRED COMPONENTS Crypto)        # OpenSSL::Crypto: SHA-256 of a slot
find_package(pegtl REQUIRED)                            # taocpp::pegtl: reads litmus tests
find_package(GTest REQUIRED)                            # GTest::gtest_main, GTest::gmock: tests
find_package(rapidcheck REQUIRED)                       # rapidcheck: properties
find_package(benchmark REQUIRED)                        # benchmark::benchmark: benchmarks

include(GoogleTest)
