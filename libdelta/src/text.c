// SPDX-License-Identifier: MIT
// Texts that people see: what comes out of a package must not reach a
// terminal or a JSON document as it is.

#include "text.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

// Bytes of the character at s if it may be shown, else 0. The terminating NUL
// ends every sequence that is cut short.
static size_t character_size(const uint8_t *s)
{
    if (s[0] < 0x80) {
        return s[0] >= 0x20 && s[0] != 0x7F ? 1 : 0;
    }
    size_t size = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    uint32_t code = s[0] & (0xFFu >> (size + 1));

    if (s[0] < 0xC2 || s[0] > 0xF4) {
        return 0;
    }
    for (size_t i = 1; i < size; i++) {
        if ((s[i] & 0xC0) != 0x80) {
            return 0;
        }
        code = code << 6 | (s[i] & 0x3Fu);
    }
    static const uint32_t least[] = {0, 0, 0xA0, 0x800, 0x10000};
    bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
    return code >= least[size] && code <= 0x10FFFF && !is_surrogate ? size : 0;
}

bool delta_text_is_clean(const char *text)
{
    const uint8_t *s = (const uint8_t *)text;

    while (*s != 0) {
        size_t size = character_size(s);
        if (size == 0) {
            return false;
        }
        s += size;
    }
    return true;
}

void delta_text_number(char *out, size_t size, uint32_t value)
{
    char digits[16];
    int count = snprintf(digits, sizeof(digits), "%lu", (unsigned long)value);
    size_t at = 0;

    for (int i = 0; i < count && at + 2 < size; i++) {
        if (i > 0 && (count - i) % 3 == 0) {
            out[at++] = ',';
        }
        out[at++] = digits[i];
    }
    out[at] = 0;
}

void delta_text_clean(char *text)
{
    uint8_t *s = (uint8_t *)text;

    while (*s != 0) {
        size_t size = character_size(s);
        if (size == 0) {
            *s = '?';
            size = 1;
        }
        s += size;
    }
}
