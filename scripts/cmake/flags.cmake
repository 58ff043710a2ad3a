# Compiler and linker flags, as interface targets. A target has exactly the flags of the interface
# targets that it links; there are no global ones.
#
#   slotproof_warnings   warnings for code of ours
#   slotproof_plain      every layer: C++20, debug information, warnings; never instrumented
#   slotproof_profiled   layers that each access of a slot goes through
#   slotproof_seam       slots: instrumented, so that our machine sees each memory access
#   slotproof_link       executables: sanitizer runtimes, callbacks exported to plug-ins
#   slotproof_libfuzzer  fuzz targets: libFuzzer and its main(), or those of AFL++ or of another
#                        engine; nothing in builds that have none

# --- warnings -------------------------------------------------------------------------------------

add_library(slotproof_warnings INTERFACE)
target_compile_options(slotproof_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor
  -Woverloaded-virtual -Wextra-semi -Wimplicit-fallthrough -Wundef
  # Clang counts this one to -Wconversion, GCC does not; it is set off by each index that is an int.
  -Wno-sign-conversion
  $<$<BOOL:${SLOTPROOF_WERROR}>:-Werror>
  # These follow data flow, and GCC 12 gets them wrong inside its own std::string and std::vector.
  "$<$<CXX_COMPILER_ID:GNU>:-Wno-error=maybe-uninitialized;-Wno-error=array-bounds>"
  "$<$<CXX_COMPILER_ID:GNU>:-Wno-error=restrict;-Wno-error=stringop-overflow>")

# --- every compilation ----------------------------------------------------------------------------

# Paths are recorded relative to the project, wherever it and its build are: builds in different
# folders are equal, and tools that are run in the project's folder find the sources. Of several
# options that match, the last one wins: a mutant's copy of the slot library, which lies in the
# build folder, is recorded as mutants/<name>/c10/.
add_library(slotproof_compile INTERFACE)
target_compile_features(slotproof_compile INTERFACE cxx_std_20)
target_compile_options(slotproof_compile INTERFACE
  $<$<BOOL:${SLOTPROOF_ASAN}>:-fno-omit-frame-pointer>  # AddressSanitizer walks the stack by them
  $<$<CXX_COMPILER_ID:Clang>:-ffile-compilation-dir=.>
  "-ffile-prefix-map=${PROJECT_SOURCE_DIR}/="
  "-ffile-prefix-map=${PROJECT_BINARY_DIR}=."
  "-ffile-prefix-map=${PROJECT_BINARY_DIR}/mutants/=mutants/")

add_library(slotproof_plain INTERFACE)
target_link_libraries(slotproof_plain INTERFACE slotproof_compile slotproof_warnings)

# Where an engine is given, CXXFLAGS say how much debug information there is to be. Of our own code,
# optimised, only line tables: they are a fifth quicker to compile, but name functions of classes
# without the class where they are inlined, which would spoil the stacks of a slot.
if(NOT SLOTPROOF_ENGINE)
  target_compile_options(slotproof_plain INTERFACE $<IF:$<CONFIG:Debug>,-g,-g1>)
endif()

# --- profile --------------------------------------------------------------------------------------

# For the layers that each access of a slot goes through, in small functions. What is inlined there,
# and which way a branch falls through, Clang decides by lib/profile.proftext: how often each
# statement was reached in a proof and in the slot benchmark, as scripts/profile counted it.
# Functions that have changed since are optimised without it.
add_library(slotproof_profiled INTERFACE)
if(SLOTPROOF_COUNT)
  target_compile_options(slotproof_profiled INTERFACE -fprofile-instr-generate)
  target_link_options(slotproof_profiled INTERFACE -fprofile-instr-generate)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND NOT SLOTPROOF_ENGINE)  # whose CXXFLAGS may count
  string(REGEX MATCH "^[0-9]+" major ${CMAKE_CXX_COMPILER_VERSION})
  find_program(SLOTPROOF_PROFDATA llvm-profdata-${major})    # another version's format may differ
  if(SLOTPROOF_PROFDATA)
    set(counts ${PROJECT_SOURCE_DIR}/lib/profile.proftext)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${counts})
    file(SHA256 ${counts} hash)    # whoever was compiled by another one is compiled again
    set(profile ${PROJECT_BINARY_DIR}/${hash}.profdata)
    execute_process(COMMAND ${SLOTPROOF_PROFDATA} merge -o ${profile} ${counts}
      COMMAND_ERROR_IS_FATAL ANY)
    target_compile_options(slotproof_profiled INTERFACE
      -fprofile-instr-use=${profile} -Wno-profile-instr-out-of-date -Wno-profile-instr-unprofiled)
  endif()
