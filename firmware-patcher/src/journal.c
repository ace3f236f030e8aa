// SPDX-License-Identifier: MIT
// Journal: how far an update has come, kept in flash (docs/CHECKPOINT.md).
//
// A half is only ever added to in the session that has erased it: after a cut
// nothing that reads erased can be trusted to be so.

#include "journal.h"

#include <string.h>

#include "bytes.h"
#include "checkpoint.h"
#include "decoder.h"
#include "flash.h"
#include "part.h"
#include "record.h"
#include "source.h"

#define MARK_SIZE 8u
#define MARKS_BESIDES 3u // those of blocks: saved (twice), done

uint32_t dfp_journal_room(const struct dfp_config *config)
{
    return config->journal_size / 2 & ~(config->journal_erase_size - 1);
}

// Most blocks that a record's marks count: in place those of an epoch, for it
// is followed by another record, else those of all parts.
static uint32_t most_blocks(const struct dfp_info *info,
                            const struct dfp_config *config)
{
    const struct dfp_config *slot;
    uint32_t block = config->new_erase_size;

    if (info->block_size != 0) {
        return info->epoch_blocks;
    }
    for (slot = config; slot != NULL; slot = slot->next) {
        block = slot->new_erase_size < block ? slot->new_erase_size : block;
    }
    return (info->total_size - 1) / block + info->parts;
}

uint32_t dfp_journal_size(const struct dfp_info *info,
                          const struct dfp_config *config)
{
    uint32_t payload = 0;
    uint64_t half;

    if (!DFP_WITH_JOURNAL) {
        return 0;
    }
    if (info->mode == DFOTA_MODE_IN_PLACE ||
        info->package_size > dfp_checkpoint_bytes(info, config)) {
        payload = dfp_checkpoint_size(info);
    }
    half = (uint64_t)dfp_record_unit(config) *
           (most_blocks(info, config) + MARKS_BESIDES);
    half += dfp_record_size(config, payload) + config->journal_erase_size - 1;
    if (half >> 31 != 0) {
        return UINT32_MAX; // more than there can be
    }
    return 2 * ((uint32_t)half & ~(config->journal_erase_size - 1));
}

// --- Reading ---------------------------------------------------------------

static uint32_t half_at(const struct dfp *p, uint32_t half)
{
    return half * dfp_journal_room(p->config);
}

static enum dfp_status read_header(struct dfp *p, uint32_t half)
{
    return dfp_record_header(p, half_at(p, half));
}

static enum dfp_status check_record(struct dfp *p, uint32_t half)
{
    return dfp_record_check(p, half_at(p, half), dfp_journal_room(p->config));
}

// A mark is valid only in its place: the check covers more than it holds.
static DFP_APART void make_mark(struct dfp *p, uint32_t slot, uint32_t value,
                                uint8_t mark[MARK_SIZE])
{
    uint8_t covered[20];

    dfc_put32(covered, value);
    dfc_put32(covered + 4, slot);
    dfc_put32(covered + 8, p->journal.sequence);
    dfc_put32(covered + 12, p->journal.id[0]);
    dfc_put32(covered + 16, p->journal.id[1]);
    dfc_put32(mark, value);
    dfc_put32(mark + 4,
              dfp_check32(dfp_digest_room(p), covered, sizeof(covered)));
}

static void take_mark(struct dfp *p, uint32_t value)
{
    p->finished = value & ~DFP_MARK_SAVED;
    p->saved = p->saved || (value & DFP_MARK_SAVED) != 0;
}

// The newest valid mark decides; torn ones are passed over. What lies behind
// the room for marks is none of this record's.
static enum dfp_status read_marks(struct dfp *p, uint32_t most)
{
    uint32_t at = half_at(p, p->journal.half) + p->journal.record;
    uint32_t count = (dfp_journal_room(p->config) - p->journal.record) /
                     dfp_record_unit(p->config);
    uint32_t slot;

    for (slot = 0; slot < count && slot < most; slot++) {
        uint8_t found[MARK_SIZE];
        uint8_t wanted[MARK_SIZE];
        enum dfp_status status;

        status = dfp_flash_read(p, DFP_JOURNAL, at, found, MARK_SIZE);
        if (status != DFP_OK) {
            return status;
        }
        make_mark(p, slot, dfc_get32(found), wanted);
        if (memcmp(found, wanted, MARK_SIZE) == 0) {
            take_mark(p, dfc_get32(found));
        }
        at += dfp_record_unit(p->config);
    }
    return DFP_OK;
}

