# Toolchain file: Windows on x86-64, by Debian's mingw-w64. The libraries are
# from libraries.sh, zlib is Debian's.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc-posix)

get_filename_component(root ${CMAKE_CURRENT_LIST_DIR}/../.deps/windows ABSOLUTE)
set(CMAKE_FIND_ROOT_PATH ${root} /usr/x86_64-w64-mingw32)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
# printf as in C11. What a format attribute means here is still the other one:
# formats are checked by every other build.
set(CMAKE_C_FLAGS_INIT "-D__USE_MINGW_ANSI_STDIO=1 -Wno-format")
