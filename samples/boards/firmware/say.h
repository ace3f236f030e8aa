// SPDX-License-Identifier: MIT
// Formatted text for the console.

#ifndef FIRMWARE_SAY_H
#define FIRMWARE_SAY_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

// Knows %s %c %d %u %x %%, with a width, '-' and '0', on 32-bit integers.
// Returns the length without the final NUL; what does not fit is cut off.
size_t format_text(char *to, size_t size, const char *format, va_list values);

// The same to the console, at most 255 characters. Not declared like printf:
// uint32_t is long for one compiler and int for the other.
void say(const char *format, ...);

// Bytes in hexadecimal to the console, without a line end.
void say_bytes(const void *data, size_t size);

#endif
