// SPDX-License-Identifier: MIT
// Simulated NOR flash of one module: making, copying and looking at it.

#include "simflash.h"

#include <stdlib.h>
#include <string.h>

#include "simparts.h"

#define STORE_MAGIC 0x464D4953u // "SIMF"
#define STORE_VERSION 3u

uint64_t sim_random(uint64_t *state)
{
    // splitmix64: any seed will do, zero too.
    uint64_t z = *state += 0x9E3779B97F4A7C15u;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

void sim_noise(uint64_t *random, uint8_t *data, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        data[i] = (uint8_t)sim_random(random);
    }
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

struct sim_slots sim_slots_of(const struct sim_geometry *g, uint32_t image)
{
    return image != 0 ? g->more[image - 1]
                      : (struct sim_slots){g->slot_size, g->slot_erase,
                                           g->slot_program, g->id};
}

static uint32_t slot_count(const struct sim_geometry *g)
{
    return g->one_slot ? 1 : 2;
}

static bool slots_are_sound(const struct sim_slots *s)
{
    return area_is_sound(s->size, s->erase, s->program);
}

// Blocks of all slots of an image, and of the other areas.
static uint32_t slot_blocks(const struct sim_geometry *g, uint32_t image)
{
    const struct sim_slots s = sim_slots_of(g, image);

    return slot_count(g) * (s.size / s.erase);
}

static size_t slot_bytes(const struct sim_geometry *g, uint32_t image)
{
    return slot_count(g) * (size_t)sim_slots_of(g, image).size;
}

static uint32_t journal_blocks(const struct sim_geometry *g)
{
    return g->journal_size / g->journal_erase;
}

static uint32_t scratch_blocks(const struct sim_geometry *g)
{
    return g->scratch_size == 0 ? 0 : g->scratch_size / g->scratch_erase;
}

// The first image's slots, journal, scratch area, then the other slots.
static size_t blocks_before(const struct sim_geometry *g, uint32_t image)
{
    size_t count =
        (size_t)slot_blocks(g, 0) + journal_blocks(g) + scratch_blocks(g);

    for (uint32_t i = 1; i < image; i++) {
        count += slot_blocks(g, i);
    }
    return count;
}

static size_t bytes_before(const struct sim_geometry *g, uint32_t image)
{
    size_t count = slot_bytes(g, 0) + g->journal_size + g->scratch_size;

    for (uint32_t i = 1; i < image; i++) {
        count += slot_bytes(g, i);
    }
    return count;
}

static size_t table_size(const struct sim_geometry *g)
{
    return blocks_before(g, 1 + g->more_count) * sizeof(struct sim_block);
}

size_t simflash_store_size(const struct sim_geometry *g)
{
    const struct sim_slots first = sim_slots_of(g, 0);

    if (g->more_count > SIM_MORE || !slots_are_sound(&first) ||
        !area_is_sound(g->journal_size, g->journal_erase, g->journal_program) ||
        (g->scratch_size != 0 &&
         !area_is_sound(g->scratch_size, g->scratch_erase,
                        g->scratch_program))) {
        return 0;
    }
    for (uint32_t i = 0; i < g->more_count; i++) {
        if (!slots_are_sound(&g->more[i])) {
            return 0;
        }
    }
    return sizeof(struct sim_store) + table_size(g) +
           bytes_before(g, 1 + g->more_count);
}

// --- Areas -----------------------------------------------------------------

static struct sim_part find_slot(const struct simflash *f, uint32_t image,
                                 bool is_old)
{
    const struct sim_geometry *g = &f->store->geometry;
    const struct sim_slots s = sim_slots_of(g, image);
    uint32_t slot = (f->store->boot & 1) ^ (is_old ? 0u : 1u);
    struct sim_part a = {f->data, f->blocks, s.size, s.erase, s.program};

    if (image != 0) {
        a.data += bytes_before(g, image);
        a.blocks += blocks_before(g, image);
    }
    if (!g->one_slot) {
        a.data += slot * (size_t)s.size;
        a.blocks += slot * (size_t)(s.size / s.erase);
    }
    return a;
}

struct sim_part sim_find_part(const struct simflash *f, enum dfp_area id)
{
    const struct sim_geometry *g = &f->store->geometry;
    uint32_t area = (uint32_t)id % SIM_AREAS;
    struct sim_part a = {f->data + slot_bytes(g, 0),
                         f->blocks + slot_blocks(g, 0), g->journal_size,
                         g->journal_erase, g->journal_program};

    if (area == DFP_OLD || area == DFP_NEW) {
        return find_slot(f, (uint32_t)id / SIM_AREAS, area == DFP_OLD);
    }
    if (area == SIM_SCRATCH) {
        a.data += g->journal_size;
        a.blocks += journal_blocks(g);
        a.size = g->scratch_size;
        a.erase = g->scratch_erase;
        a.program = g->scratch_program;
    }
    return a;
}

// 0 when there is no such area.
static uint32_t block_count(const struct sim_part *a)
{
    return a->size == 0 ? 0 : a->size / a->erase;
}

static void place(struct simflash *f, void *memory)
{
    memset(f, 0, sizeof(*f));
    f->store = memory;
    f->blocks = (struct sim_block *)(void *)(f->store + 1);
    f->data = (uint8_t *)f->blocks;
}

static void spoil_area(struct simflash *f, enum dfp_area id)
{
    struct sim_part a = sim_find_part(f, id);

    sim_noise(&f->random, a.data, a.size);
    for (uint32_t i = 0; i < block_count(&a); i++) {
        a.blocks[i] = (struct sim_block){.next = a.erase};
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
    spoil_area(f, SIM_SCRATCH);
    for (uint32_t i = 1; i <= geometry->more_count; i++) {
        spoil_area(f, sim_place(i, DFP_OLD));
        spoil_area(f, sim_place(i, DFP_NEW));
    }
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
    void *memory = size == 0 ? NULL : malloc(size);

    if (memory == NULL) {
        memset(f, 0, sizeof(*f));
        return false;
    }
    memcpy(memory, from->store, size);
    place(f, memory);
    f->data += table_size(&from->store->geometry);
    f->owns_store = true;
    f->fault = from->fault;
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

void simflash_clear(struct simflash *f, enum dfp_area area)
{
    struct sim_part a = sim_find_part(f, area);

    memset(a.data, 0xFF, a.size);
    for (uint32_t i = 0; i < block_count(&a); i++) {
        a.blocks[i] = (struct sim_block){.erases = a.blocks[i].erases};
    }
}

void simflash_load(struct simflash *f, enum dfp_area area, const void *image,
                   uint32_t size)
{
    struct sim_part a = sim_find_part(f, area);

    simflash_clear(f, area);
    memcpy(a.data, image, size);
    for (uint32_t i = 0; i < block_count(&a); i++) {
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
    f->last.number = 0;
    f->random = seed;
    f->noise = ~seed;
    memset(&f->cut, 0, sizeof(f->cut));
}

// --- Decay -----------------------------------------------------------------

void simflash_flip(struct simflash *f, enum dfp_area area, uint32_t bit)
{
    sim_find_part(f, area).data[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

void simflash_spoil(struct simflash *f, enum dfp_area area, uint32_t block)
{
    struct sim_part a = sim_find_part(f, area);

    memset(a.data + (size_t)block * a.erase, 0, a.erase);
    a.blocks[block].next = a.erase;
    a.blocks[block].unstable_at = 0;
    a.blocks[block].unstable_end = a.erase;
}

// --- Looking ---------------------------------------------------------------

const struct sim_geometry *simflash_geometry(const struct simflash *f)
{
    return &f->store->geometry;
}

uint8_t *simflash_area(const struct simflash *f, enum dfp_area area)
{
    return sim_find_part(f, area).data;
}

uint32_t simflash_area_size(const struct simflash *f, enum dfp_area area)
{
    return sim_find_part(f, area).size;
}

uint32_t simflash_block_erases(const struct simflash *f, enum dfp_area area,
                               uint32_t block)
{
    return sim_find_part(f, area).blocks[block].erases;
}

void simflash_totals(const struct simflash *f, struct sim_totals *totals)
{
    *totals = f->store->totals;
}
