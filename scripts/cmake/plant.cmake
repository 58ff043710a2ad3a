# slotproof_plant(<out> <patch>)
#
# Plants a fault in one source of the suite itself, to show that it is found: the patch names the
# source as seen from lib/ ("--- a/machine/memory_model.cpp"). Sets <out> to the patched copy. A
# program that lists it among its sources is linked with it instead of the layer's own, whose member
# of the archive is then not asked for.
function(slotproof_plant out patch)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${patch})
  file(STRINGS ${patch} source REGEX "^--- a/")
  string(REPLACE "--- a/" "" source "${source}")
  set(original ${PROJECT_SOURCE_DIR}/lib/${source})
  cmake_path(GET patch STEM name)
  set(faulty ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  add_custom_command(
    OUTPUT ${faulty}
    COMMAND patch --fuzz=0 --force --silent --output=${faulty} ${original} ${patch}
    DEPENDS ${patch} ${original}
    COMMENT "Planting ${name}"
    VERBATIM)
  set(${out} ${faulty} PARENT_SCOPE)
endfunction()
