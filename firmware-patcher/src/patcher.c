// SPDX-License-Identifier: MIT
// The public calls: open, resume, feed, discard, and what can be asked.

#include <string.h>

#include "decoder.h"
#include "journal.h"
#include "part.h"
#include "sequence.h"

static bool is_unit(uint32_t size, uint32_t limit)
{
    return size != 0 && size <= limit && (size & (size - 1)) == 0;
}

static bool are_units(uint32_t erase, uint32_t program)
{
    return is_unit(erase, 1u << 31) && is_unit(program, 4096) &&
           program <= erase;
}

// Callbacks and sizes of one image.
static bool slot_valid(const struct dfp_config *c)
{
    return c->read != NULL && c->program != NULL && c->erase != NULL &&
           are_units(c->new_erase_size, c->new_program_size);
}

static bool config_valid(const struct dfp_config *c)
{
    const struct dfp_config *slot = c;

    do {
        if (!slot_valid(slot)) {
            return false;
        }
        slot = slot->next;
    } while (slot != NULL);
    if (c->journal_size != 0 &&
        (!DFP_WITH_JOURNAL ||
         !are_units(c->journal_erase_size, c->journal_program_size) ||
         c->journal_erase_size < 8 || // a mark
         c->journal_size / 2 < c->journal_erase_size)) {
        return false;
    }
    if (c->scratch_size != 0 &&
        !are_units(c->scratch_erase_size, c->scratch_program_size)) {
        return false;
    }
    return c->key_count == 0 || (DFP_WITH_SIGNATURE && c->keys != NULL);
}

enum dfp_status dfp_open(struct dfp **p, void *work, size_t work_size,
                         const struct dfp_config *config)
{
    *p = NULL;
    if (work == NULL || ((uintptr_t)work & 7u) != 0 || !config_valid(config)) {
        return DFP_ERR_ARGUMENT;
    }
    if (work_size < DFOTA_RAM_STATE + DFOTA_PREAMBLE_SIZE) {
        return DFP_ERR_MEMORY;
    }
    *p = work;
    memset(*p, 0, sizeof(**p));
    (*p)->config = config;
    (*p)->slot = config;
    (*p)->work_size = work_size < UINT32_MAX ? (uint32_t)work_size : UINT32_MAX;
    return DFP_OK;
}

enum dfp_status dfp_resume(struct dfp *p, struct dfp_progress *progress)
{
    enum dfp_status status = p->fault.status;

    if (status == DFP_OK && p->seq != DFP_SEQ_OPEN) {
        status = dfp_fail(p, DFP_ERR_ARGUMENT, "resume", DFP_SEQ_OPEN, p->seq);
    }
    if (status == DFP_OK && !p->config->check_only) {
        status = dfp_journal_scan(p);
    }
    if (status == DFP_OK && dfp_journal_kind(p) == DFP_JOURNAL_STATE) {
        p->have_info = true;
        dfp_sequence_resume(p);
    } else if (status == DFP_OK) {
        p->seq = DFP_SEQ_PREAMBLE;
        status = dfp_journal_kind(p) == DFP_JOURNAL_DONE ? DFP_DONE : DFP_OK;
    }
    dfp_get_progress(p, progress);
    return status;
}

// After an error of the update itself: continuing would run into it again, so
// the next attempt starts afresh. The first error is the one reported.
static void give_up(struct dfp *p)
{
    p->fault.package_at = p->s.chunk_at + p->filled;
    // In place there is no afresh: what the journal says is the only way on.
    // (Who only checks does not get to these errors.)
    if ((p->fault.status == DFP_ERR_DATA ||
         p->fault.status == DFP_ERR_VERIFY) &&
        !dfp_one_slot(p)) {
        (void)dfp_journal_erase(p);
    }
}

enum dfp_status dfp_feed(struct dfp *p, const void *data, size_t size,
                         size_t *used)
{
    uint32_t room = size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;
    enum dfp_status status = p->fault.status;
    uint32_t seq;

    *used = 0;
    if (status != DFP_OK) {
        return status;
    }
    p->feed = data;
    p->feed_left = room;
    p->step_left = p->config->step_bytes;
    if (p->step_left == 0) {
        p->step_left = UINT32_MAX;
    }
    do {
        seq = p->seq;
        status = dfp_step(p);
    } while (status == DFP_OK && p->seq != seq);
    *used = room - p->feed_left;
    if (status < 0) {
        give_up(p);
    }
    return status;
}

enum dfp_status dfp_discard(struct dfp *p)
{
    const struct dfp_config *config = p->config;
    uint32_t work_size = p->work_size;
    enum dfp_status status = p->fault.status;

    if (status == DFP_OK) {
        status = dfp_journal_erase(p);
    }
    if (status == DFP_OK) {
        memset(p, 0, sizeof(*p));
        p->config = config;
        p->slot = config;
        p->work_size = work_size;
        p->seq = DFP_SEQ_PREAMBLE;
    }
    return status;
}

// Bytes of the finished blocks. Where parts have blocks of several sizes each
// counts for the average: only the journal is known before the manifest comes.
static uint32_t stored_bytes(const struct dfp *p, uint32_t new_size)
{
    uint32_t average, unit = 1, bytes;

    if (p->finished == 0 || new_size == 0) {
        return 0;
    }
    if (p->finished >= p->blocks) {
        return new_size;
    }
    average = (new_size - 1) / p->blocks + 1;
    while (unit < average) {
        unit <<= 1;
    }
    // Of one part the unit is the block, and this is exact.
    bytes = (p->finished * average + unit - 1) & ~(unit - 1);
    return bytes < new_size ? bytes : new_size - 1;
}

void dfp_get_progress(const struct dfp *p, struct dfp_progress *progress)
{
    uint32_t new_size = p->s.part.total_size;

    progress->package_id = (uint64_t)p->s.id[1] << 32 | p->s.id[0];
    progress->package_at = p->s.chunk_at + p->filled;
    progress->package_size = p->s.part.package_size;
    progress->new_at = stored_bytes(p, new_size);
    progress->new_size = new_size;
}

bool dfp_get_info(const struct dfp *p, struct dfp_info *info)
{
    if (p->have_info) {
        *info = p->s.part;
    }
    return p->have_info;
}

void dfp_get_fault(const struct dfp *p, struct dfp_fault *fault)
{
    *fault = p->fault;
}
