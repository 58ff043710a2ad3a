# slotproof_add_upstream_slot(<name> <checkout>)
#
# A plug-in (slot.cmake) of the slot of a PyTorch checkout, 2.0 to 2.7: the six files named below as
# they are, and nothing else of it. What they include besides comes from
# lib/slots/upstream/stand_in.h and lib/c10, so PyTorch need not be built, nor configured. Ends with
# an error if the folder is no such checkout.

set(SLOTPROOF_UPSTREAM_FILES
  HermeticPyObjectTLS.cpp HermeticPyObjectTLS.h
  PyInterpreter.cpp PyInterpreter.h
  PyObjectSlot.cpp PyObjectSlot.h)

# What they include, in one release or another, and lib/c10 does not have.
set(SLOTPROOF_UPSTREAM_STAND_INS
  core/Device.h core/DeviceType.h core/DispatchKey.h core/DispatchKeySet.h core/Layout.h
  core/MemoryFormat.h core/SymBool.h core/SymInt.h core/SymIntArrayRef.h core/TensorImpl.h
  macros/Macros.h util/ArrayRef.h util/Optional.h util/intrusive_ptr.h)

# slotproof_check_upstream(<name> <checkout>): an error if it is not what it should be.
function(slotproof_check_upstream name checkout)
  set(wanted "give the folder of a PyTorch checkout, 2.0 to 2.7 (-DSLOTPROOF_UPSTREAM=DIR)")
  foreach(file IN LISTS SLOTPROOF_UPSTREAM_FILES)
    if(NOT EXISTS ${checkout}/c10/core/impl/${file})
      message(FATAL_ERROR "${name}: ${checkout}/c10/core/impl/${file} is missing; ${wanted}")
    endif()
  endforeach()
  file(STRINGS ${checkout}/c10/core/impl/PyObjectSlot.h tagged REGEX "PyInterpreterStatus")
  if(NOT tagged)
    message(FATAL_ERROR "${name}: init_pyobj in ${checkout}/c10/core/impl/PyObjectSlot.h takes no "
      "PyInterpreterStatus, so the release is another; ${wanted}")
  endif()
endfunction()

function(slotproof_add_upstream_slot name checkout)
  cmake_path(ABSOLUTE_PATH checkout BASE_DIRECTORY ${PROJECT_SOURCE_DIR} NORMALIZE)
  slotproof_check_upstream(${name} ${checkout})

  # A folder with these files alone: whatever else the checkout has would get in the way. Another
  # checkout has another folder, so that all is compiled anew, however old its files are.
  string(MD5 checksum ${checkout})
  string(SUBSTRING ${checksum} 0 8 checksum)
  set(include ${CMAKE_CURRENT_BINARY_DIR}/${name}-${checksum})
  set(stand_in ${PROJECT_SOURCE_DIR}/lib/slots/upstream)
  file(MAKE_DIRECTORY ${include}/c10/core/impl)
  foreach(file IN LISTS SLOTPROOF_UPSTREAM_FILES)
    file(CREATE_LINK ${checkout}/c10/core/impl/${file} ${include}/c10/core/impl/${file} SYMBOLIC)
  endforeach()
  foreach(file IN LISTS SLOTPROOF_UPSTREAM_STAND_INS)
    file(CONFIGURE OUTPUT ${include}/c10/${file} CONTENT "#include \"stand_in.h\"\n")
  endforeach()

  set(sources ${SLOTPROOF_UPSTREAM_FILES})
  list(FILTER sources INCLUDE REGEX "\\.cpp$")
  list(TRANSFORM sources PREPEND "${include}/c10/core/impl/")
  slotproof_add_slot(${name} PLUGIN
    SOURCES ${sources} ${PROJECT_SOURCE_DIR}/lib/c10/util/Exception.cpp
    INCLUDES ${include} ${stand_in}
    BINDING ${stand_in}/upstream_slot.cpp)
  # What warnings there are is no concern of ours: the fillers of a vtable that never return.
  target_compile_options(slotproof_slot_${name} PRIVATE -w)
endfunction()
