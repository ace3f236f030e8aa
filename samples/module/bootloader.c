// SPDX-License-Identifier: MIT
// A boot loader around the patcher: this is the file to read for a port.

#include "bootloader.h"

#include <bearssl.h>
#include <string.h>

static _Alignas(8) uint8_t work[BOOTLOADER_RAM_MAX];
static uint8_t piece[BOOTLOADER_PIECE_MAX];

// An update is acted on once: the tag of the one that was booted last stands
// beside the choice of the slot and changes in the same write.
static uint32_t tag_of(const struct dfp_progress *progress)
{
    return (uint32_t)progress->package_id & 0x7FFFFFFFu;
}

static enum dfp_status open_patcher(struct bootloader *b)
{
    enum dfp_status status;

    b->patcher = NULL;
    simflash_bind(b->flash, &b->config);
    status = dfp_open(&b->patcher, work, b->ram, &b->config);
    if (status != DFP_OK) {
        memset(&b->fault, 0, sizeof(b->fault));
        b->fault.status = status;
        return status;
    }
    status = dfp_resume(b->patcher, &b->resumed);
    b->reached = b->resumed;
    if (status < 0) {
        dfp_get_fault(b->patcher, &b->fault);
    }
    return status;
}

// The journal goes on saying "complete" after the new image was booted.
enum dfp_status bootloader_begin(struct bootloader *b)
{
    enum dfp_status status = open_patcher(b);

    if (status == DFP_DONE &&
        tag_of(&b->resumed) == simflash_boot_tag(b->flash)) {
        memset(&b->reached, 0, sizeof(b->reached));
        status = DFP_OK;
    }
    return status;
}

// Through yields, where a real boot loader serves its watchdog.
enum dfp_status bootloader_feed(struct bootloader *b, const void *data,
                                size_t size)
{
    const uint8_t *bytes = data;
    enum dfp_status status;
    size_t used;
    size_t at = 0;

    do {
        status = dfp_feed(b->patcher, bytes + at, size - at, &used);
        at += used;
        dfp_get_progress(b->patcher, &b->reached);
        if (b->report != NULL && status >= 0 && !b->config.check_only) {
            b->report(b->report_context, &b->reached);
        }
    } while (status == DFP_YIELD);
    if (status < 0) {
        dfp_get_fault(b->patcher, &b->fault);
    }
    return status;
}

static enum dfp_status feed_source(struct bootloader *b)
{
    enum dfp_status status = DFP_OK;
    uint32_t at = b->reached.package_at;

    while (status == DFP_OK) {
        size_t size = b->piece;
        long got;

        if (b->random_seed != 0) {
            size = 1 + (size_t)(sim_random(&b->random_seed) % b->piece);
        }
        got = b->source(b->source_context, at, piece, size);
        if (got <= 0) {
            b->source_failed = got < 0;
            break;
        }
        at += (uint32_t)got;
        status = bootloader_feed(b, piece, (size_t)got);
    }
    return status;
}

enum dfp_status bootloader_update(struct bootloader *b)
{
    enum dfp_status status = bootloader_begin(b);

    if (status == DFP_OK && b->source != NULL) {
        status = feed_source(b);
    }
    if (status == DFP_DONE) {
        simflash_swap(b->flash, tag_of(&b->reached));
    }
    b->patcher = NULL;
    return status;
}

enum dfp_status bootloader_check(struct bootloader *b, struct dfp_info *info)
{
    enum dfp_status status;

    b->config.check_only = true;
    status = open_patcher(b);
    if (status == DFP_OK) {
        status = feed_source(b);
    }
    if (status < 0 || !dfp_get_info(b->patcher, info)) {
        memset(info, 0, sizeof(*info));
    }
    b->config.check_only = false;
    b->patcher = NULL;
    return status;
}

// What was booted last has the same tag; applied again, it could not be told
// from before. Any other package's image may still be this one.
bool bootloader_runs(const struct bootloader *b, const struct dfp_info *info)
{
    uint8_t digest[sizeof(info->new_sha256)];
    br_sha256_context sha;

    if (tag_of(&b->reached) == simflash_boot_tag(b->flash)) {
        return true;
    }
    if (info->new_size > simflash_area_size(b->flash, DFP_OLD)) {
        return false;
    }
    br_sha256_init(&sha);
    br_sha256_update(&sha, simflash_area(b->flash, DFP_OLD), info->new_size);
    br_sha256_out(&sha, digest);
    return memcmp(digest, info->new_sha256, sizeof(digest)) == 0;
}

enum dfp_status bootloader_status(struct bootloader *b)
{
    enum dfp_status status = open_patcher(b);

    b->patcher = NULL;
    return status;
}

enum dfp_status bootloader_discard(struct bootloader *b)
{
    enum dfp_status status = open_patcher(b);

    if (status >= 0) {
        status = dfp_discard(b->patcher);
    }
    b->patcher = NULL;
    return status;
}
