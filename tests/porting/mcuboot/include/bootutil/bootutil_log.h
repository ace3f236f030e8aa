// SPDX-License-Identifier: MIT
// Stub: MCUboot's logging; the format is checked, nothing is written.

#ifndef STUB_BOOTUTIL_LOG_H
#define STUB_BOOTUTIL_LOG_H

__attribute__((format(printf, 1, 2))) static inline void
stub_log(const char *format, ...)
{
    (void)format;
}
#define BOOT_LOG_ERR(...) stub_log(__VA_ARGS__)
#define BOOT_LOG_INF(...) stub_log(__VA_ARGS__)
#define BOOT_LOG_MODULE_DECLARE(module) struct stub_log_##module

#endif
