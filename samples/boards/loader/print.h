// SPDX-License-Identifier: MIT
// Text on the board's console.

#ifndef BOARDS_PRINT_H
#define BOARDS_PRINT_H

#include <stdint.h>

void print_text(const char *text);
void print_number(uint32_t n);
void print_hex(uint32_t n);

#endif
