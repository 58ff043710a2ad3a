# slotproof_add_layer(<name> [SOURCES <file>...] [HEADERS <file>...] [DEPENDS <layer|target>...])
#
# A library layer: the static library slotproof_<name>, also called slotproof::<name>. Files are
# relative to the calling folder, which is lib/<name>; every header is included from lib/, as
# "<name>/<header>".
#
# DEPENDS names layers (bare, or with slotproof::) and targets from outside. It is the diagram of
# the layers: a name that is no target is an error, and scripts/lint rejects an #include of a layer
# that DEPENDS does not reach.
#
#   slotproof_add_layer(machine
#     SOURCES scheduler.cpp memory_model.cpp
#     HEADERS scheduler.h memory_model.h
#     DEPENDS choice Boost::context)
#
# Each header is proven self-contained: the source of its name includes it first, which scripts/lint
# sees to, and one without such a source is compiled on its own.

function(slotproof_add_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;HEADERS;DEPENDS")
  slotproof_reject_unparsed(slotproof_add_layer "${arg_UNPARSED_ARGUMENTS}")

  set(target slotproof_${name})
  slotproof_layer_targets(depends ${arg_DEPENDS})
  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES} ${arg_HEADERS})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE slotproof_plain)
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(slotproof::${name} ALIAS ${target})
  target_compile_features(${target} ${scope} cxx_std_20)
  target_include_directories(${target} ${scope} ${PROJECT_SOURCE_DIR}/lib)
  target_link_libraries(${target} ${scope} ${depends})

  set(proofs)
  foreach(header IN LISTS arg_HEADERS)
    cmake_path(REPLACE_EXTENSION header .cpp OUTPUT_VARIABLE source)
    if(source IN_LIST arg_SOURCES)
      continue()
    endif()
    cmake_path(ABSOLUTE_PATH header NORMALIZE OUTPUT_VARIABLE path)
    cmake_path(RELATIVE_PATH path BASE_DIRECTORY ${PROJECT_SOURCE_DIR}/lib OUTPUT_VARIABLE included)
    set(proof ${CMAKE_CURRENT_BINARY_DIR}/self_contained/${header}.cpp)
    file(CONFIGURE OUTPUT ${proof} CONTENT "#include <${included}>\n")
    list(APPEND proofs ${proof})
  endforeach()
  if(proofs)
    add_library(${target}_headers OBJECT ${proofs})
    target_link_libraries(${target}_headers PRIVATE slotproof_plain ${target})
    # Only that it compiles is of interest.
    set_source_files_properties(${proofs} PROPERTIES COMPILE_OPTIONS "-O0;-g0")
  endif()
endfunction()

# Sets <out> to the targets that a DEPENDS list means: a bare name that is no target is a layer's.
function(slotproof_layer_targets out)
  set(targets)
  foreach(item IN LISTS ARGN)
    if(item MATCHES "::" OR TARGET ${item})
      list(APPEND targets ${item})
    else()
      list(APPEND targets slotproof::${item})
    endif()
  endforeach()
  set(${out} ${targets} PARENT_SCOPE)
endfunction()

# Stops with an error that names the arguments which a function does not know.
function(slotproof_reject_unparsed function unparsed)
  if(unparsed)
    message(FATAL_ERROR "${function}: unknown arguments: ${unparsed}")
  endif()
endfunction()
