# Makes one mutant's sources; the build runs it (see mutants.cmake):
#
#   cmake -D C10=<lib/c10> -D PATCH=<file> -D BINDING=<file> -D ROOT=<folder> -P apply_mutant.cmake
#
# Afterwards ROOT has c10/, patched, the binding, and depends.d for the build system. If the patch
# does not apply, ROOT is empty and the exit code is not 0.

file(REMOVE_RECURSE ${ROOT})
file(COPY ${C10} ${BINDING} DESTINATION ${ROOT})
execute_process(
  COMMAND patch -p1 --fuzz=0 --force --no-backup-if-mismatch --input=${PATCH}
  WORKING_DIRECTORY ${ROOT}
  OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  file(REMOVE_RECURSE ${ROOT})
  message(FATAL_ERROR "${PATCH} does not apply to ${C10}:\n${output}")
endif()

# Copies keep the times of their originals, but the build must see them as new.
file(GLOB_RECURSE copies ${ROOT}/*)
file(TOUCH ${copies})

file(GLOB_RECURSE originals ${C10}/*)
cmake_path(GET BINDING FILENAME binding)
list(JOIN originals " \\\n  " originals)
file(WRITE ${ROOT}/depends.d "${ROOT}/${binding}: \\\n  ${originals}\n")
