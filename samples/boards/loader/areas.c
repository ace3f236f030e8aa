// SPDX-License-Identifier: MIT
// The patcher's areas on the flash of layout.json. The emulators forgive bytes
// that are programmed twice, the flash of a module may not: it is refused here.

#include "areas.h"

#include "flash_layout.h"
#include "nor.h"

uint32_t areas_slot(uint32_t slot)
{
    return slot == 0 ? FLASH_SLOT : FLASH_NEW_SLOT;
}

struct place {
    uint32_t start;
    uint32_t size;
};

static struct place place_of(const struct areas *areas, enum dfp_area area)
{
    switch (area) {
    case DFP_OLD:
        return (struct place){areas_slot(areas->old_slot), FLASH_SLOT_SIZE};
    case DFP_NEW:
        return (struct place){areas_slot(areas->new_slot), FLASH_NEW_SLOT_SIZE};
    case DFP_JOURNAL: return (struct place){FLASH_JOURNAL, FLASH_JOURNAL_SIZE};
    case DFP_SCRATCH: return (struct place){FLASH_SCRATCH, FLASH_SCRATCH_SIZE};
    }
    return (struct place){0, 0};
}

static bool is_inside(const struct place *p, uint32_t offset, uint32_t size)
{
    return offset <= p->size && size <= p->size - offset;
}

static int read_area(void *context, enum dfp_area area, uint32_t offset,
                     void *data, uint32_t size)
{
    struct place p = place_of(context, area);

    if (!is_inside(&p, offset, size)) {
        return NOR_ERR_RANGE;
    }
    return nor_read(p.start + offset, data, size);
}

static int check_erased(uint32_t at, uint32_t size)
{
    int result = 0;

    for (uint32_t i = 0; i < size && result == 0; i += 4) {
        uint32_t word;

        result = nor_read(at + i, &word, 4);
        if (result == 0 && word != 0xFFFFFFFFu) {
            result = NOR_ERR_WRITTEN;
        }
    }
    return result;
}

static int program_area(void *context, enum dfp_area area, uint32_t offset,
                        const void *data, uint32_t size)
{
    struct place p = place_of(context, area);
    int result = NOR_ERR_RANGE;

    if (is_inside(&p, offset, size)) {
        result = check_erased(p.start + offset, size);
    }
    if (result == 0) {
        result = nor_program(p.start + offset, data, size);
    }
    return result;
}

static int erase_area(void *context, enum dfp_area area, uint32_t offset)
{
    struct areas *areas = context;
    struct place p = place_of(areas, area);

    if (area == DFP_NEW) {
        areas->changed = true;
    }
    if (!is_inside(&p, offset, FLASH_BLOCK)) {
        return NOR_ERR_RANGE;
    }
    return nor_erase(p.start + offset);
}

void areas_bind(struct areas *areas, struct dfp_config *config)
{
    config->context = areas;
    config->read = read_area;
    config->program = program_area;
    config->erase = erase_area;
    config->old_size = FLASH_SLOT_SIZE;
    config->new_size = FLASH_NEW_SLOT_SIZE;
    config->new_erase_size = FLASH_BLOCK;
    config->new_program_size = FLASH_PAGE;
    config->journal_size = FLASH_JOURNAL_SIZE;
    config->journal_erase_size = FLASH_BLOCK;
    config->journal_program_size = FLASH_UNIT;
    if (areas->old_slot == areas->new_slot) {
        config->scratch_size = FLASH_SCRATCH_SIZE;
        config->scratch_erase_size = FLASH_BLOCK;
        config->scratch_program_size = FLASH_PAGE;
    } else {
        config->scratch_size = 0;
    }
}
