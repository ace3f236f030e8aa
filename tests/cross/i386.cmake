# Toolchain file: little-endian, 32 bits.
set(machine i386)
set(triplet i386-linux-gnu)
set(compiler i686-linux-gnu)
set(emulator qemu-i386)
include(${CMAKE_CURRENT_LIST_DIR}/toolchain.cmake)
# Folders of file systems whose numbers have 64 bits are read, too.
string(APPEND CMAKE_C_FLAGS_INIT " -D_FILE_OFFSET_BITS=64")
