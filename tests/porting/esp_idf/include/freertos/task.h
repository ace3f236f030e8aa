// SPDX-License-Identifier: MIT
// Stub: what the sample uses of FreeRTOS's tasks.

#ifndef STUB_FREERTOS_TASK_H
#define STUB_FREERTOS_TASK_H

#include "freertos/FreeRTOS.h"

void vTaskDelay(const TickType_t ticks);

#endif
