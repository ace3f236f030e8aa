// SPDX-License-Identifier: MIT
// Text on the board's console.

#include "print.h"

#include "board.h"

void print_text(const char *text)
{
    for (; *text != '\0'; text++) {
        board_put(*text);
    }
}

static void print_digits(uint32_t n, uint32_t base)
{
    char digits[11];
    char *first = digits + sizeof(digits) - 1;

    *first = '\0';
    do {
        *--first = "0123456789abcdef"[n % base];
        n /= base;
    } while (n != 0);
    print_text(first);
}

void print_number(uint32_t n)
{
    print_digits(n, 10);
}

void print_hex(uint32_t n)
{
    print_text("0x");
    print_digits(n, 16);
}
