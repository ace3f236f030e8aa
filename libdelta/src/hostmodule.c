// SPDX-License-Identifier: MIT
// Simulated modules, as small as a package allows.

#include "hostmodule.h"

#include <stdlib.h>
#include <string.h>

#include "inspect.h"

#define STEP_BYTES 65536u // of the new image between two progress reports

#define JOURNAL_BLOCK 4096u // in place, if nothing else is said

// What all parts ask for.
static bool read_parts(struct delta_module *m, const struct delta_run *run)
{
    size_t wanted = 0;

    m->is_in_place = run->info->mode == DFOTA_MODE_IN_PLACE;
    m->count = run->info->parts > 1 ? run->info->parts : 1;
    m->slots[0].info = *run->info;
    for (uint32_t i = 1; i < m->count; i++) {
        if (dfp_peek_part(run->package, run->info->package_size, i,
                          &m->slots[i].info, &wanted) != DFP_OK) {
            return false;
        }
    }
    return true;
}

static void link_slots(struct delta_module *m)
{
    for (uint32_t i = 0; i < m->count; i++) {
        struct dfp_config *config = &m->slots[i].config;

        config->part_id = m->slots[i].info.part_id;
        config->next = i + 1 < m->count ? &m->slots[i + 1].config : NULL;
    }
}

// That of the part which asks for most.
static uint32_t journal_size(const struct delta_module *m)
{
    uint32_t most = 0;

    for (uint32_t i = 0; i < m->count; i++) {
        uint32_t size =
            dfp_journal_size(&m->slots[i].info, &m->slots[0].config);

        most = size > most ? size : most;
    }
    return most;
}

// --- Two slots -------------------------------------------------------------

// Bytes of an old slot of which no image is known: as many as hold what is the
// module's own.
static uint32_t own_size(const struct delta_run *run, uint32_t part)
{
    struct delta_span spans[DELTA_UNMANAGED_MAX];
    uint32_t count = 0;

    if (run->info->parts != 0) { // else the manifest is not sound
        count = delta_unmanaged(spans, run->package, part);
    }
    return count != 0 ? spans[count - 1].end : 0;
}

// The bytes that are given, and what else there may be.
static bool fill_slot(struct delta_slot *slot, struct delta_content *old,
                      uint32_t size)
{
    slot->filled = malloc((size_t)size + 1);
    if (slot->filled == NULL) {
        return false;
    }
    memset(slot->filled, 0xFF, size);
    if (old->data != NULL && size != 0) {
        memcpy(slot->filled, old->data, old->size < size ? old->size : size);
    }
    *old = (struct delta_content){slot->filled, size};
    return true;
}

static enum delta_status open_two_slots(struct delta_module *m,
                                        const struct delta_run *run)
{
    for (uint32_t i = 0; i < m->count; i++) {
        struct delta_slot *slot = &m->slots[i];
        struct delta_content old = run->old_images[i];

        if (slot->info.old_size == 0 &&
            !fill_slot(slot, &old, own_size(run, i))) {
            return DELTA_ERR_NOMEM;
        }
        if (delta_flash_open(&slot->two, &slot->config, old.data,
                             (uint32_t)old.size,
                             slot->info.new_size) != DELTA_OK) {
            return DELTA_ERR_NOMEM;
        }
    }
    link_slots(m);
    return delta_flash_add_journal(&m->slots[0].two, &m->slots[0].config,
                                   journal_size(m));
}

// --- One slot --------------------------------------------------------------

// The smallest erase block that a part asks for; those without an old image are
// content with any, and so with this one.
static uint32_t least_block(const struct delta_module *m)
{
    uint32_t least = 0;

    for (uint32_t i = 0; i < m->count; i++) {
        uint32_t block = m->slots[i].info.block_size;

        if (block != 0 && (least == 0 || block < least)) {
            least = block;
        }
    }
    return least != 0 ? least : DELTA_BLOCK_DEFAULT;
}

static uint32_t scratch_size(const struct delta_module *m)
{
    uint32_t most = 0;

    for (uint32_t i = 0; i < m->count; i++) {
        const struct dfp_info *info = &m->slots[i].info;
        uint32_t size =
            info->block_size != 0 ? info->scratch_blocks * info->block_size : 0;

        most = size > most ? size : most;
    }
    return most;
}

static uint32_t page_of(uint32_t block)
{
    return block < DELTA_SLOT_PAGE ? block : DELTA_SLOT_PAGE;
}

// Flash of one part, without journal.
static struct sim_geometry geometry_of(const struct dfp_info *info,
                                       uint32_t least)
{
    uint32_t block = info->block_size != 0 ? info->block_size : least;
    uint32_t size =
        info->old_size > info->new_size ? info->old_size : info->new_size;

    return (struct sim_geometry){
        .slot_size = (size + block - 1) / block * block,
        .slot_erase = block,
        .slot_program = page_of(block),
        .journal_erase = JOURNAL_BLOCK,
        .journal_program = DELTA_JOURNAL_PAGE,
        .one_slot = true,
    };
}

static void describe(struct dfp_config *config, const struct sim_geometry *g)
{
    config->old_size = g->slot_size;
    config->new_size = g->slot_size;
    config->new_erase_size = g->slot_erase;
    config->new_program_size = g->slot_program;
    config->scratch_size = g->scratch_size;
    config->scratch_erase_size = g->scratch_erase;
    config->scratch_program_size = g->scratch_program;
    config->journal_erase_size = g->journal_erase;
    config->journal_program_size = g->journal_program;
}

