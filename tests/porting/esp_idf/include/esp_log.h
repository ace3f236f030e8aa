// SPDX-License-Identifier: MIT
// Stub: ESP-IDF's logging; the format is checked, nothing is written.

#ifndef STUB_ESP_LOG_H
#define STUB_ESP_LOG_H

__attribute__((format(printf, 2, 3))) static inline void
stub_log(const char *tag, const char *format, ...)
{
    (void)tag;
    (void)format;
}
#define ESP_LOGE(tag, ...) stub_log(tag, __VA_ARGS__)

#endif
