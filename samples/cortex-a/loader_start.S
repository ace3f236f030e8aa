// SPDX-License-Identifier: MIT
// Reset at the start of the flash: vectors, a copy of all to RAM, and on.

    .syntax unified
    .arm
    .section .start, "ax"
vectors:
    b reset
    .rept 7
    b fault
    .endr

reset:
    adr r0, vectors // in flash
    ldr r1, =image_start
    ldr r2, =image_end
copy:
    ldr r3, [r0], #4
    str r3, [r1], #4
    cmp r1, r2
    blo copy
    ldr pc, =start // in RAM

    .global start
start:
    ldr r0, =image_start
    mcr p15, 0, r0, c12, c0, 0 // vectors
    ldr sp, =stack_top
    blx startup

    // A fault ends the emulator with status 2.
fault:
    ldr sp, =stack_top
    mov r0, #2
    blx board_off
    .ltorg
