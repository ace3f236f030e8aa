// SPDX-License-Identifier: MIT
// The bytes of an AT+UARTUPGRADE segment.

#include <string.h>

#include "atupload.h"

static int digit(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = c != 0 ? strchr(digits, c) : NULL;

    return at == NULL ? -1 : (int)((at - digits) % 16);
}

bool at_segment(uint8_t data[AT_SEGMENT_MOST], uint32_t n,
                const char *hexadecimal, uint32_t sum)
{
    uint8_t found = 0;

    if (n < AT_SEGMENT_LEAST || n > AT_SEGMENT_MOST ||
        strlen(hexadecimal) != (size_t)n * 2) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        int high = digit(hexadecimal[i * 2]);
        int low = digit(hexadecimal[i * 2 + 1]);

        if (high < 0 || low < 0) {
            return false;
        }
        data[i] = (uint8_t)(high * 16 + low);
        found ^= data[i];
    }
    return found == sum;
}