endif()

# --- instrumented code ----------------------------------------------------------------------------

# Only the compiler pass of ThreadSanitizer is used; lib/machine implements the interface. Its own
# runtime is linked by the lane of real threads alone (SLOTPROOF_TSAN). No option of the pass is
# changed: what it leaves out by default (reads of an address that the same block writes next,
# locals whose address stays at home) cannot race on its own account.
#
# Unoptimised builds still optimise this code a little: at -O0 the members of std::atomic are
# functions of their own, of which the linker keeps one copy, perhaps one that is not instrumented.
add_library(slotproof_seam INTERFACE)
target_link_libraries(slotproof_seam INTERFACE slotproof_compile)
if(NOT SLOTPROOF_ENGINE)
  target_compile_options(slotproof_seam INTERFACE -g)
endif()
target_compile_options(slotproof_seam INTERFACE -fsanitize=thread $<$<CONFIG:Debug>:-O1>)

if(SLOTPROOF_LIBFUZZER)
  # Up to Clang 16 at least, the ThreadSanitizer pass also instruments libFuzzer's counters, and the
  # machine would take them for racing variables. With such a compiler the slot goes without branch
  # coverage, and libFuzzer is guided by our extra counters alone. The probe touches no memory
  # itself, so it links exactly if its counter is not instrumented.
  try_compile(SLOTPROOF_COUNTERS_ARE_SKIPPED
    SOURCE_FROM_CONTENT probe.cpp "\
extern \"C\" { void __tsan_init() {} void __tsan_func_entry(void*) {} void __tsan_func_exit() {} }
int main() { return 0; }
"
    COMPILE_DEFINITIONS -O1 -fsanitize=thread -fsanitize=fuzzer-no-link
    LINK_OPTIONS -fsanitize=fuzzer-no-link)
  if(SLOTPROOF_COUNTERS_ARE_SKIPPED)
    # Stack depth means nothing to code that hops between fibers.
    target_compile_options(slotproof_seam INTERFACE
      -fsanitize=fuzzer-no-link -fno-sanitize-coverage=stack-depth)
  else()
    message(STATUS "This compiler instruments libFuzzer's counters: no branch coverage of slots")
  endif()
endif()

# CXXFLAGS of OSS-Fuzz have the engine's instrumentation and a sanitizer, for all code. The slot
# keeps what can stand beside the seam. The layers are no code to search in, so they keep the
# sanitizer alone; and AddressSanitizer only where simulated memory is out of reach, for what is
# wrong there is for the machine to say. Whatever the engine, more is taken away than is there.
if(SLOTPROOF_ENGINE)
  set(not_report $<NOT:$<STREQUAL:$<TARGET_PROPERTY:NAME>,slotproof_report>>)
  target_compile_options(slotproof_plain INTERFACE
    -fno-sanitize=$<${not_report}:address,>memory,fuzzer-no-link
    -fno-sanitize-coverage=trace-pc-guard)
  target_compile_options(slotproof_seam INTERFACE
    -fno-sanitize=address,memory -fno-sanitize-coverage=stack-depth)
  # UBSan's reports have names of files that no -ffile-prefix-map reaches.
  string(REGEX MATCHALL "[^/]+" components "${PROJECT_SOURCE_DIR}")
  list(LENGTH components components)
  target_compile_options(slotproof_compile INTERFACE
    -fsanitize-undefined-strip-path-components=${components})
endif()

# For the slot library and its unit tests: counts what is reached, where that is asked for.
add_library(slotproof_counted INTERFACE)
if(SLOTPROOF_COVERAGE)
  target_compile_options(slotproof_counted INTERFACE
    -O0 -fprofile-instr-generate -fcoverage-mapping)
  target_link_options(slotproof_counted INTERFACE -fprofile-instr-generate)
  # Not for plug-ins, each of which would write a profile of its own. Counting must not be atomic,
  # which is the default beside -fsanitize=thread: it would be a scheduling point. Nor may
  # optimisation choose between counters at run time: the ThreadSanitizer pass knows them by their
  # names, and would take others for variables of the slot.
  target_compile_options(slotproof_seam INTERFACE
    "$<$<NOT:$<STREQUAL:$<TARGET_PROPERTY:TYPE>,MODULE_LIBRARY>>:\
-O0;-fprofile-instr-generate;-fcoverage-mapping;-fprofile-update=single>")
endif()

