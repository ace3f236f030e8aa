# Toolchain file: big-endian, 64 bits.
set(machine s390x)
set(triplet s390x-linux-gnu)
set(compiler s390x-linux-gnu)
set(emulator qemu-s390x)
include(${CMAKE_CURRENT_LIST_DIR}/toolchain.cmake)
