// SPDX-License-Identifier: MIT
// The patcher of firmware-patcher, run on a simulated module.

#ifndef DELTA_APPLY_H
#define DELTA_APPLY_H

#include "delta_parts.h"
#include "dfota/patcher.h"

// What was done to a module's flash.
struct delta_flash_use {
    struct delta_area_use slot, scratch, journal;
    uint32_t journal_size; // bytes that the patcher insists on
};

// A module and what it is fed.
struct delta_run {
    const struct delta_content *old_images; // of each part
    const uint8_t *package;
    const struct dfp_info *info; // of its first part, from delta_examine
    const struct delta_key *keys;
    size_t key_count;
    const char *product;                  // NULL: any
    uint32_t counter;                     // lowest that the module accepts
    uint32_t journal_page, journal_block; // in place; 0: 16, 4,096
    void (*progress)(void *context, unsigned permille); // may be NULL
    void *context;
    struct delta_flash_use *use; // of each part, in place only; may be NULL
};

// Apply the package in exactly the work memory that it names, on a module with
// two slots or with one, as the package is. new_images has room for one of each
// part; on failure they are zeroed.
enum delta_status delta_run_patcher(struct delta_bytes *new_images,
                                    const struct delta_run *run,
                                    struct delta_error *error);

#endif
