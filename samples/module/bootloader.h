// SPDX-License-Identifier: MIT
// What a boot loader does with the patcher, apart from how it gets the bytes.

#ifndef MODULE_BOOTLOADER_H
#define MODULE_BOOTLOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dfota/patcher.h"
#include "simflash.h"

// Work memory that is set aside; how much of it is used is a setting.
#define BOOTLOADER_RAM_MAX (256u * 1024u)

// Bytes that are fed at a time, at most.
#define BOOTLOADER_PIECE_MAX (1024u * 1024u)

// Where package bytes come from: up to size bytes from package offset `at`.
// Returns how many, 0 at the end, negative when the source failed.
typedef long bootloader_source(void *context, uint32_t at, uint8_t *data,
                               size_t size);

struct bootloader {
    struct simflash *flash;
    struct dfp_config config; // policy
    uint32_t ram;             // work memory to use
    uint32_t piece;           // bytes to ask the source for
    uint64_t random_seed;     // not 0: at most that, at random
    bootloader_source *source;
    void *source_context;
    void (*report)(void *context, const struct dfp_progress *p); // may be NULL
    void *report_context;

    struct dfp *patcher; // while an update is fed, else NULL

    // Outcome.
    struct dfp_progress resumed;
    struct dfp_progress reached;
    struct dfp_fault fault;
    bool source_failed;
};

// Go on with the update in the journal, or begin one, with what the source has.
// With DFP_DONE the module runs the new image. DFP_OK: the source ended too
// early.
enum dfp_status bootloader_update(struct bootloader *b);

// The same without a source, for a package that comes by itself: begin, then
// feed its bytes from b->reached.package_at on. With DFP_DONE, of either, the
// new image is whole; the next bootloader_update runs it.
enum dfp_status bootloader_begin(struct bootloader *b);
enum dfp_status bootloader_feed(struct bootloader *b, const void *data,
                                size_t size);

// Would the package that the source has be taken? DFP_DONE: yes. DFP_OK: as far
// as can be said, it ended early. *info is what it says of itself, zero when
// that is not known. Nothing is written.
enum dfp_status bootloader_check(struct bootloader *b, struct dfp_info *info);

// Does the package that was just checked lead to the image that runs?
bool bootloader_runs(const struct bootloader *b, const struct dfp_info *info);

// What the journal says; nothing is written.
enum dfp_status bootloader_status(struct bootloader *b);

// Forget the update in the journal: the next one starts afresh. For when it
// cannot be finished any more, because its package is gone.
enum dfp_status bootloader_discard(struct bootloader *b);

#endif
