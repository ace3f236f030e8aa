// SPDX-License-Identifier: MIT
// A module's flash in RAM that insists on the rules of NOR flash.

#include "ramflash.h"

#include <stdlib.h>
#include <string.h>

static enum delta_status area_open(struct delta_area *area, uint32_t size,
                                   uint32_t page)
{
    uint32_t blocks = (size + DELTA_BLOCK_SIZE - 1) / DELTA_BLOCK_SIZE;

    area->size = blocks * DELTA_BLOCK_SIZE;
    area->page = page;
    // Zeros: what lay there before, not erased.
    area->data = calloc(blocks, DELTA_BLOCK_SIZE);
    area->next = calloc(blocks, sizeof(*area->next));
    if (area->data == NULL || area->next == NULL) {
        return DELTA_ERR_NOMEM;
    }
    for (uint32_t b = 0; b < blocks; b++) {
        area->next[b] = DELTA_BLOCK_SIZE;
    }
    return DELTA_OK;
}

static void area_close(struct delta_area *area)
{
    free(area->data);
    free(area->next);
}

static int violated(struct delta_flash *flash, const char *rule)
{
    flash->violation = rule;
    return -1;
}

// Of the two areas that may be written, the one that is meant.
static struct delta_area *writable(struct delta_flash *flash,
                                   enum dfp_area area)
{
    return area == DFP_NEW ? &flash->slot : &flash->journal;
}

static bool is_within(uint32_t offset, uint32_t size, uint32_t limit)
{
    return offset <= limit && size <= limit - offset;
}

static int flash_read(void *context, enum dfp_area area, uint32_t offset,
                      void *data, uint32_t size)
{
    struct delta_flash *flash = context;
    const uint8_t *bytes = flash->old_data;
    uint32_t limit = flash->old_size;

    if (area != DFP_OLD) {
        const struct delta_area *a = writable(flash, area);

        bytes = a->data;
        limit = a->size;
    }
    if (!is_within(offset, size, limit)) {
        return violated(flash, "read outside an area");
    }
    memcpy(data, bytes + offset, size);
    return 0;
}

static int flash_program(void *context, enum dfp_area area, uint32_t offset,
                         const void *data, uint32_t size)
{
    struct delta_flash *flash = context;
    struct delta_area *a = writable(flash, area);

    if (area == DFP_OLD || !is_within(offset, size, a->size)) {
        return violated(flash, "program outside a writable area");
    }
    if (offset % a->page != 0 || size % a->page != 0) {
        return violated(flash, "program unaligned");
    }
    while (size > 0) {
        uint16_t *next = &a->next[offset / DELTA_BLOCK_SIZE];
        uint32_t at = offset % DELTA_BLOCK_SIZE;
        if (at < *next) {
            return violated(flash, "program bytes that are not erased");
        }
        memcpy(a->data + offset, data, a->page);
        *next = (uint16_t)(at + a->page);
        data = (const uint8_t *)data + a->page;
        offset += a->page;
        size -= a->page;
    }
    return 0;
}

static int flash_erase(void *context, enum dfp_area area, uint32_t offset)
{
    struct delta_flash *flash = context;
    struct delta_area *a = writable(flash, area);

    if (area == DFP_OLD || offset % DELTA_BLOCK_SIZE != 0 ||
        offset >= a->size) {
        return violated(flash, "erase outside a writable area");
    }
    memset(a->data + offset, 0xFF, DELTA_BLOCK_SIZE);
    a->next[offset / DELTA_BLOCK_SIZE] = 0;
    return 0;
}

enum delta_status delta_flash_open(struct delta_flash *flash,
                                   struct dfp_config *config,
                                   const uint8_t *old_data, uint32_t old_size,
                                   uint32_t new_size)
{
    memset(flash, 0, sizeof(*flash));
    flash->old_data = old_data;
    flash->old_size = old_size;
    if (area_open(&flash->slot, new_size, DELTA_SLOT_PAGE) != DELTA_OK) {
        return DELTA_ERR_NOMEM;
    }
    config->context = flash;
    config->read = flash_read;
    config->program = flash_program;
    config->erase = flash_erase;
    config->old_size = old_size;
    config->new_size = flash->slot.size;
    config->new_erase_size = DELTA_BLOCK_SIZE;
    config->new_program_size = DELTA_SLOT_PAGE;
    config->journal_erase_size = DELTA_BLOCK_SIZE;
    config->journal_program_size = DELTA_JOURNAL_PAGE;
    return DELTA_OK;
}

enum delta_status delta_flash_add_journal(struct delta_flash *flash,
                                          struct dfp_config *config,
                                          uint32_t journal_size)
{
    if (area_open(&flash->journal, journal_size, DELTA_JOURNAL_PAGE) !=
        DELTA_OK) {
        return DELTA_ERR_NOMEM;
    }
    config->journal_size = flash->journal.size;
    return DELTA_OK;
}

void delta_flash_close(struct delta_flash *flash)
{
    area_close(&flash->slot);
    area_close(&flash->journal);
    memset(flash, 0, sizeof(*flash));
}
