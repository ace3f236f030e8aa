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
#include "parts.h"
#include "source.h"

// Header of a record: 32-bit little-endian words.
enum {
    REC_MAGIC,    // DFJ1
    REC_SEQUENCE, // the higher one of two records is the newer
    REC_ID,       // package id, low word
    REC_ID_HIGH,
    REC_KIND,         // enum dfp_journal_kind
    REC_LAYOUT,       // of the payload, DFP_CHECKPOINT_LAYOUT
    REC_PAYLOAD,      // bytes of checkpoint behind the header
    REC_FINISHED,     // a mark's value: what was complete
    REC_MARKS,        // most marks that follow
    REC_BLOCK,        // bytes of an erase block of the (first) slot
    REC_PACKAGE_SIZE, // for progress
    REC_NEW_SIZE,     // for progress
    REC_CHECK,        // over the words before
    REC_WORDS
};

#define MAGIC 0x314A4644u // "DFJ1"
#define HEADER_SIZE (4u * REC_WORDS)
#define COMMIT_SIZE 8u // XXH64 over header and payload
#define MARK_SIZE 8u
#define MARKS_BESIDES 2u // those of blocks: saved, done

static uint32_t round_up(uint32_t size, uint32_t unit)
{
    return (size + unit - 1) & ~(unit - 1);
}

uint32_t dfp_journal_room(const struct dfp_config *config)
{
    return config->journal_size / 2 & ~(config->journal_erase_size - 1);
}

static uint32_t mark_size(const struct dfp_config *config)
{
    return round_up(MARK_SIZE, config->journal_program_size);
}

// Marks follow, none of them across the end of a block.
static uint32_t record_size(const struct dfp_config *config, uint32_t payload)
{
    return round_up(HEADER_SIZE + payload + COMMIT_SIZE, mark_size(config));
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

    if (info->mode == DFOTA_MODE_IN_PLACE ||
        info->package_size > dfp_checkpoint_bytes(info, config)) {
        payload = dfp_checkpoint_size(info);
    }
    half = (uint64_t)mark_size(config) *
           (most_blocks(info, config) + MARKS_BESIDES);
    half += record_size(config, payload) + config->journal_erase_size - 1;
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

// The header of a half; rec[REC_MAGIC] is 0 when there is none.
static enum dfp_status read_header(struct dfp *p, uint32_t half, uint32_t *rec)
{
    uint8_t raw[HEADER_SIZE];
    enum dfp_status status;
    uint32_t i;

    status = dfp_flash_read(p, DFP_JOURNAL, half_at(p, half), raw, HEADER_SIZE);
    for (i = 0; i < REC_WORDS; i++) {
        rec[i] = dfc_get32(raw + 4 * i);
    }
    if (rec[REC_MAGIC] != MAGIC ||
        rec[REC_CHECK] != dfp_check32(raw, HEADER_SIZE - 4)) {
        rec[REC_MAGIC] = 0;
    }
    return status;
}

// Whether the record behind a header is all there: DFP_ERR_DATA if not.
static enum dfp_status check_record(struct dfp *p, uint32_t half,
                                    const uint32_t *rec)
{
    uint32_t room = dfp_journal_room(p->config);
    uint32_t payload = rec[REC_PAYLOAD];
    uint32_t at = half_at(p, half);
    uint8_t buffer[64];
    uint8_t digest[DFP_DIGEST_MAX];
    enum dfp_status status = DFP_OK;
    uint32_t left;

    if (rec[REC_MAGIC] != MAGIC || payload > room ||
        record_size(p->config, payload) > room) {
        return DFP_ERR_DATA;
    }
    dfp_source_forget(p);
    dfp_digest_init(&p->u.digest, DFP_XXH64);
    for (left = HEADER_SIZE + payload; status == DFP_OK && left != 0;) {
        uint32_t n = left < sizeof(buffer) ? left : (uint32_t)sizeof(buffer);

        status = dfp_flash_read(p, DFP_JOURNAL, at, buffer, n);
        dfp_digest_update(&p->u.digest, buffer, n);
        at += n;
        left -= n;
    }
    dfp_digest_final(&p->u.digest, digest);
    if (status == DFP_OK) {
        status = dfp_flash_read(p, DFP_JOURNAL, at, buffer, COMMIT_SIZE);
    }
    if (status == DFP_OK && memcmp(digest, buffer, COMMIT_SIZE) != 0) {
        status = DFP_ERR_DATA;
    }
    return status;
}

// A mark is valid only in its place: the check covers more than it holds.
static void make_mark(const struct dfp *p, uint32_t slot, uint32_t value,
                      uint8_t mark[MARK_SIZE])
{
    uint8_t covered[20];

    dfc_put32(covered, value);
    dfc_put32(covered + 4, slot);
    dfc_put32(covered + 8, p->journal.sequence);
    dfc_put32(covered + 12, p->journal.id[0]);
    dfc_put32(covered + 16, p->journal.id[1]);
    dfc_put32(mark, value);
    dfc_put32(mark + 4, dfp_check32(covered, sizeof(covered)));
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
                     mark_size(p->config);
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
        at += mark_size(p->config);
    }
    return DFP_OK;
}

