# slotproof_add_mutants(<name>... BINDING <file> [LINK <target>...])
#
# Planted bugs. Each <name> is a patch <name>.patch in the calling folder, against the slot library
# as seen from lib/ (its paths read a/c10/..., b/c10/..., so `patch -p1 -d lib` applies it too). For
# each there is the plug-in <build>/slots/mutant-<name>.so, made from a copy of lib/c10 with the
# patch applied and from the binding. A patch that does not apply exactly fails the build. All of
# them together are the target slotproof_mutants.
#
# SLOTPROOF_C10_SOURCES, set by lib/c10, lists the sources relative to lib/.
#
#   slotproof_add_mutants(
#     relaxed-claim
#     double-decref
#     BINDING ${PROJECT_SOURCE_DIR}/lib/slots/native_slot.cpp)

set(SLOTPROOF_APPLY_MUTANT ${CMAKE_CURRENT_LIST_DIR}/apply_mutant.cmake)
add_custom_target(slotproof_mutants)

function(slotproof_add_mutants)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "BINDING" "LINK")
  if(NOT arg_BINDING OR NOT arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "slotproof_add_mutants: needs names and a BINDING")
  endif()
  cmake_path(ABSOLUTE_PATH arg_BINDING NORMALIZE)
  cmake_path(GET arg_BINDING FILENAME binding)

  foreach(name IN LISTS arg_UNPARSED_ARGUMENTS)
    if(NOT name MATCHES "^[a-z0-9]+(-[a-z0-9]+)*$")
      message(FATAL_ERROR "slotproof_add_mutants: \"${name}\" is not kebab-case")
    endif()
    set(root ${PROJECT_BINARY_DIR}/mutants/${name})
    set(patch ${CMAKE_CURRENT_SOURCE_DIR}/${name}.patch)
    # The binding is copied as well: it includes headers that the patch may change, and as an output
    # of this command it is recompiled with them.
    list(TRANSFORM SLOTPROOF_C10_SOURCES PREPEND ${root}/ OUTPUT_VARIABLE sources)
    add_custom_command(
      OUTPUT ${root}/${binding} ${sources}    # the first is the one that depends.d speaks of
      COMMAND ${CMAKE_COMMAND} -D "C10=${PROJECT_SOURCE_DIR}/lib/c10" -D "PATCH=${patch}"
              -D "BINDING=${arg_BINDING}" -D "ROOT=${root}" -P ${SLOTPROOF_APPLY_MUTANT}
      DEPENDS ${patch} ${arg_BINDING} ${SLOTPROOF_APPLY_MUTANT}
      DEPFILE ${root}/depends.d    # names every file that was copied
      COMMENT "Planting ${name}"
      VERBATIM)
    slotproof_add_slot(mutant-${name} PLUGIN
      ROOT ${root}
      SOURCES ${SLOTPROOF_C10_SOURCES}
      BINDING ${root}/${binding}
      LINK ${arg_LINK})
    # One compilation for each mutant instead of six: there are many, and nobody edits them.
    set_target_properties(slotproof_slot_mutant-${name} PROPERTIES
      UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0)
    add_dependencies(slotproof_mutants slotproof_slot_mutant-${name})
  endforeach()
endfunction()
