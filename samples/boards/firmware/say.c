// SPDX-License-Identifier: MIT
// Formatted text for the console.

#include "say.h"

#include <stdbool.h>
#include <string.h>

#include "board.h"

struct sink {
    char *to;
    size_t size;
    size_t used;
};

struct spec {
    bool left;
    bool zero;
    size_t width;
};

static void put(struct sink *s, char c)
{
    if (s->used + 1 < s->size) {
        s->to[s->used++] = c;
    }
}

static void put_padded(struct sink *s, const struct spec *spec,
                       const char *text, size_t size)
{
    size_t gap = spec->width > size ? spec->width - size : 0;

    for (size_t i = 0; i < gap && !spec->left; i++) {
        put(s, spec->zero ? '0' : ' ');
    }
    for (size_t i = 0; i < size; i++) {
        put(s, text[i]);
    }
    for (size_t i = 0; i < gap && spec->left; i++) {
        put(s, ' ');
    }
}

static void put_number(struct sink *s, const struct spec *spec, uint32_t n,
                       uint32_t base, bool negative)
{
    char digits[12];
    size_t at = sizeof(digits);

    do {
        digits[--at] = "0123456789abcdef"[n % base];
        n /= base;
    } while (n != 0);
    if (negative) {
        digits[--at] = '-';
    }
    put_padded(s, spec, digits + at, sizeof(digits) - at);
}

static const char *read_spec(const char *f, struct spec *spec)
{
    *spec = (struct spec){false, false, 0};
    for (; *f == '-' || *f == '0'; f++) {
        if (*f == '-') {
            spec->left = true;
        } else {
            spec->zero = true;
        }
    }
    for (; *f >= '0' && *f <= '9'; f++) {
        spec->width = spec->width * 10 + (size_t)(*f - '0');
    }
    return f;
}

size_t format_text(char *to, size_t size, const char *format, va_list values)
{
    struct sink s = {to, size, 0};

    for (const char *f = format; *f != '\0'; f++) {
        struct spec spec;
        const char *text;
        char c;
        int n;

        if (*f != '%') {
            put(&s, *f);
            continue;
        }
        f = read_spec(f + 1, &spec);
        switch (*f) {
        case 's':
            text = va_arg(values, const char *);
            put_padded(&s, &spec, text, strlen(text));
            break;
        case 'c':
            c = (char)va_arg(values, int);
            put_padded(&s, &spec, &c, 1);
            break;
        case 'd':
            n = va_arg(values, int);
            put_number(&s, &spec, n < 0 ? 0u - (uint32_t)n : (uint32_t)n, 10,
                       n < 0);
            break;
        case 'u':
            put_number(&s, &spec, va_arg(values, uint32_t), 10, false);
            break;
        case 'x':
            put_number(&s, &spec, va_arg(values, uint32_t), 16, false);
            break;
        default: put(&s, *f); break;
        }
    }
    if (size > 0) {
        to[s.used] = '\0';
    }
    return s.used;
}

void say(const char *format, ...)
{
    char text[256];
    va_list values;

    va_start(values, format);
    (void)format_text(text, sizeof(text), format, values);
    va_end(values);
    for (const char *c = text; *c != '\0'; c++) {
        board_put(*c);
    }
}

void say_bytes(const void *data, size_t size)
{
    const uint8_t *bytes = data;

    for (size_t i = 0; i < size; i++) {
        board_put("0123456789abcdef"[bytes[i] >> 4]);
        board_put("0123456789abcdef"[bytes[i] & 15]);
    }
}
