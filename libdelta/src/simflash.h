// SPDX-License-Identifier: MIT
// Simulated NOR flash of one module, stricter than hardware.
//
// A module has two slots, one of which runs, or one slot only, a journal and
// perhaps a scratch area; or several images, with slots of their own each. What
// it forgives is nothing: erases are whole blocks;
// programming is aligned, only on bytes erased since the last program, each
// once (also when the value is 0xFF), and ascending inside a block; DFP_OLD is
// read-only. A breach stops the module for good and is kept as text.
//
// Power can be cut at any erase or program, before it or in the middle of it.
// From then on every access fails until simflash_reboot(). A block may also be
// stuck, a read fail, a bit of any area change.

#ifndef DELTA_SIMFLASH_H
#define DELTA_SIMFLASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dfota/patcher.h"

#define SIM_ERR_OFF (-100)   // power is cut
#define SIM_ERR_RULE (-101)  // a rule was broken: see simflash.breach
#define SIM_ERR_FAULT (-102) // the flash itself failed: see struct sim_fault

// The patcher's areas; scratch is that of in-place mode.
#define SIM_SCRATCH DFP_SCRATCH
#define SIM_AREAS 4

// Areas of an image behind the first one have numbers of their own.
#define SIM_MORE 7u
#define SIM_IMAGES (1u + SIM_MORE)
#define SIM_PLACES (SIM_AREAS * SIM_IMAGES)
static inline enum dfp_area sim_place(uint32_t image, enum dfp_area area)
{
    return (enum dfp_area)(image * SIM_AREAS + (uint32_t)area);
}

// Slots of such an image, as in struct sim_geometry.
struct sim_slots {
    uint32_t size, erase, program;
    uint8_t id;
};

// Sizes in bytes; powers of two but for the areas' own sizes, which are
// multiples of the erase size.
struct sim_geometry {
    uint32_t slot_size, slot_erase, slot_program;
    uint32_t journal_size, journal_erase, journal_program;
    uint32_t scratch_size, scratch_erase, scratch_program; // size 0: none
    bool one_slot; // DFP_OLD and DFP_NEW are the same
    uint8_t id;    // dfp_config.part_id
    uint32_t more_count;
    struct sim_slots more[SIM_MORE];
};

enum sim_kind {
    SIM_ERASE,
    SIM_PROGRAM,
};

// One erase or program. Numbers count from 1 at each reboot.
struct sim_op {
    uint32_t number;
    enum sim_kind kind;
    enum dfp_area area;
    uint32_t offset;
    uint32_t size;
    const void *data; // of a program, else NULL
};

// What a cut leaves of the operation that it hits. Cells of a torn operation
// count as not erased whatever they read.
enum sim_tear {
    SIM_BEFORE,   // nothing has happened
    SIM_BLANK,    // begun, but all of it reads erased
    SIM_MIX,      // each bit at random as before or as after
    SIM_PREFIX,   // program: `bytes` bytes done, the next one mixed
    SIM_NOISE,    // erase: any contents
    SIM_FRONT,    // erase: first part of the block erased, the rest as before
    SIM_BACK,     // erase: last part of the block erased, the rest as before
    SIM_UNSTABLE, // each bit as before or as after, anew at every read
    SIM_ANY,      // nothing has happened, but the block of the operation before
                  // holds noise, anew at every read
};
#define SIM_TEARS 8 // without SIM_ANY

struct sim_cut {
    uint32_t number; // operation to cut at, from 1; 0: never
    enum sim_tear tear;
    uint32_t bytes; // for SIM_PREFIX
};

// A defect, until `count` operations of its kind have met it.
enum sim_fault_kind {
    SIM_READ_FAILS,    // the callback says so
    SIM_PROGRAM_FAILS, // it says so, and leaves a mixture
    SIM_ERASE_FAILS,
    SIM_PROGRAM_LIES, // it says success, but one bit is wrong
    SIM_ERASE_LIES,   // ... but nothing was erased
};
#define SIM_FAULTS 5
#define SIM_ALWAYS UINT32_MAX

struct sim_fault {
    enum sim_fault_kind kind;
    enum dfp_area area;
    uint32_t block;
    uint32_t count; // 0: no defect
};

// What the patcher is given for an image behind the first one.
struct simflash;
struct sim_image {
    struct simflash *flash;
    uint32_t index;
    struct dfp_config config;
};