// Put the record of a half in force. DFP_ERR_DATA if it cannot be.
static enum dfp_status adopt(struct dfp *p, uint32_t half, const uint32_t *rec)
{
    uint32_t payload = rec[REC_PAYLOAD];
    enum dfp_status status = check_record(p, half, rec);

    if (status != DFP_OK) {
        return status;
    }
    if (rec[REC_BLOCK] != p->config->new_erase_size ||
        rec[REC_KIND] - 1 >= DFP_JOURNAL_STATE) {
        return DFP_ERR_DATA;
    }
    p->journal.half = half;
    p->journal.kind = rec[REC_KIND];
    p->journal.sequence = rec[REC_SEQUENCE];
    p->journal.id[0] = rec[REC_ID];
    p->journal.id[1] = rec[REC_ID_HIGH];
    p->journal.record = record_size(p->config, payload);
    p->journal.base_at = 0;
    p->saved = false;
    take_mark(p, rec[REC_FINISHED]);
    // A cut may have hit the next place for a mark though it reads erased.
    p->journal.slot = 0;
    p->journal.slots = 0;
    status = read_marks(p, rec[REC_MARKS]);
    if (p->finished == DFP_MARK_DONE) {
        p->journal.kind = DFP_JOURNAL_DONE;
    }
    if (status == DFP_OK && p->journal.kind == DFP_JOURNAL_STATE) {
        return rec[REC_LAYOUT] == DFP_CHECKPOINT_LAYOUT
                   ? dfp_checkpoint_load(p, half_at(p, half) + HEADER_SIZE,
                                         payload)
                   : DFP_ERR_DATA;
    }
    memcpy(p->s.id, p->journal.id, sizeof(p->s.id)); // for progress
    p->s.part.package_size = rec[REC_PACKAGE_SIZE];
    p->s.part.total_size = rec[REC_NEW_SIZE];
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
    uint32_t rec[2][REC_WORDS];
    enum dfp_status status = DFP_OK;
    uint32_t newest, i;

    if (p->config->journal_size == 0 ||
        dfp_journal_room(p->config) < HEADER_SIZE + COMMIT_SIZE) {
        return DFP_OK;
    }
    for (i = 0; status == DFP_OK && i < 2; i++) {
        status = read_header(p, i, rec[i]);
    }
    // Sequence numbers may wrap around.
    newest = rec[0][REC_MAGIC] == 0 ||
             (rec[1][REC_MAGIC] != 0 &&
              rec[1][REC_SEQUENCE] - rec[0][REC_SEQUENCE] < 0x80000000u);
    for (i = 0; status == DFP_OK && i < 2; i++) {
        status = adopt(p, newest ^ i, rec[newest ^ i]);
        if (status == DFP_OK || status == DFP_ERR_FLASH) {
            return status;
        }
        adopt_none(p, newest, rec[newest][REC_SEQUENCE]);
        status = DFP_OK;
    }
    return status;
}

