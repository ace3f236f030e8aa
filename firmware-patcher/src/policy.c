// SPDX-License-Identifier: MIT
// Whether this module takes a package: everything after the seal and before
// the old image is looked at.

#include "policy.h"

#include "decoder.h"
#include "fault.h"
#include "inplace.h"
#include "journal.h"
#include "manifest.h"
#include "memory.h"
#include "part.h"
#include "source.h"

// A fault tells of a text by its digest.
static uint32_t text_check(struct dfp *p, const char *text)
{
    uint8_t digest[DFOTA_DIGEST_XXH64];
    uint32_t size = 0;

    while (text[size] != '\0') {
        size++;
    }
    dfp_digest_once(dfp_digest_room(p), DFP_XXH64, text, size, digest);
    return dfp_first4(digest);
}

static enum dfp_status check_product(struct dfp *p)
{
    const char *expected = p->config->product;
    const char *found = p->s.part.product;

    if (expected == NULL) {
        return DFP_OK;
    }
    while (*expected == *found) {
        if (*expected == '\0') {
            return DFP_OK;
        }
        expected++;
        found++;
    }
    return dfp_fail(p, DFP_ERR_PRODUCT, "product",
                    text_check(p, p->config->product),
                    text_check(p, p->s.part.product));
}

static enum dfp_status check_areas(struct dfp *p)
{
    const struct dfp_config *slot = p->slot;
    const struct dfp_info *part = &p->s.part;
    uint32_t blocks = dfp_part_blocks(p);
    uint32_t block = dfp_block_size(p);

    // A full image takes the module's own bytes from there all the same.
    if (part->old_size > slot->old_size ||
        (dfp_has_unmanaged(p) &&
         dfp_unmanaged_any(p, slot->old_size, part->new_size))) {
        return dfp_fail(p, DFP_ERR_SLOT, "old slot", part->old_size,
                        slot->old_size);
    }
    if (blocks > slot->new_size / block) {
        return dfp_fail(p, DFP_ERR_SLOT, "new slot", blocks * block,
                        slot->new_size);
    }
    return DFP_OK;
}

static enum dfp_status check_journal(struct dfp *p)
{
    const struct dfp_config *config = p->config;
    uint32_t need = dfp_journal_size(&p->s.part, config);

    if (!dfp_has_journal(config) && dfp_one_slot(p)) {
        return dfp_fail(p, DFP_ERR_JOURNAL, "journal", need, 0);
    }
    if (dfp_has_journal(config) && dfp_journal_room(config) < need / 2) {
        return dfp_fail(p, DFP_ERR_JOURNAL, "journal", need,
                        config->journal_size);
    }
    return DFP_OK;
}

// One slot or two: a package of the other kind would overwrite what it reads.
static enum dfp_status check_mode(struct dfp *p)
{
    const struct dfp_info *part = &p->s.part;
    uint32_t mode = p->config->scratch_size != 0 ? DFOTA_MODE_IN_PLACE
                                                 : DFOTA_MODE_TWO_SLOT;

    if (part->old_size != 0 && part->mode != mode) {
        return dfp_fail(p, DFP_ERR_MODE, "mode", mode, part->mode);
    }
    // The module's own bytes would be erased with the block around them.
    if (part->old_size == 0 && mode == DFOTA_MODE_IN_PLACE &&
        dfp_has_unmanaged(p) && dfp_unmanaged_ragged(p)) {
        return dfp_fail(p, DFP_ERR_SLOT, "unmanaged range", dfp_block_size(p),
                        0);
    }
    return DFP_OK;
}

// What depends on the part.
static enum dfp_status check_part(struct dfp *p)
{
    enum dfp_status status = check_mode(p);

    if (status == DFP_OK) {
        status = dfp_memory_divide(p);
    }
    if (status == DFP_OK) {
        status = check_areas(p);
    }
    if (status == DFP_OK && dfp_in_place(p)) {
        status = dfp_inplace_check(p);
    }
    return status == DFP_OK ? check_journal(p) : status;
}

enum dfp_status dfp_policy_check(struct dfp *p)
{
    uint32_t part = dfp_part_index(p);
    enum dfp_status status = DFP_OK;
    uint32_t blocks = 0;
    uint32_t i;

    for (i = 0; status == DFP_OK && i < dfp_part_count(p); i++) {
        status = dfp_part_select(p, i);
        if (status == DFP_OK) {
            status = dfp_manifest_support(&p->s.part, &p->fault);
        }
    }
    if (status == DFP_OK) {
        status = check_product(p);
    }
    if (status == DFP_OK && p->s.part.counter < p->config->counter) {
        status = dfp_fail(p, DFP_ERR_COUNTER, "security counter",
                          p->config->counter, p->s.part.counter);
    }
    // The part to work on comes last: memory stays divided for it.
    for (i = 1; status == DFP_OK && i <= dfp_part_count(p); i++) {
        status = dfp_part_select(p, (part + i) % dfp_part_count(p));
        if (status == DFP_OK) {
            status = check_part(p);
        }
        blocks += dfp_part_blocks(p);
    }
    if (p->blocks != blocks && p->blocks != 0) {
        p->journal.kind = DFP_JOURNAL_NONE; // it counts other ones
    }
    p->blocks = blocks;
    return status;
}
