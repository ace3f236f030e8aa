// SPDX-License-Identifier: MIT
// The voice prompts, see prompts.py.

    .section .rodata.prompts, "a"
    .balign 4
    .global prompts
prompts:
    .incbin "prompts.bin"
    .balign 4