// The journal's size depends on the rest.
static enum delta_status open_one_slot(struct delta_module *m,
                                       const struct delta_run *run)
{
    struct sim_geometry g[DELTA_PARTS_MAX];
    uint32_t least = least_block(m);

    for (uint32_t i = 0; i < m->count; i++) {
        g[i] = geometry_of(&m->slots[i].info, least);
    }
    g[0].scratch_size = scratch_size(m);
    g[0].scratch_erase = least;
    g[0].scratch_program = page_of(least);
    if (run->journal_page != 0) {
        g[0].journal_program = run->journal_page;
    }
    if (run->journal_block != 0) {
        g[0].journal_erase = run->journal_block;
    }
    for (uint32_t i = 0; i < m->count; i++) {
        describe(&m->slots[i].config, &g[i]);
    }
    link_slots(m);
    g[0].journal_size = journal_size(m);
    for (uint32_t i = 0; i < m->count; i++) {
        struct delta_slot *slot = &m->slots[i];
        size_t size = run->old_images[i].size;

        if (!simflash_new(&slot->one, &g[i], 1 + i)) {
            return DELTA_ERR_NOMEM;
        }
        size = size < g[i].slot_size ? size : g[i].slot_size;
        if (size != 0) {
            simflash_load(&slot->one, DFP_OLD, run->old_images[i].data,
                          (uint32_t)size);
        }
        simflash_bind(&slot->one, &slot->config);
    }
    return DELTA_OK;
}

// --- The module ------------------------------------------------------------

static enum delta_status add_keys(struct delta_module *m,
                                  const struct delta_run *run)
{
    struct dfp_config *config = &m->slots[0].config;

    if (run->key_count == 0) {
        return DELTA_OK;
    }
    m->keys = calloc(run->key_count, sizeof(*m->keys));
    if (m->keys == NULL) {
        return DELTA_ERR_NOMEM;
    }
    for (size_t i = 0; i < run->key_count; i++) {
        memcpy(m->keys[i].point, run->keys[i].point, sizeof(m->keys[i].point));
    }
    config->keys = m->keys;
    config->key_count = (uint32_t)run->key_count;
    return DELTA_OK;
}

enum delta_status delta_module_open(struct delta_module *m,
                                    const struct delta_run *run)
{
    struct dfp_config *config = &m->slots[0].config;
    enum delta_status status;

    if (!read_parts(m, run)) {
        return DELTA_ERR_FORMAT;
    }
    status = m->is_in_place ? open_one_slot(m, run) : open_two_slots(m, run);
    if (status != DELTA_OK) {
        return status;
    }
    config->step_bytes = STEP_BYTES;
    config->product = run->product;
    config->counter = run->counter;
    m->work = malloc(run->info->ram);
    return m->work != NULL ? add_keys(m, run) : DELTA_ERR_NOMEM;
}

void delta_module_close(struct delta_module *m)
{
    for (uint32_t i = 0; i < m->count; i++) {
        delta_flash_close(&m->slots[i].two);
        simflash_free(&m->slots[i].one);
        free(m->slots[i].filled);
    }
    free(m->keys);
    free(m->work);
}

const char *delta_module_breach(const struct delta_module *m)
{
    for (uint32_t i = 0; i < m->count; i++) {
        const struct delta_slot *slot = &m->slots[i];

        if (slot->two.violation != NULL) {
            return slot->two.violation;
        }
        if (slot->one.breach[0] != '\0') {
            return slot->one.breach;
        }
    }
    return NULL;
}

static struct delta_area_use use_of(const struct simflash *flash,
                                    enum dfp_area area, uint32_t block_size)
{
    struct delta_area_use use = {.block_size = block_size};
    struct sim_totals totals;

    simflash_totals(flash, &totals);
    use.erased = (uint32_t)totals.erased[area];
    use.programmed = totals.programmed[area];
    for (uint32_t i = 0; i < simflash_area_size(flash, area) / block_size;
         i++) {
        uint32_t erases = simflash_block_erases(flash, area, i);
        use.erased_most = erases > use.erased_most ? erases : use.erased_most;
    }
    return use;
}

enum delta_status delta_module_take(struct delta_bytes *new_image,
                                    struct delta_flash_use *use,
                                    struct delta_module *m, uint32_t part)
{
    struct delta_slot *slot = &m->slots[part];
    const struct simflash *first = &m->slots[0].one;
    uint32_t size = slot->info.new_size;

    if (!m->is_in_place) {
        *new_image = (struct delta_bytes){slot->two.slot.data, size};
        slot->two.slot.data = NULL; // handed over
        return DELTA_OK;
    }
    new_image->data = malloc(size);
    if (new_image->data == NULL) {
        return DELTA_ERR_NOMEM;
    }
    new_image->size = size;
    memcpy(new_image->data, simflash_area(&slot->one, DFP_NEW), size);
    if (use != NULL) {
        use->journal_size = m->slots[0].config.journal_size;
        use->slot = use_of(&slot->one, DFP_NEW, slot->config.new_erase_size);
        use->scratch =
            use_of(first, DFP_SCRATCH, m->slots[0].config.scratch_erase_size);
        use->journal =
            use_of(first, DFP_JOURNAL, m->slots[0].config.journal_erase_size);
    }
    return DELTA_OK;
}
