// SPDX-License-Identifier: MIT
// Operations on the simulated flash: rules, counters, cuts and defects.

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "simparts.h"

// Each bit at random as before or as after.
static void mix(struct simflash *f, uint8_t *data, const uint8_t *after,
                uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        uint8_t take = (uint8_t)sim_random(&f->random);
        uint8_t to = after == NULL ? 0xFF : after[i];

        data[i] = (uint8_t)((data[i] & ~take) | (to & take));
    }
}

static void tear_erase(struct simflash *f, uint8_t *data, uint32_t size)
{
    uint32_t part = (uint32_t)(sim_random(&f->random) % (size + 1));

    switch (f->cut.tear) {
    case SIM_BLANK: memset(data, 0xFF, size); break;
    case SIM_NOISE: sim_noise(&f->random, data, size); break;
    case SIM_FRONT: memset(data, 0xFF, part); break;
    case SIM_BACK: memset(data + size - part, 0xFF, part); break;
    case SIM_UNSTABLE: break; // as before, while it lasts
    default: mix(f, data, NULL, size); break;
    }
}

static void tear_program(struct simflash *f, uint8_t *data, const uint8_t *from,
                         uint32_t size)
{
    uint32_t done = f->cut.bytes < size ? f->cut.bytes : size - 1;

    switch (f->cut.tear) {
    case SIM_BLANK: break;
    case SIM_PREFIX:
        memcpy(data, from, done);
        mix(f, data + done, from + done, 1);
        break;
    case SIM_UNSTABLE: memcpy(data, from, size); break;
    default: mix(f, data, from, size); break;
    }
}

// --- Operations ------------------------------------------------------------

// A process killed in between must leave a torn operation and not cells that
// pass for erased, also where the store is a file: order the writes.
static void set_next(struct sim_block *block, uint32_t next)
{
    atomic_signal_fence(memory_order_seq_cst);
    block->next = next;
    atomic_signal_fence(memory_order_seq_cst);
}

static int breach(struct simflash *f, const char *rule, const struct sim_op *op)
{
    static const char *const areas[] = {"old", "new", "journal", "scratch"};

    if (f->breach[0] == '\0') {
        char image[24] = "";

        if (op->area >= SIM_AREAS) {
            snprintf(image, sizeof(image), " of image %u",
                     (unsigned)op->area / SIM_AREAS);
        }
        snprintf(f->breach, sizeof(f->breach), "%s%s: %s, offset %u, size %u",
                 areas[op->area % SIM_AREAS], image, rule, (unsigned)op->offset,
                 (unsigned)op->size);
    }
    f->off = true;
    return SIM_ERR_RULE;
}

static int refuse_access(struct simflash *f, const struct sim_op *op)
{
    struct sim_part a;

    if (f->breach[0] != '\0') {
        return SIM_ERR_RULE;
    }
    if (f->off) {
        return SIM_ERR_OFF;
    }
    a = sim_find_part(f, op->area);
    if (op->offset > a.size || op->size > a.size - op->offset) {
        return breach(f, "access outside the area", op);
    }
    return 0;
}

// The defect of this kind in the block that the operation meets, if any.
static bool is_faulty(struct simflash *f, const struct sim_op *op,
                      enum sim_fault_kind kind)
{
    struct sim_fault *fault = &f->fault;
    uint32_t erase = sim_find_part(f, op->area).erase;
    uint32_t last = op->offset + (op->size == 0 ? 0 : op->size - 1);

    if (fault->count == 0 || fault->kind != kind || fault->area != op->area ||
        fault->block < op->offset / erase || fault->block > last / erase) {
        return false;
    }
    fault->count -= fault->count != SIM_ALWAYS;
    return true;
}

// Cells that a cut left unstable read as they like.
static void disturb(struct simflash *f, const struct sim_part *a,
                    const struct sim_op *op, uint8_t *data)
{
    bool is_met = false;

    for (uint32_t i = 0; i < op->size; i++) {
        uint32_t offset = op->offset + i;
        const struct sim_block *b = a->blocks + offset / a->erase;
        uint32_t at = offset % a->erase;

        if (b->unstable_at == b->unstable_end) {
            i += a->erase - at - 1;
        } else if (at >= b->unstable_at && at < b->unstable_end) {
            data[i] |= (uint8_t)sim_random(&f->noise);
            is_met = true;
        }
    }
    f->torn_reads += is_met && op->area != DFP_JOURNAL;
}

