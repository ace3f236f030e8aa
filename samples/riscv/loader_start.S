# SPDX-License-Identifier: MIT
# Reset at the start of the flash: a copy of all to RAM, and on.

    .option arch, +zicsr
    .section .start, "ax"
first:
    lla a0, first # in flash
    lui a1, %hi(image_start)
    addi a1, a1, %lo(image_start)
    lui a2, %hi(image_end)
    addi a2, a2, %lo(image_end)
copy:
    lw a3, 0(a0)
    sw a3, 0(a1)
    addi a0, a0, 4
    addi a1, a1, 4
    bltu a1, a2, copy
    lui a0, %hi(start)
    jr %lo(start)(a0) # in RAM

    .global start
start:
    la a0, fault
    csrw mtvec, a0
    la sp, stack_top
    call startup

    # A fault ends the emulator with status 2.
    .balign 4
fault:
    la sp, stack_top
    li a0, 2
    call board_off
