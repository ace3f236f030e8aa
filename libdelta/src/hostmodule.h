// SPDX-License-Identifier: MIT
// A simulated module that a package fits: two slots or one for each part, and
// a journal; in place a scratch area, too.

#ifndef DELTA_HOSTMODULE_H
#define DELTA_HOSTMODULE_H

#include "apply.h"
#include "delta_parts.h"
#include "ramflash.h"
#include "simflash.h"

// One image's place.
struct delta_slot {
    struct delta_flash two; // two slots, or
    struct simflash one;    // one
    uint8_t *filled;        // old slot of a part that has no old image
    struct dfp_config config;
    struct dfp_info info; // of the part
};

// Zero it to begin. The first slot has journal and scratch area.
struct delta_module {
    struct delta_slot slots[DELTA_PARTS_MAX];
    uint32_t count;
    bool is_in_place;
    struct dfp_key *keys;
    void *work;
};

// The flash is the least that the package can do with, the work memory exactly
// what it names. DELTA_ERR_NOMEM: close it nevertheless.
enum delta_status delta_module_open(struct delta_module *m,
                                    const struct delta_run *run);
void delta_module_close(struct delta_module *m);

// The rule of the flash that was broken; NULL: none.
const char *delta_module_breach(const struct delta_module *m);

// Take the new image out, and, in place, count what was done for it.
enum delta_status delta_module_take(struct delta_bytes *new_image,
                                    struct delta_flash_use *use,
                                    struct delta_module *m, uint32_t part);

#endif
