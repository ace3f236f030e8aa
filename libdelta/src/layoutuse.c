// SPDX-License-Identifier: MIT
// What a flash layout says of how a package is to be made.

#include "delta_layout.h"

#include "errors.h"

void delta_layout_options(struct delta_options *options,
                          const struct delta_flash_layout *layout)
{
    const struct delta_flash_area *slot = &layout->slot;
    const struct delta_flash_area *scratch = &layout->scratch;
    const struct delta_flash_area *journal = &layout->journal;

    if (layout->new_slot.size != 0) {
        options->mode = DELTA_TWO_SLOT;
        return;
    }
    options->mode = DELTA_IN_PLACE;
    options->in_place.block_size =
        scratch->erase > slot->erase ? scratch->erase : slot->erase;
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

enum delta_status delta_layout_check(const struct delta_flash_layout *layout,
                                     const struct delta_info *info,
                                     struct delta_error *error)
{
    bool one_slot = layout->new_slot.size == 0;
    enum delta_status status = check_size(error, "slot.size", layout->slot.size,
                                          info->old_size, "the old image");

    if (status == DELTA_OK) {
        status =
            check_size(error, one_slot ? "slot.size" : "new_slot.size",
                       one_slot ? layout->slot.size : layout->new_slot.size,
                       info->new_size, "the new image");
    }
    if (status == DELTA_OK && layout->staging.size != 0) {
        status = check_size(error, "staging.size", layout->staging.size,
                            info->package_size, "the package");
    }
    return status;
}
