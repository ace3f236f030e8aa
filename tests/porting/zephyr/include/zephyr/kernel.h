// SPDX-License-Identifier: MIT
// Stub: what the sample uses of Zephyr's kernel.

#ifndef STUB_ZEPHYR_KERNEL_H
#define STUB_ZEPHYR_KERNEL_H

void k_yield(void);

#endif
