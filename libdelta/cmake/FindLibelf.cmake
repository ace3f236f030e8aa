# Libelf::Libelf, for a library that comes without a CMake package.
if(TARGET Libelf::Libelf)
  set(Libelf_FOUND TRUE)
  return()
endif()

find_path(Libelf_INCLUDE_DIR gelf.h)
find_library(Libelf_LIBRARY elf)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Libelf
  REQUIRED_VARS Libelf_LIBRARY Libelf_INCLUDE_DIR)
mark_as_advanced(Libelf_INCLUDE_DIR Libelf_LIBRARY)

if(Libelf_FOUND)
  add_library(Libelf::Libelf UNKNOWN IMPORTED)
  set_target_properties(Libelf::Libelf PROPERTIES
    IMPORTED_LOCATION ${Libelf_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${Libelf_INCLUDE_DIR})
endif()
