// SPDX-License-Identifier: MIT
// Stub: what the hook uses of MCUboot's interface to applications.

#ifndef STUB_BOOTUTIL_PUBLIC_H
#define STUB_BOOTUTIL_PUBLIC_H

int boot_set_pending_multi(int image_index, int permanent);

#endif
