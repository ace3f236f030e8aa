// SPDX-License-Identifier: MIT
// The patcher's flash callbacks on Zephyr's flash map.

#include "dfota_zephyr.h"

#include <errno.h>

#include <zephyr/dfu/mcuboot.h>
#include <zephyr/drivers/flash.h>

// A scratch area for in-place updates would be one line more here.
static const uint8_t partitions[DFOTA_ZEPHYR_AREAS] = {
    [DFP_OLD] = FIXED_PARTITION_ID(slot0_partition),
    [DFP_NEW] = FIXED_PARTITION_ID(slot1_partition),
    [DFP_JOURNAL] = FIXED_PARTITION_ID(dfota_journal_partition),
};

static int area_read(void *context, enum dfp_area area, uint32_t offset,
                     void *data, uint32_t size)
{
    const struct dfota_zephyr *z = context;

    return flash_area_read(z->areas[area], (off_t)offset, data, size);
}

static int area_program(void *context, enum dfp_area area, uint32_t offset,
                        const void *data, uint32_t size)
{
    const struct dfota_zephyr *z = context;

    return flash_area_write(z->areas[area], (off_t)offset, data, size);
}

static int area_erase(void *context, enum dfp_area area, uint32_t offset)
{
    const struct dfota_zephyr *z = context;

    return flash_area_erase(z->areas[area], (off_t)offset,
                            z->erase_sizes[area]);
}

// The size of the erase blocks, which must all be alike.
static int find_erase_size(const struct flash_area *fa, uint32_t *size)
{
    const struct device *flash = flash_area_get_device(fa);
    off_t end = fa->fa_off + (off_t)fa->fa_size;
    struct flash_pages_info first, last;
    int rc = flash_get_page_info_by_offs(flash, fa->fa_off, &first);

    if (rc == 0) {
        rc = flash_get_page_info_by_offs(flash, end - 1, &last);
    }
    if (rc != 0) {
        return rc;
    }
    *size = (uint32_t)first.size;
    return first.size == last.size ? 0 : -ENOTSUP;
}

static int open_areas(struct dfota_zephyr *z)
{
    for (size_t i = 0; i < DFOTA_ZEPHYR_AREAS; i++) {
        int rc = flash_area_open(partitions[i], &z->areas[i]);

        if (rc == 0) {
            rc = find_erase_size(z->areas[i], &z->erase_sizes[i]);
        }
        if (rc == 0 && flash_area_erased_val(z->areas[i]) != 0xFF) {
            rc = -ENOTSUP;
        }
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

int dfota_zephyr_open(struct dfota_zephyr *z, struct dfp_config *config)
{
    ssize_t trailer = boot_get_area_trailer_status_offset(partitions[DFP_NEW]);
    int rc = open_areas(z);

    if (rc != 0) {
        return rc;
    }
    if (trailer < 0) {
        return (int)trailer;
    }
    config->context = z;
    config->read = area_read;
    config->program = area_program;
    config->erase = area_erase;
    config->old_size = (uint32_t)z->areas[DFP_OLD]->fa_size;
    // Whole blocks in front of the trailer, so that it is never erased here.
    config->new_erase_size = z->erase_sizes[DFP_NEW];
    config->new_size =
        (uint32_t)trailer / config->new_erase_size * config->new_erase_size;
    // Whole pages are faster; the journal is written in the smallest unit.
    config->new_program_size = flash_area_align(z->areas[DFP_NEW]);
    if (config->new_program_size < DFOTA_RAM_PAGE) {
        config->new_program_size = DFOTA_RAM_PAGE;
    }
    config->journal_size = (uint32_t)z->areas[DFP_JOURNAL]->fa_size;
    config->journal_erase_size = z->erase_sizes[DFP_JOURNAL];
    config->journal_program_size = flash_area_align(z->areas[DFP_JOURNAL]);
    return 0;
}
