// SPDX-License-Identifier: MIT
// The bodies that fielded modules read: at most 200 bytes, the code first, no
// blanks, the text escaped.

#ifndef PLATFORM_DEVICEMESSAGE_H
#define PLATFORM_DEVICEMESSAGE_H

#include "decide.h"

// Of a code that is no package. The text is a constant.
const char *device_message(unsigned code);

// The HTTP status that goes with it: never one that a module would take for a
// package, or for another address.
unsigned device_status(unsigned code);

#endif