struct sim_store; // what survives a power cut: one piece of memory
struct sim_block; // of a block: its wear and how far it is programmed

struct simflash {
    struct sim_store *store;
    struct sim_block *blocks; // slot 0, slot 1, journal, scratch
    uint8_t *data;            // the same order
    bool owns_store;

    struct sim_cut cut;
    uint32_t number; // operations since the last reboot
    bool off;
    struct sim_op last; // the operation before
    char breach[128];   // first rule broken, "" when none
    uint64_t random;    // for what torn operations leave
    uint64_t noise;     // for reads of unstable cells
    struct sim_fault fault;
    uint32_t torn_reads; // of unstable cells, but for those of the journal

    // Called before each operation; may be NULL.
    void (*watch)(void *context, const struct sim_op *op);
    void *watch_context;

    struct sim_image more[SIM_MORE]; // see simflash_bind
};

// Work done since simflash_format(), per area as the patcher sees them.
struct sim_totals {
    uint64_t programmed[SIM_PLACES]; // bytes
    uint64_t erased[SIM_PLACES];     // blocks
};

// --- Making and copying ----------------------------------------------------
// Bytes that a store of this geometry takes; 0 when the geometry is unsound.
size_t simflash_store_size(const struct sim_geometry *geometry);

// Make a new module in memory of that size. Slots and journal hold noise from
// the seed, nothing is erased.
void simflash_format(struct simflash *f, void *memory,
                     const struct sim_geometry *geometry, uint64_t seed);

// Take up a store made before. False when memory holds none.
bool simflash_attach(struct simflash *f, void *memory, size_t size);

// The same on the heap. simflash_free() accepts a zeroed struct.
bool simflash_new(struct simflash *f, const struct sim_geometry *geometry,
                  uint64_t seed);
bool simflash_clone(struct simflash *f, const struct simflash *from);
void simflash_free(struct simflash *f);

// --- The maker's and the boot loader's doing -------------------------------
// Put bytes into an area, the rest of which becomes erased; so do bytes of
// 0xFF at the end of a block.
void simflash_load(struct simflash *f, enum dfp_area area, const void *image,
                   uint32_t size);

// Erase an area without counting it.
void simflash_clear(struct simflash *f, enum dfp_area area);

// Let the other slot run and keep a tag beside that decision, in one store:
// a boot loader that finds an update completed must be able to tell whether
// it has acted on it. 31 bits; 0 on a new module.
void simflash_swap(struct simflash *f, uint32_t tag);
uint32_t simflash_boot_tag(const struct simflash *f);

// --- Running ---------------------------------------------------------------
// Set the callbacks, their context and the flash fields of a config. Those of
// further images are in the module, which stays where it is.
void simflash_bind(struct simflash *f, struct dfp_config *config);

// Cut power at an operation counted from the last reboot.
void simflash_arm(struct simflash *f, const struct sim_cut *cut);

// From inside the watch: the module as it is when power is cut at that
// operation, in the way that cut says (its number is not looked at). False
// when memory runs out.
bool simflash_fork(struct simflash *f, const struct simflash *from,
                   const struct sim_op *op, const struct sim_cut *cut,
                   uint64_t seed);

// Power is back. The seed decides what torn operations leave and what
// unstable cells read from here on.
void simflash_reboot(struct simflash *f, uint64_t seed);

// --- Decay -----------------------------------------------------------------
// Change one bit of an area, erased or not.
void simflash_flip(struct simflash *f, enum dfp_area area, uint32_t bit);

// A block holds noise that reads differently each time, until it is erased.
void simflash_spoil(struct simflash *f, enum dfp_area area, uint32_t block);

// --- Looking ---------------------------------------------------------------
const struct sim_geometry *simflash_geometry(const struct simflash *f);
uint8_t *simflash_area(const struct simflash *f, enum dfp_area area);
uint32_t simflash_area_size(const struct simflash *f, enum dfp_area area);
uint32_t simflash_block_erases(const struct simflash *f, enum dfp_area area,
                               uint32_t block);
void simflash_totals(const struct simflash *f, struct sim_totals *totals);

// Random numbers for tests: the same everywhere for the same seed.
uint64_t sim_random(uint64_t *state);

#endif
