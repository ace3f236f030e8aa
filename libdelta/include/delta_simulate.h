// SPDX-License-Identifier: MIT
// libdelta: what power cuts do to an update, found out by making them.
//
//   struct delta_simulation s;
//   if (delta_simulate(&s, old_data, old_size, package, package_size, &layout,
//                      NULL, &error) == DELTA_OK && s.failures == 0) {
//       printf("survived %u cuts\n", (unsigned)s.cuts);
//   }
//   delta_simulation_free(&s);
//
// The code of firmware-patcher runs on a simulated flash of the layout's
// geometry, which is stricter than hardware. Power is cut before an erase or
// program, or in the middle of it: a torn erase leaves the block erased to
// the eye, in part, in bits at random, as noise, or reading differently each
// time; a torn program likewise. Then the module boots, resumes and is
// fed from where it asks on, until it is done or power is cut again. A run
// has failed unless
//  - it ends in the exact new image, and the next boot knows it;
//  - in two-slot mode the old image was never touched;
//  - dfp_resume wrote nothing, progress never went back, and no block that
//    was finished was erased or programmed again;
//  - each access was one that NOR flash allows.
//
// Not simulated: bit rot, defects of the flash, and what happens outside the
// patcher, such as the boot loader's own switch of slots.

#ifndef DELTA_SIMULATE_H
#define DELTA_SIMULATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "delta.h"
#include "delta_layout.h"
#include "delta_parts.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DELTA_CUTS_MAX 20u // of one schedule

// Zero the struct first: zero is the default of every field.
struct delta_simulation_options {
    uint32_t schedules; // so many random ones, of 1 to DELTA_CUTS_MAX cuts
                        // each; 0: one cut, at every operation and in every
                        // way
    uint64_t seed;      // of schedules, and of what torn operations leave
    unsigned threads;   // at most; 0: one for each processor. The result is
                        // the same whatever the number
    uint32_t checkpoint_bytes;    // as in the patcher's dfp_config
    const struct delta_key *keys; // as for delta_verify
    size_t key_count;             // 0: authenticity is not checked

    // Called now and then with 0..1000; NULL: not at all.
    void (*progress)(void *context, unsigned permille);
    void *context; // handed to progress
};

// What the flash of one area goes through.
struct delta_wear {
    char area[DELTA_AREA_NAME_SIZE]; // as in the layout: "slot",
                                     // "parts[1].new_slot", "journal" ...
    uint32_t block_size;             // bytes
    uint32_t block_count;            // of the area
    // Of the update without a cut, then of the worst run. Of each figure for
    // itself: they need not be of the same run.
    uint32_t erased;           // blocks
    uint32_t erased_worst;     // blocks
    uint32_t programmed;       // bytes
    uint32_t programmed_worst; // bytes
    uint32_t most;             // erases of one block
    uint32_t most_worst;       // erases of one block
    uint8_t *blocks;       // erases of each block without a cut; at most 255
    uint8_t *blocks_worst; // in the run that is worst for this block
};
#define DELTA_WEAR_MAX (DELTA_PARTS_MAX + 2) // slots, journal, scratch

// What came of it.
struct delta_simulation {
    struct delta_info parts[DELTA_PARTS_MAX]; // of the package
    size_t part_count;                        // of parts
    uint8_t package_sha256[32];               // digest of the file
    bool is_in_place;                         // else two slots
    bool is_exhaustive;                       // no schedules were asked for
    bool is_trusted;                          // signed by one of the keys
    uint32_t operations; // erases and programs of the update without a cut
    uint64_t cuts;       // that were made, or are covered by one that was: a
                         // resumed update that reads nothing of the block that
                         // the cut hit goes the same way whatever is in it
    uint32_t runs;       // updates that were resumed and followed to the end
    uint32_t failures;   // of these: bricks, and broken promises
    char failure[512];   // the first one, "" when there is none
    uint32_t refetched;  // package bytes that were asked for again, at most
    struct delta_wear wear[DELTA_WEAR_MAX]; // of each area
    size_t wear_count;                      // of wear
};

// Cut power. Failures of the patcher are a result; an error is what keeps it
// from being tried: a package that is damaged, not trusted or for another old
// image, a layout that it does not fit into. options may be NULL.
enum delta_status delta_simulate(struct delta_simulation *simulation,
                                 const void *old_data, size_t old_size,
                                 const void *package, size_t package_size,
                                 const struct delta_flash_layout *layout,
                                 const struct delta_simulation_options *options,
                                 struct delta_error *error);

// The same with one old image for each part of the package. A part that needs
// none may have one nevertheless, or {NULL, 0}: its slot then holds anything.
// The layout has slots for each part's id.
enum delta_status delta_simulate_parts(
    struct delta_simulation *simulation, const struct delta_content *old_images,
    size_t count, const void *package, size_t package_size,
    const struct delta_flash_layout *layout,
    const struct delta_simulation_options *options, struct delta_error *error);

// Accepts zeroed ones; leaves them zeroed.
void delta_simulation_free(struct delta_simulation *simulation);

#ifdef __cplusplus
}
#endif

#endif
