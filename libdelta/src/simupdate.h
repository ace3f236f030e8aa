// SPDX-License-Identifier: MIT
// One boot of a simulated module: open the patcher, resume, feed a package.

#ifndef DELTA_SIMUPDATE_H
#define DELTA_SIMUPDATE_H

#include <stdbool.h>
#include <stdint.h>

#include "dfota/patcher.h"
#include "simflash.h"

struct sim_update {
    const uint8_t *package;
    uint32_t package_size;    // bytes that can be had; less than the package
                              // says: the link breaks there
    struct dfp_config config; // policy; the flash fields are the module's
    bool keep_flash_fields;   // ... unless this is set
    uint32_t work_size;       // 0: what the package needs
    uint32_t piece;           // bytes per dfp_feed, 0: all there is
    uint32_t first_piece;     // of other size; 0: like the others
    uint64_t piece_seed;      // not 0: pieces of 1 to `piece` bytes at random
    uint64_t previous_id;     // dfp_progress.package_id of the update before,
                              // whose completion is no news
};

struct sim_result {
    enum dfp_status status; // DFP_OK: more bytes are wanted
    struct dfp_fault fault;
    struct dfp_progress resumed; // as dfp_resume gave it
    struct dfp_progress reached; // after the last call without an error
    uint32_t resume_ops;         // erases and programs during dfp_resume
    uint32_t fetched_to;         // end of the last piece that was handed in
};

// The status is also in the result. DFP_ERR_MEMORY with an empty fault: the
// host has no memory.
enum dfp_status sim_run(const struct sim_update *u, struct simflash *flash,
                        struct sim_result *result);

#endif
