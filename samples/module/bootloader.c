// SPDX-License-Identifier: MIT
// A boot loader around the patcher: this is the file to read for a port.

#include "bootloader.h"

#include <string.h>

static _Alignas(8) uint8_t work[BOOTLOADER_RAM_MAX];
static uint8_t piece[BOOTLOADER_PIECE_MAX];

// An update is acted on once: the tag of the one that was booted last stands
// beside the choice of the slot and changes in the same write.
static uint32_t tag_of(const struct dfp_progress *progress)
{
    return (uint32_t)progress->package_id & 0x7FFFFFFFu;
}

static enum dfp_status open_patcher(struct bootloader *b, struct dfp **p)
{
    enum dfp_status status;

    simflash_bind(b->flash, &b->config);
    status = dfp_open(p, work, b->ram, &b->config);
    if (status != DFP_OK) {
        memset(&b->fault, 0, sizeof(b->fault));
        b->fault.status = status;
        return status;
    }
    status = dfp_resume(*p, &b->resumed);
    b->reached = b->resumed;
    if (status < 0) {
        dfp_get_fault(*p, &b->fault);
    }
    return status;
}

// One piece, through yields, where a real boot loader serves its watchdog.
static enum dfp_status feed(struct bootloader *b, struct dfp *p, size_t size)
{
    enum dfp_status status;
    size_t used;
    size_t at = 0;

    do {
        status = dfp_feed(p, piece + at, size - at, &used);
        at += used;
        dfp_get_progress(p, &b->reached);
        if (b->report != NULL && status >= 0) {
            b->report(b->report_context, &b->reached);
        }
    } while (status == DFP_YIELD);
    return status;
}

static enum dfp_status download(struct bootloader *b, struct dfp *p)
{
    enum dfp_status status = DFP_OK;
    uint32_t at = b->resumed.package_at;

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
        status = feed(b, p, (size_t)got);
    }
    dfp_get_fault(p, &b->fault);
    return status;
}

enum dfp_status bootloader_update(struct bootloader *b)
{
    struct dfp *p;
    enum dfp_status status = open_patcher(b, &p);
    bool is_news = tag_of(&b->resumed) != simflash_boot_tag(b->flash);

    if (status == DFP_OK || (status == DFP_DONE && !is_news)) {
        status = download(b, p);
    }
    if (status == DFP_DONE) {
        simflash_swap(b->flash, tag_of(&b->reached));
    }
    return status;
}

enum dfp_status bootloader_status(struct bootloader *b)
{
    struct dfp *p;

    return open_patcher(b, &p);
}

enum dfp_status bootloader_discard(struct bootloader *b)
{
    struct dfp *p;
    enum dfp_status status = open_patcher(b, &p);

    if (status >= 0) {
        status = dfp_discard(p);
    }
    return status;
}
