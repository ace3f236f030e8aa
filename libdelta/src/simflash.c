// SPDX-License-Identifier: MIT
// Simulated NOR flash of one module: rules, counters and power cuts.

#include "simflash.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STORE_MAGIC 0x464D4953u // "SIMF"
#define STORE_VERSION 1u

struct sim_block {
    uint32_t erases;
    uint32_t next; // lowest offset in the block that may be programmed; what
                   // lies at or above it reads 0xFF
};

struct sim_store {
    uint32_t magic;
    uint32_t version;
    struct sim_geometry geometry;
    uint32_t boot; // tag << 1 | slot that is DFP_OLD
    struct sim_totals totals;
};

uint64_t sim_random(uint64_t *state)
{
    // splitmix64: any seed will do, zero too.
    uint64_t z = *state += 0x9E3779B97F4A7C15u;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

// --- Geometry --------------------------------------------------------------

static bool is_power(uint32_t n)
{
    return n != 0 && (n & (n - 1)) == 0;
}

static bool area_is_sound(uint32_t size, uint32_t erase, uint32_t program)
{
    return is_power(erase) && is_power(program) && program <= erase &&
           size % erase == 0 && size <= DFOTA_IMAGE_MAX;
}

static uint32_t slot_blocks(const struct sim_geometry *g)
{
    return g->slot_size / g->slot_erase;
}

static uint32_t journal_blocks(const struct sim_geometry *g)
{
    return g->journal_size / g->journal_erase;
}

static size_t table_size(const struct sim_geometry *g)
{
    size_t count = 2 * (size_t)slot_blocks(g) + journal_blocks(g);

    return count * sizeof(struct sim_block);
}

size_t simflash_store_size(const struct sim_geometry *g)
{
    if (!area_is_sound(g->slot_size, g->slot_erase, g->slot_program) ||
        !area_is_sound(g->journal_size, g->journal_erase, g->journal_program)) {
        return 0;
    }
    return sizeof(struct sim_store) + table_size(g) + 2 * (size_t)g->slot_size +
           g->journal_size;
}

// --- Areas -----------------------------------------------------------------

// One area as the patcher sees it.
struct area {
    uint8_t *data;
    struct sim_block *blocks;
    uint32_t size, erase, program;
};

static struct area find_area(const struct simflash *f, enum dfp_area id)
{
    const struct sim_geometry *g = &f->store->geometry;
    uint32_t slot = (f->store->boot & 1) ^ (id == DFP_OLD ? 0u : 1u);
    struct area a;

    if (id == DFP_JOURNAL) {
        a.data = f->data + 2 * (size_t)g->slot_size;
        a.blocks = f->blocks + 2 * (size_t)slot_blocks(g);
        a.size = g->journal_size;
        a.erase = g->journal_erase;
        a.program = g->journal_program;
    } else {
        a.data = f->data + slot * (size_t)g->slot_size;
        a.blocks = f->blocks + slot * (size_t)slot_blocks(g);
        a.size = g->slot_size;
        a.erase = g->slot_erase;
        a.program = g->slot_program;
    }
    return a;
}

static void place(struct simflash *f, void *memory)
{
    memset(f, 0, sizeof(*f));
    f->store = memory;
    f->blocks = (struct sim_block *)(void *)(f->store + 1);
    f->data = (uint8_t *)f->blocks;
}

static void fill_noise(struct simflash *f, uint8_t *data, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        data[i] = (uint8_t)sim_random(&f->random);
    }
}

static void spoil_area(struct simflash *f, enum dfp_area id)
{
    struct area a = find_area(f, id);

    fill_noise(f, a.data, a.size);
    for (uint32_t i = 0; i < a.size / a.erase; i++) {
        a.blocks[i].erases = 0;
        a.blocks[i].next = a.erase;
    }
}

// --- Making and copying ----------------------------------------------------

