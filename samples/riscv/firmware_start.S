# SPDX-License-Identifier: MIT
# Head of an image, and its first instructions. Faults stay the loader's.

    .section .start, "ax"
    .word 0x31474D49
    .word image_size
    .word image_start
    .word start

    .global start
start:
    la sp, stack_top
    call startup
