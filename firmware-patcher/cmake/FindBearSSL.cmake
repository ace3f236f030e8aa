# BearSSL::BearSSL, for a library that comes without a CMake package.
if(TARGET BearSSL::BearSSL)
  set(BearSSL_FOUND TRUE)
  return()
endif()

find_path(BearSSL_INCLUDE_DIR bearssl.h)
find_library(BearSSL_LIBRARY bearssl)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(BearSSL
  REQUIRED_VARS BearSSL_LIBRARY BearSSL_INCLUDE_DIR)
mark_as_advanced(BearSSL_INCLUDE_DIR BearSSL_LIBRARY)

if(BearSSL_FOUND)
  add_library(BearSSL::BearSSL UNKNOWN IMPORTED)
  set_target_properties(BearSSL::BearSSL PROPERTIES
    IMPORTED_LOCATION ${BearSSL_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${BearSSL_INCLUDE_DIR})
endif()
