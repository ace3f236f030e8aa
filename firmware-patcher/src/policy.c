// SPDX-License-Identifier: MIT
// Whether this module takes a package: everything after the seal and before
// the old image is looked at.

#include "policy.h"

#include "decoder.h"
#include "fault.h"
#include "journal.h"
#include "manifest.h"
#include "memory.h"
#include "writer.h"

// A fault tells of a text by its digest.
static uint32_t text_check(const char *text)
{
    uint8_t digest[DFP_DIGEST_MAX];
    uint32_t size = 0;

    while (text[size] != '\0') {
        size++;
    }
    dfp_digest_once(DFP_XXH64, text, size, digest);
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
                    text_check(p->config->product),
                    text_check(p->s.part.product));
}

static enum dfp_status check_areas(struct dfp *p)
{
    const struct dfp_config *config = p->config;
    const struct dfp_info *part = &p->s.part;
    uint32_t blocks = dfp_blocks(config, part->new_size);
    uint32_t need;

    if (part->old_size > config->old_size) {
        return dfp_fail(p, DFP_ERR_SLOT, "old slot", part->old_size,
                        config->old_size);
    }
    if (blocks > config->new_size / config->new_erase_size) {
        return dfp_fail(p, DFP_ERR_SLOT, "new slot",
                        blocks * config->new_erase_size, config->new_size);
    }
    need = dfp_journal_size(part, config);
    if (config->journal_size != 0 && dfp_journal_room(config) < need / 2) {
        return dfp_fail(p, DFP_ERR_JOURNAL, "journal", need,
                        config->journal_size);
    }
    return DFP_OK;
}

enum dfp_status dfp_policy_check(struct dfp *p)
{
    struct dfp_fault fault;
    enum dfp_status status = dfp_manifest_support(&p->s.part, &fault);

    if (status != DFP_OK) {
        return dfp_fail(p, status, fault.field, fault.expected, fault.found);
    }
    status = check_product(p);
    if (status == DFP_OK && p->s.part.counter < p->config->counter) {
        status = dfp_fail(p, DFP_ERR_COUNTER, "security counter",
                          p->config->counter, p->s.part.counter);
    }
    if (status == DFP_OK) {
        status = dfp_memory_divide(p);
    }
    if (status == DFP_OK) {
        status = check_areas(p);
    }
    return status;
}
