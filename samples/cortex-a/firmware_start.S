// SPDX-License-Identifier: MIT
// Head of an image, and its first instructions. Faults stay the loader's.

    .syntax unified
    .arm
    .section .start, "ax"
    .word 0x31474D49
    .word image_size
    .word image_start
    .word start

    .global start
start:
    ldr sp, =stack_top
    blx startup
    .ltorg
