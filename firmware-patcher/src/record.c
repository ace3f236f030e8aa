// SPDX-License-Identifier: MIT
// A record of the journal: one header, the payload, and what makes both sure
// (docs/CHECKPOINT.md, section 3).

#include "record.h"

#include <string.h>

#include "bytes.h"
#include "checkpoint.h"
#include "decoder.h"
#include "flash.h"
#include "source.h"

#define HEADER_SIZE (4u * REC_WORDS)
#define PAYLOAD_AT (2u * HEADER_SIZE)
#define COMMIT_SIZE 8u // XXH64 over header and payload
#define LINE DFP_PARITY_SIZE
#define NO_LINE 0xFFFFFFFFu

// With two slots a lost record costs time, no more.
#define PARITY (DFP_WITH_IN_PLACE ? LINE : 0u)

static uint32_t round_up(uint32_t size, uint32_t unit)
{
    return (size + unit - 1) & ~(unit - 1);
}

uint32_t dfp_record_unit(const struct dfp_config *config)
{
    return round_up(8, config->journal_program_size);
}

// Where the parity stands in a record.
static uint32_t parity_at(const struct dfp_config *config, uint32_t payload)
{
    return round_up(PAYLOAD_AT + payload + COMMIT_SIZE,
                    dfp_record_unit(config));
}

uint32_t dfp_record_size(const struct dfp_config *config, uint32_t payload)
{
    return parity_at(config, payload) +
           round_up(PARITY, dfp_record_unit(config));
}

// --- Reading ---------------------------------------------------------------

static enum dfp_status read_header(struct dfp *p, uint32_t at, uint32_t *rec)
{
    uint8_t raw[HEADER_SIZE];
    enum dfp_status status;
    uint32_t i;

    status = dfp_flash_read(p, DFP_JOURNAL, at, raw, HEADER_SIZE);
    for (i = 0; i < REC_WORDS; i++) {
        rec[i] = dfc_get32(raw + 4 * i);
    }
    if (rec[REC_MAGIC] != DFP_RECORD_MAGIC ||
        rec[REC_CHECK] != dfp_check32(raw, HEADER_SIZE - 4)) {
        rec[REC_MAGIC] = 0;
    }
    return status;
}

enum dfp_status dfp_record_header(struct dfp *p, uint32_t at, uint32_t *rec)
{
    enum dfp_status status = read_header(p, at, rec);

    if (PARITY != 0 && status == DFP_OK && rec[REC_MAGIC] == 0) {
        status = read_header(p, at + HEADER_SIZE, rec);
    }
    return status;
}

static void put_header(const uint32_t *rec, uint8_t *bytes)
{
    uint32_t i;

    for (i = 0; i < REC_WORDS; i++) {
        dfc_put32(bytes + 4 * i, rec[i]);
    }
}

static void combine(uint8_t *bytes, const uint8_t *other, uint32_t size)
{
    uint32_t i;

    for (i = 0; i < size; i++) {
        bytes[i] ^= other[i];
    }
}

// Read a record and compare it with its commit. line NO_LINE: all lines are
// combined into the parity; else that line is combined with it as it is read.
static enum dfp_status read_through(struct dfp *p, uint32_t at,
                                    const uint32_t *rec, uint32_t line,
                                    bool *same)
{
    uint32_t payload = rec[REC_PAYLOAD];
    uint32_t total = payload + COMMIT_SIZE;
    uint8_t buffer[LINE];
    uint8_t commit[LINE + COMMIT_SIZE];
    uint8_t digest[DFP_DIGEST_MAX];
    uint32_t done = 0;

    put_header(rec, buffer);
    dfp_digest_init(&p->u.work.digest, DFP_XXH64);
    dfp_digest_update(&p->u.work.digest, buffer, HEADER_SIZE);
    while (done < total) {
        uint32_t n = total - done < LINE ? total - done : LINE;
        uint32_t m = done < payload ? payload - done : 0;
        enum dfp_status status =
            dfp_flash_read(p, DFP_JOURNAL, at + PAYLOAD_AT + done, buffer, n);

        if (status != DFP_OK) {
            return status;
        }
        if (line == NO_LINE) {
            combine(p->u.work.parity, buffer, n);
        } else if (done == LINE * line) {
            combine(buffer, p->u.work.parity, n);
        }
        m = m < n ? m : n;
        dfp_digest_update(&p->u.work.digest, buffer, m);
        if (m < n) {
            memcpy(commit + (done + m - payload), buffer + m, n - m);
        }
        done += n;
    }
    dfp_digest_final(&p->u.work.digest, digest);
    *same = memcmp(digest, commit, COMMIT_SIZE) == 0;
    return DFP_OK;
}

// One line is not what it was: try which. (Where the parity reads erased, the
// record was never complete.)
static enum dfp_status repair(struct dfp *p, uint32_t at, const uint32_t *rec)
{
    uint32_t lines = (rec[REC_PAYLOAD] + COMMIT_SIZE + LINE - 1) / LINE;
    uint8_t parity[LINE];
    bool same = false;
    enum dfp_status status;
    uint32_t i;

