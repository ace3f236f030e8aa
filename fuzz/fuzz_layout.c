// SPDX-License-Identifier: MIT
// Any bytes as a flash layout: what is read keeps all that delta_layout.h
// promises.

#include "delta_layout.h"
#include "target.h"

static bool is_power(uint32_t n)
{
    return n != 0 && (n & (n - 1)) == 0;
}

static void check_area(const struct delta_flash_area *a)
{
    if (a->size == 0) {
        return;
    }
    require(is_power(a->erase) && a->erase >= 8, "an erase block");
    require(is_power(a->program) && a->program <= a->erase, "a page");
    require(a->size % a->erase == 0, "whole erase blocks");
    require(!a->has_address || a->address % a->erase == 0, "aligned");
    require(!a->has_address || UINT32_MAX - a->address >= a->size - 1,
            "below 4 GiB");
}

static void check_layout(const struct delta_flash_layout *layout)
{
    bool one_slot = layout->parts[0].new_slot.size == 0;

    require(layout->part_count >= 1 && layout->part_count <= DELTA_PARTS_MAX,
            "1 to 8 parts");
    for (size_t i = 0; i < layout->part_count; i++) {
        const struct delta_flash_part *part = &layout->parts[i];

        require(part->slot.size != 0, "there is a slot");
        require((part->new_slot.size == 0) == one_slot, "one mode");
        require(i == 0 || part->id > part[-1].id, "ids ascend");
        require(strlen(part->name) <= DELTA_PART_NAME_MAX, "a name");
        check_area(&part->slot);
        check_area(&part->new_slot);
    }
    check_area(&layout->staging);
    check_area(&layout->scratch);
    check_area(&layout->journal);
    require(strlen(layout->profile) <= DELTA_PROFILE_MAX, "a profile");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct delta_flash_layout layout;
    struct delta_error error;
    enum delta_status status = delta_layout_read(&layout, data, size, &error);

    if (status == DELTA_OK) {
        check_layout(&layout);
    } else {
        require(status == DELTA_ERR_LAYOUT, "refused as a layout");
        require(error.status == status && error.text[0] != '\0', "it says why");
        require(layout.part_count == 0, "nothing is left after a failure");
    }
    return 0;
}
