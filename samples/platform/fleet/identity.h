// SPDX-License-Identifier: MIT
// Identities of devices, as they are sent and listed.

#ifndef PLATFORM_IDENTITY_H
#define PLATFORM_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>

// The one form of an identity, so that a device is one however it is spelled: of
// a MAC 12 hex digits in upper case without separators, all else as it is. True:
// it is a MAC.
bool identity_normal(char *to, size_t size, const char *identity);

// A part of a MAC, as somebody looks for it: two digits, a separator (- :), and
// so on. False when it is none; else without its separators.
bool identity_part(char *to, size_t size, const char *text);

#endif