    status = dfp_flash_read(p, DFP_JOURNAL,
                            at + parity_at(p->config, rec[REC_PAYLOAD]), parity,
                            LINE);
    for (i = 0; i < LINE && parity[i] == 0xFF; i++) {
    }
    if (status != DFP_OK || i == LINE) {
        return status == DFP_OK ? DFP_ERR_DATA : status;
    }
    combine(p->u.work.parity, parity, LINE);
    for (i = 0; status == DFP_OK && !same && i < lines; i++) {
        p->u.work.line = i;
        status = read_through(p, at, rec, i, &same);
    }
    return status != DFP_OK || same ? status : DFP_ERR_DATA;
}

enum dfp_status dfp_record_check(struct dfp *p, uint32_t at,
                                 const uint32_t *rec, uint32_t room)
{
    uint32_t payload = rec[REC_PAYLOAD];
    bool same = false;
    enum dfp_status status;

    if (rec[REC_MAGIC] != DFP_RECORD_MAGIC || payload > room ||
        dfp_record_size(p->config, payload) > room) {
        return DFP_ERR_DATA;
    }
    dfp_source_forget(p);
    memset(p->u.work.parity, 0, LINE);
    p->u.work.line = NO_LINE;
    status = read_through(p, at, rec, NO_LINE, &same);
    if (status != DFP_OK || same) {
        return status;
    }
    return PARITY != 0 ? repair(p, at, rec) : DFP_ERR_DATA;
}

enum dfp_status dfp_record_read(struct dfp *p, uint32_t at, uint32_t offset,
                                void *data, uint32_t size)
{
    uint8_t *bytes = data;
    enum dfp_status status =
        dfp_flash_read(p, DFP_JOURNAL, at + PAYLOAD_AT + offset, data, size);
    uint32_t i;

    for (i = 0; i < size; i++) {
        uint32_t k = offset + i;

        if (PARITY != 0 && k / LINE == p->u.work.line) {
            bytes[i] ^= p->u.work.parity[k % LINE];
        }
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
    dfp_digest_update(&p->u.work.digest, data, size);
    return emit(p, out, data, size);
}

// Payload from the record at `from`.
static enum dfp_status emit_copy(struct dfp *p, struct stream *out,
                                 uint32_t from, uint32_t size)
{
    enum dfp_status status = DFP_OK;
    uint32_t done = 0;

    while (status == DFP_OK && done < size) {
        uint8_t buffer[LINE];
        uint32_t n = size - done < LINE ? size - done : LINE;

        status = dfp_record_read(p, from, done, buffer, n);
        if (status == DFP_OK) {
            status = emit_hashed(p, out, buffer, n);
        }
        done += n;
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

// Header, payload and commit.
static enum dfp_status write_body(struct dfp *p, uint32_t at,
                                  const uint32_t *rec, uint32_t from)
{
    struct stream out = {at, 0};
    uint8_t bytes[HEADER_SIZE > DFP_DIGEST_MAX ? HEADER_SIZE : DFP_DIGEST_MAX];
    enum dfp_status status;

    put_header(rec, bytes);
    status = emit_hashed(p, &out, bytes, HEADER_SIZE);
    if (status == DFP_OK) {
        status = emit(p, &out, bytes, HEADER_SIZE);
    }
    if (status == DFP_OK && rec[REC_PAYLOAD] != 0) {
        status = from == DFP_RECORD_STATE
                     ? emit_state(p, &out)
                     : emit_copy(p, &out, from, rec[REC_PAYLOAD]);
    }
    dfp_digest_final(&p->u.work.digest, bytes);
    if (status == DFP_OK) {
        status = emit(p, &out, bytes, COMMIT_SIZE);
    }
    return status == DFP_OK ? emit_end(p, &out) : status;
}

// The parity of what now stands in the journal.
static enum dfp_status write_parity(struct dfp *p, uint32_t at,
                                    const uint32_t *rec)
{
    uint32_t unit = dfp_record_unit(p->config);
    uint32_t done = 0;
    bool same;
    enum dfp_status status;

    at += parity_at(p->config, rec[REC_PAYLOAD]);
    memset(p->u.work.parity, 0, LINE);
    status = read_through(p, at - parity_at(p->config, rec[REC_PAYLOAD]), rec,
                          NO_LINE, &same);
    while (status == DFP_OK && done < LINE) {
        uint32_t n = LINE - done < unit ? LINE - done : unit;

        memset(p->page, 0xFF, unit);
        memcpy(p->page, p->u.work.parity + done, n);
        status = dfp_flash_program(p, DFP_JOURNAL, at + done, p->page, unit);
        done += n;
    }
    return status;
}

enum dfp_status dfp_record_write(struct dfp *p, uint32_t at, uint32_t *rec,
                                 uint32_t from)
{
    uint8_t bytes[HEADER_SIZE];
    enum dfp_status status;

    dfp_source_forget(p);
    rec[REC_MAGIC] = DFP_RECORD_MAGIC;
    put_header(rec, bytes);
    rec[REC_CHECK] = dfp_check32(bytes, HEADER_SIZE - 4);
    dfp_digest_init(&p->u.work.digest, DFP_XXH64);
    status = write_body(p, at, rec, from);
    return PARITY != 0 && status == DFP_OK ? write_parity(p, at, rec) : status;
}
