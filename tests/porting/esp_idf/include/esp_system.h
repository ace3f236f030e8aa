// SPDX-License-Identifier: MIT
// Stub: ESP-IDF's esp_restart.

#ifndef STUB_ESP_SYSTEM_H
#define STUB_ESP_SYSTEM_H

_Noreturn void esp_restart(void);

#endif
