// SPDX-License-Identifier: MIT
// Stub: what the hook uses of MCUboot's bootutil.h.

#ifndef STUB_BOOTUTIL_H
#define STUB_BOOTUTIL_H

#include <stdint.h>

struct boot_rsp {
    const struct image_header *br_hdr;
    uint8_t br_flash_dev_id;
    uint32_t br_image_off;
};

#endif
