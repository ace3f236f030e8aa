// SPDX-License-Identifier: MIT
// Stub: what the hook uses of MCUboot's configuration.

#ifndef STUB_MCUBOOT_CONFIG_H
#define STUB_MCUBOOT_CONFIG_H

#define MCUBOOT_WATCHDOG_FEED() \
    do {                        \
    } while (0)

#endif