// --- Writing ---------------------------------------------------------------

// Bytes on their way into the journal, gathered in the page buffer.
struct stream {
    uint32_t at; // offset in the journal of the buffer's first byte
    uint32_t fill;
};

static enum dfp_status emit(struct dfp *p, struct stream *out,
                            const uint8_t *data, uint32_t size)
{
    uint32_t room = p->page_room;

    if (room > p->config->journal_erase_size) {
        room = p->config->journal_erase_size; // stay within a block
    }
    while (size != 0) {
        uint32_t n = room - out->fill;

        n = n < size ? n : size;
        memcpy(p->page + out->fill, data, n);
        out->fill += n;
        data += n;
        size -= n;
        if (out->fill == room) {
            enum dfp_status status =
                dfp_flash_program(p, DFP_JOURNAL, out->at, p->page, room);

            if (status != DFP_OK) {
                return status;
            }
            out->at += room;
            out->fill = 0;
        }
    }
    return DFP_OK;
}

// Program what is left, filled up to the program unit.
static enum dfp_status emit_end(struct dfp *p, struct stream *out)
{
    uint32_t size = round_up(out->fill, p->config->journal_program_size);

    if (size == 0) {
        return DFP_OK;
    }
    memset(p->page + out->fill, 0xFF, size - out->fill);
    return dfp_flash_program(p, DFP_JOURNAL, out->at, p->page, size);
}

static enum dfp_status emit_hashed(struct dfp *p, struct stream *out,
                                   const uint8_t *data, uint32_t size)
{
    dfp_digest_update(&p->u.digest, data, size);
    return emit(p, out, data, size);
}

// Payload from the record in force.
static enum dfp_status emit_copy(struct dfp *p, struct stream *out,
                                 uint32_t size)
{
    uint32_t at = half_at(p, p->journal.half) + HEADER_SIZE;
    enum dfp_status status = DFP_OK;

    while (status == DFP_OK && size != 0) {
        uint8_t buffer[64];
        uint32_t n = size < sizeof(buffer) ? size : (uint32_t)sizeof(buffer);

        status = dfp_flash_read(p, DFP_JOURNAL, at, buffer, n);
        if (status == DFP_OK) {
            status = emit_hashed(p, out, buffer, n);
        }
        at += n;
        size -= n;
    }
    return status;
}

// Payload from work memory.
static enum dfp_status emit_state(struct dfp *p, struct stream *out)
{
    enum dfp_status status = DFP_OK;
    uint32_t i;

    for (i = 0; status == DFP_OK && i < DFP_CHECKPOINT_PIECES; i++) {
        uint32_t size;
        const uint8_t *piece = dfp_checkpoint_piece(p, i, &size);

        status = emit_hashed(p, out, piece, size);
    }
    return status;
}

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

// Write a record into the half that is not in force, then put it in force.
// copy: the payload is the one of the record in force.
static enum dfp_status write_record(struct dfp *p, uint32_t *rec, bool copy)
{
    uint32_t half = p->journal.half ^ 1u;
    struct stream out = {half_at(p, half), 0};
    uint8_t bytes[HEADER_SIZE];
    enum dfp_status status;
    uint32_t i;