// Power goes. True when the operation has not begun.
static bool is_untouched(struct simflash *f)
{
    const struct sim_op *last = &f->last;

    f->off = true;
    if (f->cut.tear == SIM_ANY && last->number != 0) {
        simflash_spoil(f, last->area,
                       last->offset / sim_find_part(f, last->area).erase);
    }
    return f->cut.tear == SIM_BEFORE || f->cut.tear == SIM_ANY;
}

// Count an operation. True when power goes before it begins.
static bool is_cut_before(struct simflash *f, struct sim_op *op)
{
    op->number = ++f->number;
    if (f->watch != NULL) {
        f->watch(f->watch_context, op);
    }
    if (f->number == f->cut.number) {
        return is_untouched(f);
    }
    f->last = *op;
    return false;
}

static int sim_read(void *context, enum dfp_area area, uint32_t offset,
                    void *data, uint32_t size)
{
    struct simflash *f = context;
    struct sim_op op = {0, SIM_PROGRAM, area, offset, size, NULL};
    int error = refuse_access(f, &op);

    if (error == 0 && is_faulty(f, &op, SIM_READ_FAILS)) {
        error = SIM_ERR_FAULT;
    }
    if (error == 0) {
        struct sim_part a = sim_find_part(f, area);

        memcpy(data, a.data + offset, size);
        disturb(f, &a, &op, data);
    }
    return error;
}

// Erase a block unless power or the block fails.
static int erase_block(struct simflash *f, const struct sim_part *a,
                       const struct sim_op *op)
{
    struct sim_block *block = a->blocks + op->offset / a->erase;
    uint8_t *data = a->data + op->offset;

    block->erases++;
    set_next(block, a->erase);
    f->store->totals.erased[op->area]++;
    block->unstable_at = 0;
    block->unstable_end = f->off && f->cut.tear == SIM_UNSTABLE ? a->erase : 0;
    if (f->off) {
        tear_erase(f, data, a->erase);
        return SIM_ERR_OFF;
    }
    if (is_faulty(f, op, SIM_ERASE_FAILS)) {
        mix(f, data, NULL, a->erase);
        return SIM_ERR_FAULT;
    }
    if (!is_faulty(f, op, SIM_ERASE_LIES)) {
        memset(data, 0xFF, a->erase);
    }
    set_next(block, 0);
    return 0;
}

static int sim_erase(void *context, enum dfp_area area, uint32_t offset)
{
    struct simflash *f = context;
    struct sim_part a = sim_find_part(f, area);
    struct sim_op op = {0, SIM_ERASE, area, offset, a.erase, NULL};
    int error = refuse_access(f, &op);

    if (error != 0) {
        return error;
    }
    if (area % SIM_AREAS == DFP_OLD) {
        return breach(f, "erase of the running slot", &op);
    }
    if (offset % a.erase != 0) {
        return breach(f, "erase is not one whole block", &op);
    }
    return is_cut_before(f, &op) ? SIM_ERR_OFF : erase_block(f, &a, &op);
}

static const char *find_program_breach(const struct sim_part *a,
                                       const struct sim_op *op)
{
    uint32_t at = op->offset % a->erase;

    if (op->area % SIM_AREAS == DFP_OLD) {
        return "program of the running slot";
    }
    if (op->size == 0 || op->offset % a->program != 0 ||
        op->size % a->program != 0) {
        return "program is not aligned";
    }
    if (op->size > a->erase - at) {
        return "program across the end of a block";
    }
    if (at < a->blocks[op->offset / a->erase].next) {
        return "program of bytes that are not erased";
    }
    return NULL;
}

