// SPDX-License-Identifier: MIT
// UTF-8.

#include "utf8.h"

#include <stdint.h>
#include <string.h>

// Bytes of the character at the beginning; 0 when it is none.
static size_t length_of(const unsigned char *text, size_t left)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t point = text[0];
    size_t size = point < 0x80   ? 1
                  : point < 0xC2 ? 0
                  : point < 0xE0 ? 2
                  : point < 0xF0 ? 3
                  : point < 0xF5 ? 4
                                 : 0;

    if (size <= 1) {
        return size;
    }
    if (size > left) {
        return 0;
    }
    point &= 0x7Fu >> size;
    for (size_t i = 1; i < size; i++) {
        if ((text[i] & 0xC0) != 0x80) {
            return 0;
        }
        point = point << 6 | (text[i] & 0x3Fu);
    }
    bool ok = point >= least[size] && point <= 0x10FFFF &&
              (point < 0xD800 || point > 0xDFFF);
    return ok ? size : 0;
}

bool utf8_is_valid(const char *text, size_t size)
{
    size_t at = 0;

    while (at < size) {
        size_t length = length_of((const unsigned char *)text + at, size - at);

        if (length == 0) {
            return false;
        }
        at += length;
    }
    return true;
}

void utf8_mend(char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        size_t length = length_of((const unsigned char *)text, left);

        if (length == 0) {
            *text = '?';
            length = 1;
        }
        text += length;
        left -= length;
    }
}
