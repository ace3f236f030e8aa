// SPDX-License-Identifier: MIT
// Head of an image, and its first instructions. Faults stay the loader's.

    .syntax unified
    .section .start, "ax"
    .word 0x31474D49
    .word image_size
    .word image_start
    .word start

    .thumb_func
    .global start
start:
    ldr r0, =stack_top
    mov sp, r0
    bl startup
    .ltorg
