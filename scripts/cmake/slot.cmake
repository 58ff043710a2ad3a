# slotproof_add_slot(<name> BINDING <file> [SOURCES <file>...] [ROOT <folder>]
#                    [INCLUDES <folder>...] [LINK <target>...] [PLUGIN])
#
# A slot library to verify: its sources, unmodified, and the one file that binds it to the interface
# of lib/world, all compiled with slotproof_seam.
#
#   ROOT      folder that SOURCES are relative to, and first include folder (default: the calling
#             folder, not an include folder)
#   INCLUDES  include folders of the slot; lib/ comes after them, so that the slot's own c10/ wins
#   LINK      further targets (interface targets with definitions, say)
#   PLUGIN    a shared object <build>/slots/<name>.so that is loaded with dlopen; otherwise the
#             static library slotproof_slot_<name>, also called slotproof::slot_<name>
#
# The binding sees SLOTPROOF_SLOT_NAME, the name as a string. What a plug-in calls must be in
# itself, in headers, or among the __tsan_* callbacks: executables export nothing else. There are no
# warnings: the slot is what it is. If it is ours, the caller links slotproof_warnings as well.
#
#   slotproof_add_slot(native
#     ROOT ${PROJECT_SOURCE_DIR}/lib
#     SOURCES ${SLOTPROOF_C10_SOURCES}
#     BINDING native_slot.cpp)

function(slotproof_add_slot name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "PLUGIN" "BINDING;ROOT" "SOURCES;INCLUDES;LINK")
  slotproof_reject_unparsed(slotproof_add_slot "${arg_UNPARSED_ARGUMENTS}")
  if(NOT arg_BINDING)
    message(FATAL_ERROR "slotproof_add_slot: ${name} has no BINDING")
  endif()
  if(arg_ROOT)
    list(TRANSFORM arg_SOURCES PREPEND "${arg_ROOT}/")
    list(PREPEND arg_INCLUDES "${arg_ROOT}")
  endif()

  set(target slotproof_slot_${name})
  if(TARGET ${target})
    message(FATAL_ERROR "slotproof_add_slot: there is a slot ${name} already; call yours otherwise")
  endif()
  if(arg_PLUGIN)
    add_library(${target} MODULE)
    set_target_properties(${target} PROPERTIES
      PREFIX "" SUFFIX ".so" OUTPUT_NAME ${name}
      LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/slots
      CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
    target_link_libraries(${target} PRIVATE slotproof_linker)
    # Plug-ins define the same names. Each must use its own definitions, and GCC's unique symbols
    # (static members and locals of inline functions) are one for the whole process.
    target_link_options(${target} PRIVATE LINKER:-Bsymbolic)
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
  else()
    add_library(${target} STATIC)
    add_library(slotproof::slot_${name} ALIAS ${target})
    target_link_libraries(${target} INTERFACE slotproof::machine)    # defines the callbacks
    # Nobody before it in the order of archives need ask for it, and GNU's linker does not go back.
    target_link_options(${target} INTERFACE LINKER:--undefined=slotproof_slot_library)
  endif()
  target_sources(${target} PRIVATE ${arg_SOURCES} ${arg_BINDING})
  target_compile_definitions(${target} PRIVATE "SLOTPROOF_SLOT_NAME=\"${name}\"")
  target_include_directories(${target} PRIVATE ${arg_INCLUDES} ${PROJECT_SOURCE_DIR}/lib)
  target_link_libraries(${target} PRIVATE slotproof_seam ${arg_LINK})
endfunction()
