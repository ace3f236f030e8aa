// SPDX-License-Identifier: MIT
// What a flash layout says of how a package is to be made.

#include "delta_layout.h"

#include <stdio.h>

#include "errors.h"

const struct delta_flash_part *
delta_layout_part(const struct delta_flash_layout *layout, uint32_t id)
{
    for (size_t i = 0; i < layout->part_count; i++) {
        if (!layout->is_list || layout->parts[i].id == id) {
            return &layout->parts[i];
        }
    }
    return NULL;
}

const struct delta_flash_area *
delta_layout_area(const struct delta_flash_layout *layout, size_t index,
                  char name[DELTA_AREA_NAME_SIZE])
{
    static const char *const others[] = {"staging", "scratch", "journal"};
    const struct delta_flash_area *const areas[] = {
        &layout->staging, &layout->scratch, &layout->journal};
    const struct delta_flash_area *area;

    if (index >= 2 * layout->part_count) {
        size_t other = index - 2 * layout->part_count;

        if (other >= sizeof(areas) / sizeof(areas[0])) {
            return NULL;
        }
        snprintf(name, DELTA_AREA_NAME_SIZE, "%s", others[other]);
        area = areas[other];
    } else {
        const struct delta_flash_part *part = &layout->parts[index / 2];
        const char *slot = index % 2 == 0 ? "slot" : "new_slot";

        if (layout->is_list) {
            snprintf(name, DELTA_AREA_NAME_SIZE, "parts[%u].%s",
                     (unsigned)(index / 2) % 10u, slot);
        } else {
            snprintf(name, DELTA_AREA_NAME_SIZE, "%s", slot);
        }
        area = index % 2 == 0 ? &part->slot : &part->new_slot;
    }
    return area->size != 0 ? area : NULL;
}

void delta_layout_options(struct delta_options *options,
                          const struct delta_flash_layout *layout,
                          const struct delta_flash_part *part)
{
    const struct delta_flash_area *scratch = &layout->scratch;
    const struct delta_flash_area *journal = &layout->journal;

    if (part->new_slot.size != 0) {
        options->mode = DELTA_TWO_SLOT;
        return;
    }
    options->mode = DELTA_IN_PLACE;
    options->in_place.block_size =
        scratch->erase > part->slot.erase ? scratch->erase : part->slot.erase;
    options->in_place.scratch_size = scratch->size;
    options->in_place.journal_size = journal->size;
    options->in_place.journal_block = journal->erase;
    options->in_place.journal_page = journal->program;
}

static enum delta_status check_size(struct delta_error *error, const char *key,
                                    uint32_t found, uint32_t expected,
                                    const char *what)
{
    if (found < expected) {
        return delta_fail(error, DELTA_ERR_LAYOUT, "layout",
                          "%s: too small for %s (found %lu, expected at least "
                          "%lu)",
                          key, what, (unsigned long)found,
                          (unsigned long)expected);
    }
    return DELTA_OK;
}

// As "slot.size" or "parts[1].slot.size".
static enum delta_status check_slot(struct delta_error *error,
                                    const struct delta_flash_layout *layout,
                                    size_t index, uint32_t expected,
                                    const char *what)
{
    char name[DELTA_AREA_NAME_SIZE] = "", key[DELTA_AREA_NAME_SIZE + 8];
    const struct delta_flash_area *area =
        delta_layout_area(layout, index, name);

    snprintf(key, sizeof(key), "%s.size", name);
    return check_size(error, key, area != NULL ? area->size : 0, expected,
                      what);
}

enum delta_status delta_layout_check(const struct delta_flash_layout *layout,
                                     const struct delta_info *info,
                                     struct delta_error *error)
{
    const struct delta_flash_part *part =
        delta_layout_part(layout, info->part_id);
    enum delta_status status;
    size_t index;

    if (part == NULL) {
        return delta_fail(error, DELTA_ERR_LAYOUT, "layout",
                          "parts: found none with id %lu, expected one: the "
                          "package has it",
                          (unsigned long)info->part_id);
    }
    index = 2 * (size_t)(part - layout->parts);
    status = check_slot(error, layout, index, info->old_size, "the old image");
    if (status == DELTA_OK) {
        status = check_slot(error, layout, index + (part->new_slot.size != 0),
                            info->new_size, "the new image");
    }
    if (status == DELTA_OK && layout->staging.size != 0) {
        status = check_size(error, "staging.size", layout->staging.size,
                            info->package_size, "the package");
    }
    return status;
}
