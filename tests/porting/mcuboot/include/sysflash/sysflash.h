// SPDX-License-Identifier: MIT
// Stub: the ids of MCUboot's slots.

#ifndef STUB_SYSFLASH_H
#define STUB_SYSFLASH_H

#define FLASH_AREA_IMAGE_PRIMARY(image) ((image) == 0 ? 1 : 255)
#define FLASH_AREA_IMAGE_SECONDARY(image) ((image) == 0 ? 2 : 255)

#endif
