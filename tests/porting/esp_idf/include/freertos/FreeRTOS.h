// SPDX-License-Identifier: MIT
// Stub: what task.h wants to see first.

#ifndef STUB_FREERTOS_H
#define STUB_FREERTOS_H

#include <stdint.h>

typedef uint32_t TickType_t;

#endif
