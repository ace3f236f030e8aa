// SPDX-License-Identifier: MIT
// UTF-8 (RFC 3629).

#ifndef PLATFORM_UTF8_H
#define PLATFORM_UTF8_H

#include <stdbool.h>
#include <stddef.h>

// Whether bytes are UTF-8: no overlong forms, no surrogates, nothing beyond
// U+10FFFF.
bool utf8_is_valid(const char *text, size_t size);

// Make a text UTF-8: bytes that are not become '?'.
void utf8_mend(char *text);

#endif