// Put the record of a half in force. DFP_ERR_DATA if it cannot be.
static enum dfp_status adopt(struct dfp *p, uint32_t half)
{
    enum dfp_status status = read_header(p, half);
    uint32_t payload = dfp_record_get(p, REC_PAYLOAD);

    if (status == DFP_OK) {
        status = check_record(p, half);
    }
    if (status != DFP_OK) {
        return status;
    }
    if (dfp_record_get(p, REC_KIND) - 1 >= DFP_JOURNAL_STATE) {
        return DFP_ERR_DATA;
    }
    p->blocks = dfp_record_get(p, REC_BLOCKS); // for progress
    p->journal.half = half;
    p->journal.kind = dfp_record_get(p, REC_KIND);
    p->journal.sequence = dfp_record_get(p, REC_SEQUENCE);
    p->journal.id[0] = dfp_record_get(p, REC_ID);
    p->journal.id[1] = dfp_record_get(p, REC_ID_HIGH);
    p->journal.record = dfp_record_size(p->config, payload);
    p->journal.base_at = 0;
    p->saved = false;
    take_mark(p, dfp_record_get(p, REC_FINISHED));
    // A cut may have hit the next place for a mark though it reads erased.
    p->journal.slot = 0;
    p->journal.slots = 0;
    status = read_marks(p, dfp_record_get(p, REC_MARKS));
    if (p->finished == DFP_MARK_DONE) {
        p->journal.kind = DFP_JOURNAL_DONE;
    }
    if (status == DFP_OK && p->journal.kind == DFP_JOURNAL_STATE) {
        if (dfp_record_get(p, REC_LAYOUT) != DFP_CHECKPOINT_LAYOUT) {
            return DFP_ERR_DATA;
        }
        return dfp_checkpoint_load(p, half_at(p, half), payload);
    }
    memcpy(p->s.id, p->journal.id, sizeof(p->s.id)); // for progress
    p->s.part.package_size = dfp_record_get(p, REC_PACKAGE_SIZE);
    p->s.part.total_size = dfp_record_get(p, REC_NEW_SIZE);
    return status;
}

// Nothing in force; what is written next goes to the other half.
static void adopt_none(struct dfp *p, uint32_t half, uint32_t sequence)
{
    memset(&p->s, 0, sizeof(p->s));
    memset(&p->fault, 0, sizeof(p->fault));
    p->finished = 0;
    p->saved = false;
    p->journal.kind = DFP_JOURNAL_NONE;
    p->journal.half = half;
    p->journal.sequence = sequence;
}

enum dfp_status dfp_journal_scan(struct dfp *p)
{
    uint32_t sequence[2];
    bool there[2];
    enum dfp_status status = DFP_OK;
    uint32_t newest, i;

    if (!dfp_has_journal(p->config) ||
        dfp_journal_room(p->config) < dfp_record_size(p->config, 0)) {
        return DFP_OK;
    }
    for (i = 0; status == DFP_OK && i < 2; i++) {
        status = read_header(p, i);
        there[i] = dfp_record_get(p, REC_MAGIC) != 0;
        sequence[i] = dfp_record_get(p, REC_SEQUENCE);
    }
    if (status != DFP_OK) {
        return status;
    }
    // Sequence numbers may wrap around.
    newest = !there[0] || (there[1] && sequence[1] - sequence[0] < 0x80000000u);
    for (i = 0; i < 2; i++) {
        status = adopt(p, newest ^ i);
        if (status == DFP_OK || status == DFP_ERR_FLASH) {
            return status;
        }
        adopt_none(p, newest, sequence[newest]);
    }
    return DFP_OK;
}

// --- Writing ---------------------------------------------------------------

// Erase the blocks of a half that hold its first size bytes.
static enum dfp_status erase_half(struct dfp *p, uint32_t half, uint32_t size)
{
    uint32_t at = half_at(p, half);
    uint32_t end = at + size;
    enum dfp_status status = DFP_OK;

    while (status == DFP_OK && at < end) {
        status = dfp_flash_erase(p, DFP_JOURNAL, at);
        at += p->config->journal_erase_size;
    }
    return status;
}

// Write a record with the header at hand into the half that is not in force,
// then put it in force. from: as for dfp_record_write.
static enum dfp_status write_record(struct dfp *p, uint32_t from)
{
    uint32_t half = p->journal.half ^ 1u;
    uint32_t unit = dfp_record_unit(p->config);
    enum dfp_status status;