// Program a page unless power or the block fails.
static int program_page(struct simflash *f, const struct sim_part *a,
                        const struct sim_op *op)
{
    struct sim_block *block = a->blocks + op->offset / a->erase;
    uint8_t *data = a->data + op->offset;
    const uint8_t *from = op->data;
    uint32_t at = op->offset % a->erase;

    set_next(block, at + op->size);
    f->store->totals.programmed[op->area] += op->size;
    if (f->off) {
        tear_program(f, data, from, op->size);
        if (f->cut.tear == SIM_UNSTABLE) {
            block->unstable_at = at;
            block->unstable_end = at + op->size;
        }
        return SIM_ERR_OFF;
    }
    if (is_faulty(f, op, SIM_PROGRAM_FAILS)) {
        mix(f, data, from, op->size);
        return SIM_ERR_FAULT;
    }
    for (uint32_t i = 0; i < op->size; i++) {
        data[i] &= from[i]; // all ones, unless an erase has lied
    }
    if (is_faulty(f, op, SIM_PROGRAM_LIES)) {
        data[op->size / 2] ^= 1;
    }
    return 0;
}

static int sim_program(void *context, enum dfp_area area, uint32_t offset,
                       const void *data, uint32_t size)
{
    struct simflash *f = context;
    struct sim_part a = sim_find_part(f, area);
    struct sim_op op = {0, SIM_PROGRAM, area, offset, size, data};
    const char *rule;
    int error = refuse_access(f, &op);

    if (error != 0) {
        return error;
    }
    rule = find_program_breach(&a, &op);
    if (rule != NULL) {
        return breach(f, rule, &op);
    }
    return is_cut_before(f, &op) ? SIM_ERR_OFF : program_page(f, &a, &op);
}

bool simflash_fork(struct simflash *f, const struct simflash *from,
                   const struct sim_op *op, const struct sim_cut *cut,
                   uint64_t seed)
{
    struct sim_part a;

    if (!simflash_clone(f, from)) {
        return false;
    }
    f->random = seed;
    f->cut = *cut;
    f->number = op->number;
    f->last = from->last;
    if (!is_untouched(f)) {
        a = sim_find_part(f, op->area);
        if (op->kind == SIM_ERASE) {
            erase_block(f, &a, op);
        } else {
            program_page(f, &a, op);
        }
    }
    return true;
}

// --- Callbacks of further images -------------------------------------------

static int more_read(void *context, enum dfp_area area, uint32_t offset,
                     void *data, uint32_t size)
{
    const struct sim_image *m = context;

    return sim_read(m->flash, sim_place(m->index, area), offset, data, size);
}

static int more_erase(void *context, enum dfp_area area, uint32_t offset)
{
    const struct sim_image *m = context;

    return sim_erase(m->flash, sim_place(m->index, area), offset);
}

static int more_program(void *context, enum dfp_area area, uint32_t offset,
                        const void *data, uint32_t size)
{
    const struct sim_image *m = context;

    return sim_program(m->flash, sim_place(m->index, area), offset, data, size);
}

static void bind_slots(struct dfp_config *config, const struct sim_slots *s)
{
    config->old_size = s->size;
    config->new_size = s->size;
    config->new_erase_size = s->erase;
    config->new_program_size = s->program;
}

static void bind_more(struct simflash *f, struct dfp_config *config)
{
    const struct sim_geometry *g = &f->store->geometry;

    config->part_id = g->id;
    for (uint32_t i = 0; i < g->more_count; i++) {
        struct sim_image *m = &f->more[i];

        *m = (struct sim_image){.flash = f, .index = i + 1};
        m->config.context = m;
        m->config.read = more_read;
        m->config.program = more_program;
        m->config.erase = more_erase;
        m->config.part_id = g->more[i].id;
        bind_slots(&m->config, &g->more[i]);
        config->next = &m->config;
        config = &m->config;
    }
}

void simflash_bind(struct simflash *f, struct dfp_config *config)
{
    const struct sim_geometry *g = &f->store->geometry;
    const struct sim_slots first = sim_slots_of(g, 0);

    config->context = f;
    config->read = sim_read;
    config->program = sim_program;
    config->erase = sim_erase;
    bind_slots(config, &first);
    config->journal_size = g->journal_size;
    config->journal_erase_size = g->journal_erase;
    config->journal_program_size = g->journal_program;
    config->scratch_size = g->scratch_size;
    config->scratch_erase_size = g->scratch_erase;
    config->scratch_program_size = g->scratch_program;
    if (g->more_count != 0 || g->id != 0) {
        bind_more(f, config);
    }
}
