# Toolchain file: Debian's gcc-arm-none-eabi for a Cortex-M3.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
# No linker script here, so that a test program cannot be linked.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_FLAGS_INIT "-mcpu=cortex-m3 -mthumb -ffreestanding \
-ffunction-sections -fdata-sections")
set(CMAKE_C_FLAGS_MINSIZEREL "-Os" CACHE STRING "")