    p->journal.record =
        dfp_record_size(p->config, dfp_record_get(p, REC_PAYLOAD));
    // Blocks finished before do not come again, unless epochs count them.
    p->journal.slots = most_blocks(&p->s.part, p->config);
    if (!dfp_in_place(p)) {
        p->journal.slots -=
            p->finished < p->journal.slots ? p->finished : p->journal.slots;
    }
    p->journal.slots += MARKS_BESIDES;
    p->journal.sequence++;
    dfp_record_put(p, REC_SEQUENCE, p->journal.sequence);
    dfp_record_put(p, REC_FINISHED,
                   p->finished | (p->saved ? DFP_MARK_SAVED : 0));
    dfp_record_put(p, REC_MARKS, p->journal.slots);
    dfp_record_put(p, REC_BLOCKS, p->blocks);
    status = erase_half(p, half, p->journal.record + p->journal.slots * unit);
    if (status == DFP_OK) {
        status = dfp_record_write(p, half_at(p, half), from);
    }
    p->journal.half = half;
    p->journal.slot = 0;
    return status;
}

enum dfp_status dfp_journal_record(struct dfp *p, enum dfp_journal_kind kind)
{
    bool state = kind == DFP_JOURNAL_STATE;

    if (!dfp_has_journal(p->config)) {
        return DFP_OK;
    }
    dfp_source_forget(p);
    dfp_record_put(p, REC_ID, p->s.id[0]);
    dfp_record_put(p, REC_ID_HIGH, p->s.id[1]);
    dfp_record_put(p, REC_KIND, (uint32_t)kind);
    dfp_record_put(p, REC_LAYOUT, DFP_CHECKPOINT_LAYOUT);
    dfp_record_put(p, REC_PAYLOAD, state ? dfp_checkpoint_size(&p->s.part) : 0);
    dfp_record_put(p, REC_PACKAGE_SIZE, p->s.part.package_size);
    dfp_record_put(p, REC_NEW_SIZE, p->s.part.total_size);
    p->journal.id[0] = p->s.id[0];
    p->journal.id[1] = p->s.id[1];
    p->journal.kind = (uint32_t)kind;
    p->journal.base_at = state ? p->s.chunk_at : 0;
    return write_record(p, DFP_RECORD_STATE);
}

// Marks cannot be added here: go on in the other half.
static enum dfp_status move_record(struct dfp *p)
{
    enum dfp_status status = read_header(p, p->journal.half);

    if (status == DFP_OK) {
        status = check_record(p, p->journal.half);
    }
    if (status == DFP_ERR_DATA &&
        (!dfp_one_slot(p) || p->journal.kind == DFP_JOURNAL_START)) {
        // It has rotted: the start serves, but for later epochs in place.
        return dfp_journal_record(p, DFP_JOURNAL_START);
    }
    if (status == DFP_ERR_DATA) {
        return dfp_fail(p, DFP_ERR_DATA, "journal", p->journal.sequence,
                        p->journal.half);
    }
    return status == DFP_OK ? write_record(p, half_at(p, p->journal.half))
                            : status;
}

enum dfp_status dfp_journal_mark(struct dfp *p, uint32_t value)
{
    uint32_t size = dfp_record_unit(p->config);
    enum dfp_status status;
    uint32_t at;

    if (!dfp_has_journal(p->config)) {
        return DFP_OK;
    }
    if (p->journal.slot >= p->journal.slots) {
        status = move_record(p);
        if (status != DFP_OK) {
            return status;
        }
    }
    at = half_at(p, p->journal.half) + p->journal.record +
         p->journal.slot * size;
    memset(p->page, 0xFF, size);
    make_mark(p, p->journal.slot,
              value | (p->saved && value != DFP_MARK_DONE ? DFP_MARK_SAVED : 0),
              p->page);
    p->journal.slot++;
    return dfp_flash_program(p, DFP_JOURNAL, at, p->page, size);
}

enum dfp_status dfp_journal_erase(struct dfp *p)
{
    uint32_t half;
    enum dfp_status status = DFP_OK;

    if (!DFP_WITH_JOURNAL) {
        return DFP_OK;
    }
    for (half = 0; status == DFP_OK && half < 2; half++) {
        status = erase_half(p, half, dfp_journal_room(p->config));
    }
    return status;
}