void simflash_format(struct simflash *f, void *memory,
                     const struct sim_geometry *geometry, uint64_t seed)
{
    place(f, memory);
    memset(f->store, 0, sizeof(*f->store));
    f->store->magic = STORE_MAGIC;
    f->store->version = STORE_VERSION;
    f->store->geometry = *geometry;
    f->data += table_size(geometry);
    f->random = seed;
    spoil_area(f, DFP_OLD);
    spoil_area(f, DFP_NEW);
    spoil_area(f, DFP_JOURNAL);
}

bool simflash_attach(struct simflash *f, void *memory, size_t size)
{
    const struct sim_store *store = memory;

    if (size < sizeof(*store) || store->magic != STORE_MAGIC ||
        store->version != STORE_VERSION ||
        simflash_store_size(&store->geometry) != size) {
        return false;
    }
    place(f, memory);
    f->data += table_size(&store->geometry);
    return true;
}

bool simflash_new(struct simflash *f, const struct sim_geometry *geometry,
                  uint64_t seed)
{
    size_t size = simflash_store_size(geometry);
    void *memory = size == 0 ? NULL : malloc(size);

    if (memory == NULL) {
        memset(f, 0, sizeof(*f));
        return false;
    }
    simflash_format(f, memory, geometry, seed);
    f->owns_store = true;
    return true;
}

bool simflash_clone(struct simflash *f, const struct simflash *from)
{
    size_t size = simflash_store_size(&from->store->geometry);
    void *memory = malloc(size);

    if (memory == NULL) {
        memset(f, 0, sizeof(*f));
        return false;
    }
    memcpy(memory, from->store, size);
    simflash_attach(f, memory, size);
    f->owns_store = true;
    return true;
}

void simflash_free(struct simflash *f)
{
    if (f->owns_store) {
        free(f->store);
    }
    memset(f, 0, sizeof(*f));
}

// --- The maker's and the boot loader's doing -------------------------------

void simflash_clear(struct simflash *f, enum dfp_area id)
{
    struct area a = find_area(f, id);

    memset(a.data, 0xFF, a.size);
    for (uint32_t i = 0; i < a.size / a.erase; i++) {
        a.blocks[i].next = 0;
    }
}

void simflash_load(struct simflash *f, enum dfp_area id, const void *image,
                   uint32_t size)
{
    struct area a = find_area(f, id);

    simflash_clear(f, id);
    memcpy(a.data, image, size);
    for (uint32_t i = 0; i < a.size / a.erase; i++) {
        uint32_t used = a.erase;

        while (used > 0 && a.data[i * a.erase + used - 1] == 0xFF) {
            used--;
        }
        a.blocks[i].next = (used + a.program - 1) / a.program * a.program;
    }
}

void simflash_swap(struct simflash *f, uint32_t tag)
{
    f->store->boot = tag << 1 | ((f->store->boot & 1) ^ 1);
}

uint32_t simflash_boot_tag(const struct simflash *f)
{
    return f->store->boot >> 1;
}

// --- Power -----------------------------------------------------------------

void simflash_arm(struct simflash *f, const struct sim_cut *cut)
{
    f->cut = *cut;
}

void simflash_reboot(struct simflash *f, uint64_t seed)
{
    f->off = false;
    f->number = 0;
    f->random = seed;
    memset(&f->cut, 0, sizeof(f->cut));
}

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
    case SIM_NOISE: fill_noise(f, data, size); break;
    case SIM_FRONT: memset(data, 0xFF, part); break;
    case SIM_BACK: memset(data + size - part, 0xFF, part); break;
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
    static const char *const areas[] = {"old", "new", "journal"};

    if (f->breach[0] == '\0') {
        snprintf(f->breach, sizeof(f->breach), "%s: %s, offset %u, size %u",
                 areas[op->area], rule, (unsigned)op->offset,
                 (unsigned)op->size);
    }
    f->off = true;
    return SIM_ERR_RULE;
}

static int refuse_access(struct simflash *f, const struct sim_op *op)
{
    struct area a;

    if (f->breach[0] != '\0') {
        return SIM_ERR_RULE;
    }
    if (f->off) {
        return SIM_ERR_OFF;
    }
    a = find_area(f, op->area);
    if (op->offset > a.size || op->size > a.size - op->offset) {
        return breach(f, "access outside the area", op);
    }
    return 0;
}