# --- linking --------------------------------------------------------------------------------------

# LLD where the compiler has one: faster, and there are many plug-ins to link.
add_library(slotproof_linker INTERFACE)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-prog-name=ld.lld
    OUTPUT_VARIABLE lld OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(IS_ABSOLUTE "${lld}")
    target_link_options(slotproof_linker INTERFACE -fuse-ld=lld)
  endif()
endif()

# Where ThreadSanitizer's runtime is linked, a slot's atomic operations go through
# lib/machine/on_threads first.
if(SLOTPROOF_TSAN)
  set(operations load store exchange compare_exchange_val)
  list(APPEND operations fetch_add fetch_sub fetch_and fetch_or fetch_xor)
  foreach(bits IN ITEMS 8 16 32 64)
    foreach(operation IN LISTS operations)
      target_link_options(slotproof_linker INTERFACE
        LINKER:--wrap=__tsan_atomic${bits}_${operation})
    endforeach()
  endforeach()
endif()

# A plug-in finds the callbacks in the executable that loads it: they must be exported, and they
# must be there, although nothing in an executable without a built-in slot asks for them. One
# symbol of each family pulls its object file out of the machine's archive.
add_library(slotproof_link INTERFACE)
target_link_libraries(slotproof_link INTERFACE slotproof_linker)
target_link_options(slotproof_link INTERFACE
  "LINKER:--export-dynamic-symbol=__tsan_*"
  "LINKER:--export-dynamic-symbol=__wrap___tsan_*"
  LINKER:--export-dynamic-symbol=exit          # lib/machine/crash_handlers.cpp
  LINKER:--export-dynamic-symbol=_exit
  LINKER:--export-dynamic-symbol=_Exit
  LINKER:--export-dynamic-symbol=quick_exit
  LINKER:--undefined=__tsan_init
  LINKER:--undefined=__tsan_func_entry
  LINKER:--undefined=__tsan_read8
  LINKER:--undefined=__tsan_atomic64_load
  LINKER:--undefined=__tsan_atomic_thread_fence
  LINKER:--undefined=__tsan_vptr_update
  LINKER:--undefined=__tsan_memcpy
  LINKER:--undefined=slotproof_sanitizer_options    # lib/machine/default_options.cpp
  $<$<BOOL:${SLOTPROOF_ASAN}>:-fsanitize=address>
  $<$<BOOL:${SLOTPROOF_TSAN}>:-fsanitize=thread>
  # Where there is neither ASan nor libFuzzer, this links a runtime that has the coverage callbacks.
  $<$<OR:$<BOOL:${SLOTPROOF_LIBFUZZER}>,$<BOOL:${SLOTPROOF_AFL}>>:-fsanitize=fuzzer-no-link>
  $<$<BOOL:${SLOTPROOF_COVERAGE}>:-fprofile-instr-generate>)
if(SLOTPROOF_ENGINE)
  target_link_options(slotproof_link INTERFACE -static-libstdc++ -static-libgcc)
endif()

add_library(slotproof_libfuzzer INTERFACE)
target_link_options(slotproof_libfuzzer INTERFACE
  $<$<BOOL:${SLOTPROOF_LIBFUZZER}>:-fsanitize=fuzzer>)
separate_arguments(engine UNIX_COMMAND "${SLOTPROOF_ENGINE}")
target_link_libraries(slotproof_libfuzzer INTERFACE ${engine})
if(SLOTPROOF_AFL)
  # What AFL++ counts are calls, which any Clang makes; plug-ins find them in the executable.
  target_compile_options(slotproof_seam INTERFACE -fsanitize-coverage=trace-pc-guard)
  find_file(SLOTPROOF_AFL_RUNTIME afl-compiler-rt.o PATHS /usr/lib/afl REQUIRED)
  find_file(SLOTPROOF_AFL_DRIVER libAFLDriver.a PATHS /usr/lib/afl REQUIRED)
  target_link_libraries(slotproof_libfuzzer INTERFACE
    ${SLOTPROOF_AFL_DRIVER} ${SLOTPROOF_AFL_RUNTIME})
  target_link_options(slotproof_libfuzzer INTERFACE
    LINKER:--export-dynamic-symbol=__sanitizer_cov_*)
endif()
