# What the toolchain files beside this one have in common. They set `machine`,
# as Debian calls the architecture, `triplet`, of its libraries, `compiler` and
# `emulator`. The libraries are from sysroot.sh, the C library is the compiler's.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${machine})
set(CMAKE_C_COMPILER ${compiler}-gcc)
set(CMAKE_LIBRARY_ARCHITECTURE ${triplet})
set(CMAKE_CROSSCOMPILING_EMULATOR ${emulator} -L /usr/${compiler})

get_filename_component(root
  ${CMAKE_CURRENT_LIST_DIR}/../../.deps/${machine} ABSOLUTE)
set(CMAKE_FIND_ROOT_PATH ${root} /usr/${compiler})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(CMAKE_C_FLAGS_INIT
  "-isystem ${root}/usr/include -isystem ${root}/usr/include/${triplet}")
set(CMAKE_EXE_LINKER_FLAGS_INIT
  "-Wl,--disable-new-dtags,-rpath-link,${root}/lib/${triplet}:${root}/usr/lib/${triplet}")
set(CMAKE_BUILD_RPATH ${root}/lib/${triplet} ${root}/usr/lib/${triplet})
