// SPDX-License-Identifier: MIT
// A module of several images: a simulated flash for each, which lose power
// together. The first one has the journal, and in place the scratch area.

#ifndef TESTS_SLOTS_H
#define TESTS_SLOTS_H

#include "simflash.h"
#include "simupdate.h"

#define SLOTS_MAX 4u

struct slots;

struct slots_watch {
    struct slots *module;
    uint32_t index;
};

struct slots {
    struct simflash flash[SLOTS_MAX];
    struct dfp_config config[SLOTS_MAX]; // part_id is the caller's to set
    struct slots_watch watch[SLOTS_MAX];
    uint32_t count;
    uint32_t number;    // operations since the last reboot, on all of them
    struct sim_cut cut; // counted likewise
    uint32_t hit;       // flash that the cut has hit
    struct sim_op last; // the operation that it has hit
};

// False when memory runs out. It stays where it is: callbacks point into it.
bool slots_new(struct slots *s, const struct sim_geometry *geometries,
               uint32_t count);
bool slots_clone(struct slots *s, const struct slots *from);
void slots_free(struct slots *s);

// Cut power at an operation from now on; power is back.
void slots_arm(struct slots *s, const struct sim_cut *cut);
void slots_reboot(struct slots *s, uint64_t seed);

// One boot; the policy in u->config is kept.
enum dfp_status slots_run(struct slots *s, const struct sim_update *u,
                          struct sim_result *result);

// The first rule broken on any of them; "" when none.
const char *slots_breach(const struct slots *s);

#endif
