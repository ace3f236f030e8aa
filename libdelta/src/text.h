// SPDX-License-Identifier: MIT
// Texts that people see: valid UTF-8 without control characters.

#ifndef DELTA_TEXT_H
#define DELTA_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Whether all of a NUL-terminated text may be shown.
bool delta_text_is_clean(const char *text);

// A number with separators between thousands; 14 bytes have room for any.
void delta_text_number(char *out, size_t size, uint32_t value);

// Put '?' in place of every byte that may not be shown.
void delta_text_clean(char *text);

#endif
