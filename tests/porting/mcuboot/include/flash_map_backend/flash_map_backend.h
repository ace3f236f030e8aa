// SPDX-License-Identifier: MIT
// Stub: what the hook uses of MCUboot's flash map, as listed under "Flash Map"
// in its porting guide.

#ifndef STUB_FLASH_MAP_BACKEND_H
#define STUB_FLASH_MAP_BACKEND_H

#include <stdint.h>

struct flash_area {
    uint8_t fa_id;
    uint8_t fa_device_id;
    uint16_t pad16;
    uint32_t fa_off;
    uint32_t fa_size;
};

struct flash_sector {
    uint32_t fs_off;
    uint32_t fs_size;
};

int flash_area_open(uint8_t id, const struct flash_area **area);
void flash_area_close(const struct flash_area *area);
int flash_area_read(const struct flash_area *area, uint32_t off, void *dst,
                    uint32_t len);
int flash_area_write(const struct flash_area *area, uint32_t off,
                     const void *src, uint32_t len);
int flash_area_erase(const struct flash_area *area, uint32_t off, uint32_t len);
uint32_t flash_area_align(const struct flash_area *area);
uint8_t flash_area_erased_val(const struct flash_area *area);
int flash_area_get_sector(const struct flash_area *area, uint32_t off,
                          struct flash_sector *sector);
uint32_t flash_area_get_size(const struct flash_area *area);
uint32_t flash_sector_get_size(const struct flash_sector *sector);

#endif
