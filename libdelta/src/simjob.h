// SPDX-License-Identifier: MIT
// A simulation at work: what simulate.c and simmodule.c share.

#ifndef DELTA_SIMJOB_H
#define DELTA_SIMJOB_H

#include <pthread.h>
#include <stdatomic.h>

#include "delta_simulate.h"
#include "powercut.h"
#include "simwear.h"

struct delta_simpiece;

struct delta_simjob {
    struct delta_simulation *result;
    const struct delta_simulation_options *options;
    const struct delta_flash_layout *layout;
    struct dfp_info raw[DELTA_PARTS_MAX];
    const struct delta_flash_part *slots[DELTA_PARTS_MAX];
    struct delta_content old_images[DELTA_PARTS_MAX];
    struct delta_bytes new_images[DELTA_PARTS_MAX];
    uint32_t count; // of parts
    struct dfp_key *keys;
    struct simflash start;
    struct sim_wear uncut;
    struct powercut p; // what all pieces have in common
    struct delta_simpiece *pieces;
    pthread_t caller;
    uint32_t total; // of what `done` counts
    atomic_uint done;
};

// Does the update fit into the layout? If so, make the module that it runs on.
enum delta_status delta_simjob_find_slots(struct delta_simjob *job,
                                          struct delta_error *error);
enum delta_status delta_simjob_make_module(struct delta_simjob *job,
                                           const struct delta_content *images,
                                           struct delta_error *error);

static inline bool delta_has_one_slot(const struct delta_flash_part *slots)
{
    return slots->new_slot.size == 0;
}

// As the layout has it: "slot", or "parts[1].new_slot".
void delta_simjob_name(char name[DELTA_AREA_NAME_SIZE],
                       const struct delta_simjob *job, uint32_t part,
                       bool is_written);

#endif
