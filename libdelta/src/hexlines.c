// SPDX-License-Identifier: MIT
// Lines of hexadecimal digits, as in Intel HEX and S-record files.

#include "hexlines.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "errors.h"

static bool is_blank(uint8_t character)
{
    return character == ' ' || character == '\t';
}

static bool is_end(uint8_t character)
{
    return character == '\n' || character == '\r';
}

// Editors put a mark of UTF-8 in front.
static size_t mark_size(const uint8_t *data, size_t size)
{
    static const uint8_t mark[] = {0xEF, 0xBB, 0xBF};

    return size >= sizeof(mark) && memcmp(data, mark, sizeof(mark)) == 0
               ? sizeof(mark)
               : 0;
}

size_t delta_hexlines_begin(const uint8_t *data, size_t size)
{
    size_t at = mark_size(data, size);

    while (at < size && (is_blank(data[at]) || is_end(data[at]))) {
        at++;
    }
    return at;
}

bool delta_hexlines_next(struct delta_hexlines *l)
{
    if (l->at == 0) {
        l->at = mark_size(l->data, l->size);
    }
    while (l->at < l->size) {
        size_t begin = l->at;
        size_t end = begin;

        while (end < l->size && !is_end(l->data[end])) {
            end++;
        }
        l->at = end;
        if (l->at < l->size) { // "\r\n" is one end
            l->at += l->data[end] == '\r' && end + 1 < l->size &&
                             l->data[end + 1] == '\n'
                         ? 2
                         : 1;
        }
        l->number++;
        while (begin < end && is_blank(l->data[begin])) {
            begin++;
        }
        while (end > begin && is_blank(l->data[end - 1])) {
            end--;
        }
        if (end > begin) {
            l->text = l->data + begin;
            l->text_size = end - begin;
            return true;
        }
    }
    return false;
}

int delta_hex_digit(uint8_t character)
{
    if (character >= '0' && character <= '9') {
        return character - '0';
    }
    if (character >= 'A' && character <= 'F') {
        return character - 'A' + 10;
    }
    return character >= 'a' && character <= 'f' ? character - 'a' + 10 : -1;
}

enum delta_status delta_hexlines_bytes(struct delta_hexlines *l, size_t skip,
                                       struct delta_error *error)
{
    size_t count = l->text_size - skip;

    for (size_t i = 0; i < count; i++) {
        int digit = delta_hex_digit(l->text[skip + i]);

        if (digit < 0) {
            return delta_hexlines_fail(l, error,
                                       "no digit in column %zu (found byte "
                                       "0x%02x, expected 0-9 or A-F)",
                                       skip + i + 1,
                                       (unsigned)l->text[skip + i]);
        }
        if (i / 2 >= sizeof(l->bytes)) {
            return delta_hexlines_fail(l, error,
                                       "line too long (found %zu digits, "
                                       "expected at most %zu)",
                                       count, 2 * sizeof(l->bytes));
        }
        l->bytes[i / 2] =
            (uint8_t)(i % 2 == 0 ? digit : l->bytes[i / 2] << 4 | digit);
    }
    if (count % 2 != 0) {
        return delta_hexlines_fail(l, error,
                                   "half a byte (found %zu digits, expected an "
                                   "even number)",
                                   count);
    }
    l->byte_count = count / 2;
    return DELTA_OK;
}

enum delta_status delta_hexlines_fail(const struct delta_hexlines *l,
                                      struct delta_error *error,
                                      const char *format, ...)
{
    char text[120];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return delta_fail(error, DELTA_ERR_IMAGE, "image", "%s: line %lu: %s",
                      l->name, l->number, text);
}
