// SPDX-License-Identifier: MIT
// What a board supplies, to the boot loader and to the firmware alike.

#ifndef BOARDS_BOARD_H
#define BOARDS_BOARD_H

#include <stdint.h>

// Set up the UART.
void board_init(void);

// Send a character.
void board_put(char c);

// A character that was received, or -1.
int board_get(void);

// A counter that runs with the processor: see each board's README.
uint32_t board_ticks(void);

// Make what was written to RAM executable, and jump there.
_Noreturn void board_enter(uint32_t entry);

// End the emulator. With a status other than 0 something is broken.
_Noreturn void board_off(int status);

#endif