// Count an operation. True when power goes before it begins.
static bool is_cut_before(struct simflash *f, struct sim_op *op)
{
    op->number = ++f->number;
    if (f->watch != NULL) {
        f->watch(f->watch_context, op);
    }
    if (f->number == f->cut.number) {
        f->off = true;
        return f->cut.tear == SIM_BEFORE;
    }
    return false;
}

static int sim_read(void *context, enum dfp_area area, uint32_t offset,
                    void *data, uint32_t size)
{
    struct simflash *f = context;
    struct sim_op op = {0, SIM_PROGRAM, area, offset, size};
    int error = refuse_access(f, &op);

    if (error == 0) {
        memcpy(data, find_area(f, area).data + offset, size);
    }
    return error;
}

static int sim_erase(void *context, enum dfp_area area, uint32_t offset)
{
    struct simflash *f = context;
    struct area a = find_area(f, area);
    struct sim_op op = {0, SIM_ERASE, area, offset, a.erase};
    struct sim_block *block;
    int error = refuse_access(f, &op);

    if (error != 0) {
        return error;
    }
    if (area == DFP_OLD) {
        return breach(f, "erase of the running slot", &op);
    }
    if (offset % a.erase != 0) {
        return breach(f, "erase is not one whole block", &op);
    }
    if (is_cut_before(f, &op)) {
        return SIM_ERR_OFF;
    }
    block = a.blocks + offset / a.erase;
    block->erases++;
    set_next(block, a.erase);
    f->store->totals.erased[area]++;
    if (f->off) {
        tear_erase(f, a.data + offset, a.erase);
        return SIM_ERR_OFF;
    }
    memset(a.data + offset, 0xFF, a.erase);
    set_next(block, 0);
    return 0;
}

static const char *find_program_breach(const struct area *a,
                                       const struct sim_op *op)
{
    uint32_t at = op->offset % a->erase;

    if (op->area == DFP_OLD) {
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

static int sim_program(void *context, enum dfp_area area, uint32_t offset,
                       const void *data, uint32_t size)
{
    struct simflash *f = context;
    struct area a = find_area(f, area);
    struct sim_op op = {0, SIM_PROGRAM, area, offset, size};
    const char *rule;
    int error = refuse_access(f, &op);

    if (error != 0) {
        return error;
    }
    rule = find_program_breach(&a, &op);
    if (rule != NULL) {
        return breach(f, rule, &op);
    }
    if (is_cut_before(f, &op)) {
        return SIM_ERR_OFF;
    }
    set_next(a.blocks + offset / a.erase, offset % a.erase + size);
    f->store->totals.programmed[area] += size;
    if (f->off) {
        tear_program(f, a.data + offset, data, size);
        return SIM_ERR_OFF;
    }
    memcpy(a.data + offset, data, size);
    return 0;
}

void simflash_bind(struct simflash *f, struct dfp_config *config)
{
    const struct sim_geometry *g = &f->store->geometry;

    config->context = f;
    config->read = sim_read;
    config->program = sim_program;
    config->erase = sim_erase;
    config->old_size = g->slot_size;
    config->new_size = g->slot_size;
    config->new_erase_size = g->slot_erase;
    config->new_program_size = g->slot_program;
    config->journal_size = g->journal_size;
    config->journal_erase_size = g->journal_erase;
    config->journal_program_size = g->journal_program;
}

// --- Looking ---------------------------------------------------------------

const struct sim_geometry *simflash_geometry(const struct simflash *f)
{
    return &f->store->geometry;
}

uint8_t *simflash_area(const struct simflash *f, enum dfp_area area)
{
    return find_area(f, area).data;
}

uint32_t simflash_area_size(const struct simflash *f, enum dfp_area area)
{
    return find_area(f, area).size;
}

uint32_t simflash_block_erases(const struct simflash *f, enum dfp_area area,
                               uint32_t block)
{
    return find_area(f, area).blocks[block].erases;
}

void simflash_totals(const struct simflash *f, struct sim_totals *totals)
{
    *totals = f->store->totals;
}
