// SPDX-License-Identifier: MIT
// Identities of devices.

#include "identity.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define MAC_DIGITS 12u

bool identity_normal(char *to, size_t size, const char *identity)
{
    char digits[MAC_DIGITS + 1] = "";
    size_t count = 0;
    const char *at = identity;

    for (; *at != 0; at++) {
        if (isxdigit((unsigned char)*at) && count < MAC_DIGITS) {
            digits[count++] = (char)toupper((unsigned char)*at);
        } else if (strchr("-:.", *at) == NULL || count % 2 != 0) {
            break;
        }
    }
    bool is_mac = *at == 0 && count == MAC_DIGITS;

    snprintf(to, size, "%s", is_mac ? digits : identity);
    return is_mac;
}

bool identity_part(char *to, size_t size, const char *text)
{
    size_t count = 0;
    size_t separators = 0;

    for (; *text != 0 && count + 1 < size; text++) {
        if (isxdigit((unsigned char)*text)) {
            to[count++] = *text;
        } else if ((*text == '-' || *text == ':') &&
                   count == 2 * (separators + 1)) {
            separators++;
        } else {
            return false;
        }
    }
    to[count] = 0;
    return *text == 0 && separators > 0 && count <= 2 * (separators + 1);
}