    p->journal.record = record_size(p->config, rec[REC_PAYLOAD]);
    // Blocks finished before do not come again, unless epochs count them.
    p->journal.slots = most_blocks(&p->s.part, p->config);
    if (!dfp_in_place(p)) {
        p->journal.slots -=
            p->finished < p->journal.slots ? p->finished : p->journal.slots;
    }
    p->journal.slots += MARKS_BESIDES;
    rec[REC_MARKS] = p->journal.slots;
    status = erase_half(
        p, half, p->journal.record + p->journal.slots * mark_size(p->config));
    rec[REC_MAGIC] = MAGIC;
    rec[REC_SEQUENCE] = p->journal.sequence + 1;
    rec[REC_FINISHED] = p->finished | (p->saved ? DFP_MARK_SAVED : 0);
    rec[REC_BLOCK] = p->config->new_erase_size;
    for (i = 0; i < REC_CHECK; i++) {
        dfc_put32(bytes + 4 * i, rec[i]);
    }
    dfc_put32(bytes + 4 * REC_CHECK, dfp_check32(bytes, HEADER_SIZE - 4));
    dfp_source_forget(p);
    dfp_digest_init(&p->u.digest, DFP_XXH64);
    if (status == DFP_OK) {
        status = emit_hashed(p, &out, bytes, HEADER_SIZE);
    }
    if (status == DFP_OK && rec[REC_PAYLOAD] != 0) {
        status =
            copy ? emit_copy(p, &out, rec[REC_PAYLOAD]) : emit_state(p, &out);
    }
    dfp_digest_final(&p->u.digest, bytes);
    if (status == DFP_OK) {
        status = emit(p, &out, bytes, COMMIT_SIZE);
    }
    if (status == DFP_OK) {
        status = emit_end(p, &out);
    }
    p->journal.half = half;
    p->journal.sequence = rec[REC_SEQUENCE];
    p->journal.slot = 0;
    return status;
}

enum dfp_status dfp_journal_record(struct dfp *p, enum dfp_journal_kind kind)
{
    uint32_t rec[REC_WORDS];
    bool state = kind == DFP_JOURNAL_STATE;

    if (p->config->journal_size == 0) {
        return DFP_OK;
    }
    rec[REC_ID] = p->s.id[0];
    rec[REC_ID_HIGH] = p->s.id[1];
    rec[REC_KIND] = (uint32_t)kind;
    rec[REC_LAYOUT] = DFP_CHECKPOINT_LAYOUT;
    rec[REC_PAYLOAD] = state ? dfp_checkpoint_size(&p->s.part) : 0;
    rec[REC_PACKAGE_SIZE] = p->s.part.package_size;
    rec[REC_NEW_SIZE] = p->s.part.total_size;
    p->journal.id[0] = p->s.id[0];
    p->journal.id[1] = p->s.id[1];
    p->journal.kind = (uint32_t)kind;
    p->journal.base_at = state ? p->s.chunk_at : 0;
    return write_record(p, rec, false);
}

// Marks cannot be added here: go on in the other half.
static enum dfp_status move_record(struct dfp *p)
{
    uint32_t rec[REC_WORDS];
    enum dfp_status status = read_header(p, p->journal.half, rec);

    if (status == DFP_OK) {
        status = check_record(p, p->journal.half, rec);
    }
    if (status == DFP_ERR_DATA && p->s.part.mode == DFOTA_MODE_TWO_SLOT) {
        // It has rotted: the start always serves.
        return dfp_journal_record(p, DFP_JOURNAL_START);
    }
    if (status == DFP_ERR_DATA) {
        return dfp_fail(p, DFP_ERR_DATA, "journal", p->journal.sequence,
                        p->journal.half);
    }
    return status == DFP_OK ? write_record(p, rec, true) : status;
}

enum dfp_status dfp_journal_mark(struct dfp *p, uint32_t value)
{
    uint32_t size = mark_size(p->config);
    enum dfp_status status;
    uint32_t at;

    if (p->config->journal_size == 0) {
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
    make_mark(p, p->journal.slot, value, p->page);
    p->journal.slot++;
    return dfp_flash_program(p, DFP_JOURNAL, at, p->page, size);
}

enum dfp_status dfp_journal_erase(struct dfp *p)
{
    uint32_t half;
    enum dfp_status status = DFP_OK;

    for (half = 0; status == DFP_OK && half < 2; half++) {
        status = erase_half(p, half, dfp_journal_room(p->config));
    }
    return status;
}
