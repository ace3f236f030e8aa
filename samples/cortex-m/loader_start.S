// SPDX-License-Identifier: MIT
// Vectors of the boot loader: a fault ends the emulator with status 2.

    .syntax unified
    .section .start, "ax"
    .word stack_top
    .word start
    .rept 14
    .word fault
    .endr

    .thumb_func
    .global start
start:
    bl startup

    .thumb_func
fault:
    movs r0, #2
    bl board_off
