// SPDX-License-Identifier: MIT
// MCUboot around samples/mcuboot: its main calls the hook and swaps the slots
// when that is pending; the application confirms itself and does nothing else.
// With DFOTA_AREA_SCRATCH there is one slot, and nothing to swap.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bootutil/bootutil.h"
#include "bootutil/bootutil_public.h"
#include "bootutil/fault_injection_hardening.h"
#include "flash_map_backend/flash_map_backend.h"
#include "sysflash/sysflash.h"

#include "bootutil/boot_hooks.h"

#include "fakeflash.h"
#include "scenario.h"

#define SLOT_SIZE 0x20000u
#define TRAILER_SIZE 0x2000u
#define PRIMARY FLASH_AREA_IMAGE_PRIMARY(0)
#define SECONDARY FLASH_AREA_IMAGE_SECONDARY(0)

#ifdef DFOTA_AREA_SCRATCH
#define IN_PLACE true
#else
#define IN_PLACE false
#endif

fih_ret FIH_BOOT_HOOK_REGULAR = 7;

static struct flash_area map[FAKE_AREAS];
static bool is_pending, is_confirmed, is_back;

// --- The module --------------------------------------------------------------

void module_make(const struct blob *old_image)
{
    fake_make(PRIMARY, SLOT_SIZE, 4096, 8);
#ifdef DFOTA_AREA_SCRATCH
    fake_make(DFOTA_AREA_SCRATCH, 0x4000, 4096, 8);
#else
    fake_make(SECONDARY, SLOT_SIZE, 4096, 8);
#endif
    fake_make(DFOTA_AREA_JOURNAL, 0x10000, 4096, 8);
    fake_make(DFOTA_AREA_PACKAGE, 0x4000, 4096, 8);
    for (uint8_t id = 0; id < FAKE_AREAS; id++) {
        map[id].fa_id = id;
        map[id].fa_size = fake_areas[id].size;
    }
    // MCUboot's own: to be neither erased nor programmed by the hook.
    memset(fake_areas[IN_PLACE ? PRIMARY : SECONDARY].bytes + SLOT_SIZE -
               TRAILER_SIZE,
           0xA5, TRAILER_SIZE);
    memcpy(fake_areas[PRIMARY].bytes, old_image->data, old_image->size);
    is_pending = is_back = false;
    is_confirmed = true;
}

void module_store(const struct blob *package)
{
    struct fake_area *area = &fake_areas[DFOTA_AREA_PACKAGE];

    memset(area->bytes, 0xFF, area->size);
    memcpy(area->bytes, package->data, package->size);
}

static void swap(void)
{
    uint8_t *bytes = fake_areas[PRIMARY].bytes;

    fake_areas[PRIMARY].bytes = fake_areas[SECONDARY].bytes;
    fake_areas[SECONDARY].bytes = bytes;
}

static void check_trailer(unsigned slot)
{
    const uint8_t *end = fake_areas[slot].bytes + SLOT_SIZE;

    for (const uint8_t *at = end - TRAILER_SIZE; at < end; at++) {
        if (*at != 0xA5) {
            fprintf(stderr, "FAILED: the trailer was touched\n");
            exit(1);
        }
    }
}

void module_boot(void)
{
    if (boot_go_hook(NULL) != FIH_BOOT_HOOK_REGULAR) {
        return;
    }
    if (IN_PLACE || is_pending) {
        check_trailer(IN_PLACE ? PRIMARY : SECONDARY);
    }
    if (is_pending) {
        swap();
        is_pending = is_confirmed = false;
    } else if (!is_confirmed) {
        swap();
        is_confirmed = is_back = true;
    }
    fake_tick(); // before the application confirms itself
    is_confirmed = true;
}

const uint8_t *module_image(void)
{
    return fake_areas[PRIMARY].bytes;
}

bool module_is_confirmed(void)
{
    return is_confirmed && !is_pending;
}

bool module_rolled_back(void)
{
    return is_back;
}

bool module_is_in_place(void)
{
    return IN_PLACE;
}

bool module_has_package(void)
{
    return memcmp(fake_areas[DFOTA_AREA_PACKAGE].bytes, "DFOT", 4) == 0;
}

// --- MCUboot -----------------------------------------------------------------

int boot_set_pending_multi(int image_index, int permanent)
{
    fake_tick();
    is_pending = image_index == 0 && permanent == 0;
    return 0;
}

int flash_area_open(uint8_t id, const struct flash_area **area)
{
    *area = &map[id];
    return id < FAKE_AREAS && fake_areas[id].bytes != NULL ? 0 : 1;
}

void flash_area_close(const struct flash_area *area)
{
    (void)area;
}

int flash_area_read(const struct flash_area *area, uint32_t off, void *dst,
                    uint32_t len)
{
    return fake_read(area->fa_id, off, dst, len);
}

int flash_area_write(const struct flash_area *area, uint32_t off,
                     const void *src, uint32_t len)
{
    return fake_program(area->fa_id, off, src, len);
}

int flash_area_erase(const struct flash_area *area, uint32_t off, uint32_t len)
{
    return fake_erase(area->fa_id, off, len);
}

uint32_t flash_area_align(const struct flash_area *area)
{
    return fake_areas[area->fa_id].unit;
}

uint8_t flash_area_erased_val(const struct flash_area *area)
{
    (void)area;
    return 0xFF;
}

int flash_area_get_sector(const struct flash_area *area, uint32_t off,
                          struct flash_sector *sector)
{
    sector->fs_size = fake_areas[area->fa_id].erase_size;
    sector->fs_off = off / sector->fs_size * sector->fs_size;
    return 0;
}

uint32_t flash_area_get_size(const struct flash_area *area)
{
    return area->fa_size;
}

uint32_t flash_sector_get_size(const struct flash_sector *sector)
{
    return sector->fs_size;
}
