// SPDX-License-Identifier: MIT
// Zephyr and MCUboot around samples/zephyr: flash map, slots that are swapped
// at the reset after a request, and swapped back unless confirmed.

#include <string.h>

#include <zephyr/dfu/mcuboot.h>
#include <zephyr/drivers/flash.h>
#include <zephyr/kernel.h>
#include <zephyr/storage/flash_map.h>
#include <zephyr/sys/printk.h>
#include <zephyr/sys/reboot.h>

#include "fakeflash.h"
#include "scenario.h"

#define SLOT_SIZE 0x20000u
#define TRAILER 48u
#define PARTS 4

int app_main(void); // the sample's main

static const struct device flash = {"flash"};
static struct flash_area map[PARTS];
static bool is_pending, is_confirmed, is_back;

// --- The module --------------------------------------------------------------

void module_make(const struct blob *old_image)
{
    off_t at = 0;

    fake_make(STUB_slot0_partition, SLOT_SIZE, 4096, 8);
    fake_make(STUB_slot1_partition, SLOT_SIZE, 4096, 8);
    fake_make(STUB_dfota_journal_partition, 0x10000, 4096, 8);
    fake_make(STUB_dfota_package_partition, 0x4000, 4096, 8);
    for (uint8_t id = 0; id < PARTS; id++) {
        map[id] = (struct flash_area){id, at, fake_areas[id].size, &flash};
        at += (off_t)fake_areas[id].size;
    }
    memcpy(fake_areas[STUB_slot0_partition].bytes, old_image->data,
           old_image->size);
    is_pending = is_back = false;
    is_confirmed = true;
}

void module_store(const struct blob *package)
{
    struct fake_area *area = &fake_areas[STUB_dfota_package_partition];

    memset(area->bytes, 0xFF, area->size);
    memcpy(area->bytes, package->data, package->size);
}

static void swap(void)
{
    struct fake_area *slots = fake_areas;
    uint8_t *bytes = slots[STUB_slot0_partition].bytes;

    slots[STUB_slot0_partition].bytes = slots[STUB_slot1_partition].bytes;
    slots[STUB_slot1_partition].bytes = bytes;
}

void module_boot(void)
{
    if (is_pending) {
        swap();
        is_pending = is_confirmed = false;
    } else if (!is_confirmed) {
        swap();
        is_confirmed = is_back = true;
    }
    (void)app_main();
}

const uint8_t *module_image(void)
{
    return fake_areas[STUB_slot0_partition].bytes;
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
    return false;
}

bool module_has_package(void)
{
    return memcmp(fake_areas[STUB_dfota_package_partition].bytes, "DFOT", 4) ==
           0;
}

// --- MCUboot -----------------------------------------------------------------

bool boot_is_img_confirmed(void)
{
    return is_confirmed;
}

int boot_write_img_confirmed(void)
{
    fake_tick();
    is_confirmed = true;
    return 0;
}

int boot_request_upgrade(int permanent)
{
    (void)permanent;
    fake_tick();
    is_pending = true;
    return 0;
}

ssize_t boot_get_area_trailer_status_offset(uint8_t area_id)
{
    return (ssize_t)(fake_areas[area_id].size - TRAILER);
}

// --- Zephyr ------------------------------------------------------------------

int flash_area_open(uint8_t id, const struct flash_area **fa)
{
    *fa = &map[id];
    return id < PARTS ? 0 : -2;
}

int flash_area_read(const struct flash_area *fa, off_t off, void *dst,
                    size_t len)
{
    return fake_read(fa->fa_id, (uint32_t)off, dst, (uint32_t)len);
}

int flash_area_write(const struct flash_area *fa, off_t off, const void *src,
                     size_t len)
{
    return fake_program(fa->fa_id, (uint32_t)off, src, (uint32_t)len);
}

int flash_area_erase(const struct flash_area *fa, off_t off, size_t len)
{
    return fake_erase(fa->fa_id, (uint32_t)off, (uint32_t)len);
}

uint32_t flash_area_align(const struct flash_area *fa)
{
    return fake_areas[fa->fa_id].unit;
}

const struct device *flash_area_get_device(const struct flash_area *fa)
{
    return fa->fa_dev;
}

uint8_t flash_area_erased_val(const struct flash_area *fa)
{
    (void)fa;
    return 0xFF;
}

int flash_get_page_info_by_offs(const struct device *dev, off_t offset,
                                struct flash_pages_info *info)
{
    (void)dev;
    info->size = 4096;
    info->start_offset = offset & ~(off_t)4095;
    info->index = (uint32_t)offset / 4096;
    return 0;
}

void k_yield(void)
{
}

void printk(const char *fmt, ...)
{
    (void)fmt;
}

_Noreturn void sys_reboot(int type)
{
    (void)type;
    fake_reset();
}
