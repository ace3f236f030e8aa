// SPDX-License-Identifier: MIT
// Power-cut runner: an update must survive every cut, at every operation.
//
// A run boots a module, cuts power at one of its erases or programs, boots
// again, perhaps cuts again, and at last lets the update finish. After it and
// on the way is checked that
//  - the flash rules were kept and nothing but the cut stopped the patcher;
//  - dfp_resume wrote nothing;
//  - the new image is exact, the old slot untouched, and the next boot says so;
//  - no finished block of the new image was erased or programmed again: none
//    below the last one erased, none that dfp_progress called safely stored;
//  - progress never went back, and not more than refetch_max bytes of the
//    package, which had been handed in before the cut, were asked for again.
//
// A run is named by its cuts, e.g. "123:prefix:17,45:noise": operation 123 of
// the first boot, then operation 45 of the second one. Where a whole block is
// at stake (see is_grouped) it is named by the operation behind it: "130:any".

#ifndef DELTA_POWERCUT_H
#define DELTA_POWERCUT_H

#include <stdbool.h>
#include <stdint.h>

#include "simflash.h"
#include "simupdate.h"

#define POWERCUT_DEPTH_MAX 20
#define POWERCUT_NAME_SIZE 512 // of the name of a run

struct powercut {
    // What to run. Without a journal (start's geometry) the checks of finished
    // blocks, progress and refetching do not apply.
    const struct simflash *start; // the module before the update; kept
    struct sim_update update;
    const uint8_t *new_image;
    uint32_t new_size;
    struct powercut_image {
        const uint8_t *data;
        uint32_t size;
    } more[SIM_MORE]; // new images of the module's others
    uint32_t refetch_max;
    uint32_t prefix_step; // try every prefix that is a multiple of this; 0: a
                          // few only
    uint64_t seed;        // of what torn operations leave

    // A resumed update that does not read the block that the cut hit before it
    // erases it goes the same way whatever the block holds: one run then stands
    // for all cuts in that block of slot or scratch area. Where torn cells are read
    // nevertheless, torn_reads tells, and the claim does not hold.
    bool is_grouped;
    bool keeps_going;       // after a failure
    bool is_measured;       // `operations` is given; other figures are not made
    uint32_t share, shares; // of the first cuts, or runs, those with number %
                            // shares == share; shares 0: all

    // Called, when not NULL, before each boot, after each run that ended well,
    // and at each operation of the first boot.
    void (*booting)(void *context, const struct simflash *flash);
    void (*ended)(void *context, const struct simflash *flash);
    void (*reached)(void *context, uint32_t operation);
    void *context;

    // What came out.
    uint32_t operations;    // of the update without a cut
    uint32_t cut_points;    // cuts that were made, or are covered by one
    uint32_t runs;          // with a cut that were followed to their end
    uint32_t failures;      // of these
    uint32_t torn_reads;    // see is_grouped
    uint32_t refetched;     // worst case, bytes
    uint32_t journal_bytes; // programmed there by the update without a cut
    uint32_t new_bytes;     // programmed in the new slot, likewise
    uint32_t new_erases;    // blocks, likewise
    uint32_t journal_erases;
    bool is_out_of_memory; // this host, which proves nothing
    char failure[768];     // first thing that went wrong, with the run's name
};

// Cut once, at every operation and in every way. False on failure.
bool powercut_linear(struct powercut *p);

// Cut twice: after each cut again at every operation of the resumed update.
bool powercut_pairs(struct powercut *p);

// So many runs with 1 to depth cuts at random places. `reached` is called for
// each.
bool powercut_sample(struct powercut *p, uint32_t runs, uint32_t depth);

// One run with these cuts, at most POWERCUT_DEPTH_MAX.
bool powercut_run(struct powercut *p, const struct sim_cut *cuts,
                  uint32_t count);

// One run by its name.
bool powercut_replay(struct powercut *p, const char *name);

// Names of runs. False: text names none.
void powercut_name(char name[POWERCUT_NAME_SIZE], const struct sim_cut *cuts,
                   uint32_t count);
bool powercut_parse(const char *text, struct sim_cut cuts[POWERCUT_DEPTH_MAX],
                    uint32_t *count);

#endif
