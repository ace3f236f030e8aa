# Divsufsort::Divsufsort, for a library that comes without a CMake package.
if(TARGET Divsufsort::Divsufsort)
  set(Divsufsort_FOUND TRUE)
  return()
endif()

find_path(Divsufsort_INCLUDE_DIR divsufsort.h)
find_library(Divsufsort_LIBRARY divsufsort)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Divsufsort
  REQUIRED_VARS Divsufsort_LIBRARY Divsufsort_INCLUDE_DIR)
mark_as_advanced(Divsufsort_INCLUDE_DIR Divsufsort_LIBRARY)

if(Divsufsort_FOUND)
  add_library(Divsufsort::Divsufsort UNKNOWN IMPORTED)
  set_target_properties(Divsufsort::Divsufsort PROPERTIES
    IMPORTED_LOCATION ${Divsufsort_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${Divsufsort_INCLUDE_DIR})
endif()
