# What a build may switch on. CMakePresets.json sets these; nothing else decides on flags.

option(SLOTPROOF_ASAN "Link executables with AddressSanitizer, so that malloc is ASan's" OFF)
option(SLOTPROOF_TSAN "Build the lane of real threads under ThreadSanitizer, and nothing else" OFF)
option(SLOTPROOF_LIBFUZZER "Build fuzz targets with libFuzzer (Clang only)" OFF)
option(SLOTPROOF_AFL "Build fuzz targets for AFL++ (Clang only; scripts/setup --with oss-fuzz)" OFF)
option(SLOTPROOF_COVERAGE "Measure source coverage of the slot library (Clang only)" OFF)
option(SLOTPROOF_COUNT "Count what the machine executes, for scripts/profile (Clang only)" OFF)
option(SLOTPROOF_WERROR "Treat warnings in our own code as errors" OFF)
set(SLOTPROOF_ENGINE "" CACHE STRING
  "What links an engine for OSS-Fuzz (.clusterfuzzlite/build.sh): fuzz targets, nothing else")
set(SLOTPROOF_UPSTREAM "" CACHE PATH "A PyTorch checkout whose slot becomes a plug-in, `upstream`")
set(SLOTPROOF_SLOT_FOLDER "" CACHE PATH "A folder of yours that calls slotproof_add_slot")

if(NOT CMAKE_CXX_COMPILER_ID MATCHES "^(Clang|GNU)$")
  message(FATAL_ERROR "slotproof needs Clang or GCC: it relies on their ThreadSanitizer pass")
endif()
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang"
   AND (SLOTPROOF_LIBFUZZER OR SLOTPROOF_AFL OR SLOTPROOF_COVERAGE OR SLOTPROOF_COUNT))
  message(FATAL_ERROR
    "SLOTPROOF_LIBFUZZER, SLOTPROOF_AFL, SLOTPROOF_COVERAGE and SLOTPROOF_COUNT need Clang")
endif()

# Properties of every target rather than flags: archives end up in shared objects (plug-ins), and
# ISO C++ without GNU extensions keeps both compilers at the same language.
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_EXTENSIONS OFF)
