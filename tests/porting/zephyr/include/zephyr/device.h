// SPDX-License-Identifier: MIT
// Stub: what the sample uses of Zephyr's device.h.

#ifndef STUB_ZEPHYR_DEVICE_H
#define STUB_ZEPHYR_DEVICE_H

struct device {
    const char *name;
};

#endif
