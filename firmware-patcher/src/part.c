// SPDX-License-Identifier: MIT
// Parts: which image of the module is being worked on, and which bytes of it
// are the module's own (FORMAT.md section 12).

#include "part.h"

#include <string.h>

#include "bytes.h"
#include "decoder.h"
#include "digest.h"
#include "inplace.h"
#include "manifest.h"

void dfp_manifest_keep(struct dfp *p, const uint8_t *head)
{
    if (dfp_has_more(p)) {
        memmove(dfp_kept_manifest(p), head + DFOTA_PREAMBLE_SIZE,
                p->s.part.manifest_size);
        memset(dfp_more(p), 0, sizeof(struct dfp_more));
    }
}

// Find the config of the image that a part is for.
static enum dfp_status find_slot(struct dfp *p)
{
    const struct dfp_config *slot = p->config;

    while (slot->part_id != p->s.part.part_id) {
        slot = slot->next;
        if (slot == NULL) {
            return dfp_fail(p, DFP_ERR_PART, "part id", p->config->part_id,
                            p->s.part.part_id);
        }
    }
    p->slot = slot;
    return DFP_OK;
}

static uint32_t offset_of(const struct dfp *p, const uint8_t *record)
{
    return record == NULL ? 0 : (uint32_t)(record - dfp_kept_manifest(p));
}

enum dfp_status dfp_part_select(struct dfp *p, uint32_t index)
{
    if (dfp_has_more(p)) {
        struct dfp_more *more = dfp_more(p);
        struct dfp_records records;
        enum dfp_status status;

        status =
            dfp_manifest_parse(dfp_kept_manifest(p), p->s.part.manifest_size,
                               index, &p->s.part, &records, &p->fault);
        if (status != DFP_OK) {
            return status;
        }
        if (records.image_check != NULL) {
            memcpy(p->s.image_check, records.image_check,
                   sizeof(p->s.image_check));
        }
        more->part = index;
        more->unmanaged = offset_of(p, records.unmanaged);
        more->unmanaged_count = records.unmanaged_count;
        more->kept = offset_of(p, records.kept);
        more->kept_count = records.kept_count;
    }
    return find_slot(p);
}

uint32_t dfp_part_blocks(const struct dfp *p)
{
    uint32_t block = dfp_block_size(p);
    uint32_t size = p->s.part.new_size;

    return size / block + (size % block != 0);
}

// --- Unmanaged ranges ------------------------------------------------------

struct range {
    uint32_t start;
    uint32_t end;
};

// The first unmanaged range of the part that ends behind `at`, cut to
// [at, end); false if there is none.
static bool next_range(const struct dfp *p, uint32_t at, uint32_t end,
                       struct range *range)
{
    const struct dfp_more *more = dfp_more(p);
    const uint8_t *record;
    uint32_t i;

    if (!DFP_WITH_PARTS) {
        return false;
    }
    record = dfp_kept_manifest(p) + more->unmanaged;
    for (i = 0; i < more->unmanaged_count; i++) {
        range->start = dfc_get32(record + 1);
        range->end = dfc_get32(record + 5);
        if (record[0] == more->part && range->end > at) {
            range->start = range->start > at ? range->start : at;
            range->end = range->end < end ? range->end : end;
            return range->start < range->end;
        }
        record += DFOTA_UNMANAGED_SIZE;
    }
    return false;
}

void dfp_unmanaged_hide(const struct dfp *p, uint32_t at, uint8_t *bytes,
                        uint32_t size)
{
    struct range range = {at, at};

    while (next_range(p, range.end, at + size, &range)) {
        memset(bytes + (range.start - at), 0xFF, range.end - range.start);
    }
}

enum dfp_status dfp_unmanaged_fetch(struct dfp *p, uint32_t at, uint8_t *bytes,
                                    uint32_t size)
{
    struct range range = {at, at};
    enum dfp_status status = DFP_OK;

    while (status == DFP_OK && next_range(p, range.end, at + size, &range)) {
        status = dfp_old_read(p, range.start, bytes + (range.start - at),
                              range.end - range.start);
    }
    return status;
}

bool dfp_unmanaged_all(const struct dfp *p, uint32_t start, uint32_t end)
{
    struct range range = {start, start};

    while (next_range(p, range.end, end, &range) && range.start == start) {
        start = range.end;
    }
    return start == end;
}

bool dfp_unmanaged_any(const struct dfp *p, uint32_t start, uint32_t end)
{
    struct range range;

    return next_range(p, start, end, &range);
}

bool dfp_unmanaged_ragged(const struct dfp *p)
{
    uint32_t block = dfp_block_size(p);
    uint32_t size = p->s.part.new_size;
    struct range range = {0, 0};

    while (next_range(p, range.end, size, &range)) {
        if (range.start % block != 0 ||
            (range.end % block != 0 && range.end != size)) {
            return true;
        }
    }
    return false;
}
