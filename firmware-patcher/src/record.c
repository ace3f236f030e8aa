// SPDX-License-Identifier: MIT
// A record of the journal: one header, the payload, and what makes both sure
// (docs/CHECKPOINT.md, section 3).

#include "record.h"

#include <string.h>

#include "checkpoint.h"
#include "decoder.h"
#include "flash.h"
#include "source.h"

#define HEADER_SIZE (4u * REC_WORDS)
#define PAYLOAD_AT (2u * HEADER_SIZE)
#define COMMIT_SIZE 8u // XXH64 over header and payload
#define LINE DFP_PARITY_SIZE
#define PIECE 32u // of a line, what is read at once
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

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t header_check(struct dfp *p)
{
    return dfp_check32(&p->u.work.digest, p->u.work.header, HEADER_SIZE - 4);
}

static enum dfp_status read_header(struct dfp *p, uint32_t at)
{
    enum dfp_status status =
        dfp_flash_read(p, DFP_JOURNAL, at, p->u.work.header, HEADER_SIZE);

    if (dfp_record_get(p, REC_CHECK) != header_check(p)) {
        dfp_record_put(p, REC_MAGIC, 0);
    }
    return status;
}

static bool is_record(const struct dfp *p)
{
    return dfp_record_get(p, REC_MAGIC) == DFP_RECORD_MAGIC;
}

enum dfp_status dfp_record_header(struct dfp *p, uint32_t at)
{
    enum dfp_status status;

    dfp_source_forget(p);
    status = read_header(p, at);
    if (PARITY != 0 && status == DFP_OK && !is_record(p)) {
        status = read_header(p, at + HEADER_SIZE);
    }
    return status;
}

static void combine(uint8_t *bytes, const uint8_t *other, uint32_t size)
{
    uint32_t i;

    for (i = 0; i < size; i++) {
        bytes[i] ^= other[i];
    }
}

// Hash header and payload. Where no line is to be put right all are combined
// into the parity, with the commit.
static DFP_APART enum dfp_status hash_record(struct dfp *p, uint32_t at)
{
    uint32_t payload = dfp_record_get(p, REC_PAYLOAD);
    uint32_t total = payload + COMMIT_SIZE;
    enum dfp_status status = DFP_OK;
    uint32_t done = 0;

    dfp_digest_update(&p->u.work.digest, p->u.work.header, HEADER_SIZE);
    while (status == DFP_OK && done < total) {
        uint8_t buffer[PIECE];
        uint32_t n = least(total - done, PIECE);

        status = dfp_record_read(p, at, done, buffer, n);
        if (PARITY != 0 && p->u.work.line == NO_LINE) {
            combine(p->u.work.parity + done % LINE, buffer, n);
        }
        if (done < payload) {
            dfp_digest_update(&p->u.work.digest, buffer,
                              least(n, payload - done));
        }
        done += n;
    }
    return status;
}

// Is what was hashed what the record's commit says?
static DFP_APART enum dfp_status compare_commit(struct dfp *p, uint32_t at,
                                                bool *same)
{
    uint8_t commit[COMMIT_SIZE];
    uint8_t digest[COMMIT_SIZE];
    enum dfp_status status = dfp_record_read(
        p, at, dfp_record_get(p, REC_PAYLOAD), commit, COMMIT_SIZE);

    dfp_digest_final(&p->u.work.digest, digest);
    *same = memcmp(digest, commit, COMMIT_SIZE) == 0;
    return status;
}

static enum dfp_status read_through(struct dfp *p, uint32_t at, bool *same)
{
    enum dfp_status status;

    dfp_digest_init(&p->u.work.digest, DFP_XXH64);
    status = hash_record(p, at);
    return status == DFP_OK ? compare_commit(p, at, same) : status;
}

// Combine the lines as they are with the parity as it was: what one of them has
// lost. DFP_ERR_DATA where the parity reads erased: the record was never
// complete.
static DFP_APART enum dfp_status read_parity(struct dfp *p, uint32_t at)
{
    enum dfp_status status = DFP_OK;
    uint8_t all = 0xFF;
    uint32_t done;

    at += parity_at(p->config, dfp_record_get(p, REC_PAYLOAD));
    for (done = 0; status == DFP_OK && done < LINE; done += PIECE) {
        uint8_t buffer[PIECE];
        uint32_t i;

        status = dfp_flash_read(p, DFP_JOURNAL, at + done, buffer, PIECE);
        for (i = 0; i < PIECE; i++) {
            all &= buffer[i];
        }
        combine(p->u.work.parity + done, buffer, PIECE);
    }
    return status == DFP_OK && all == 0xFF ? DFP_ERR_DATA : status;
}

// One line is not what it was: try which.
static enum dfp_status repair(struct dfp *p, uint32_t at)
{
    uint32_t total = dfp_record_get(p, REC_PAYLOAD) + COMMIT_SIZE;
    bool same = false;
    enum dfp_status status = read_parity(p, at);
    uint32_t i;

    for (i = 0; status == DFP_OK && !same && i * LINE < total; i++) {
        p->u.work.line = i;
        status = read_through(p, at, &same);
    }
    return status != DFP_OK || same ? status : DFP_ERR_DATA;
}

static void start_parity(struct dfp *p)
{
    memset(p->u.work.parity, 0, LINE);
    p->u.work.line = NO_LINE;
}

enum dfp_status dfp_record_check(struct dfp *p, uint32_t at, uint32_t room)
{
    uint32_t payload = dfp_record_get(p, REC_PAYLOAD);
    bool same = false;
    enum dfp_status status;

    if (!is_record(p) || payload > room ||
        dfp_record_size(p->config, payload) > room) {
        return DFP_ERR_DATA;
    }
    start_parity(p);
    status = read_through(p, at, &same);
    if (status != DFP_OK || same) {
        return status;
    }
    return PARITY != 0 ? repair(p, at) : DFP_ERR_DATA;
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

// How many of the bytes to come the buffer takes: it stays within a block.
static uint32_t emit_room(const struct dfp *p, const struct stream *out,
                          uint32_t size)
{
    return least(least(p->page_room, p->config->journal_erase_size) - out->fill,
                 size);
}

// So many have been added to it.
static enum dfp_status emit_added(struct dfp *p, struct stream *out,
                                  uint32_t size)
{
    uint32_t at = out->at;

    out->fill += size;
    if (emit_room(p, out, 1) != 0) {
        return DFP_OK;
    }
    size = out->fill;
    out->at += size;
    out->fill = 0;
    return dfp_flash_program(p, DFP_JOURNAL, at, p->page, size);
}

static enum dfp_status emit(struct dfp *p, struct stream *out,
                            const uint8_t *data, uint32_t size)
{
    enum dfp_status status = DFP_OK;

    while (status == DFP_OK && size != 0) {
        uint32_t n = emit_room(p, out, size);

        memcpy(p->page + out->fill, data, n);
        status = emit_added(p, out, n);
        data += n;
        size -= n;
    }
    return status;
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
        uint32_t n = emit_room(p, out, size - done);
        uint8_t *to = p->page + out->fill;

        status = dfp_record_read(p, from, done, to, n);
        if (status == DFP_OK) {
            dfp_digest_update(&p->u.work.digest, to, n);
            status = emit_added(p, out, n);
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
static DFP_APART enum dfp_status write_body(struct dfp *p, uint32_t at,
                                            uint32_t from)
{
    struct stream out = {at, 0};
    uint32_t payload = dfp_record_get(p, REC_PAYLOAD);
    const uint8_t *header = (const uint8_t *)p->u.work.header;
    uint8_t commit[COMMIT_SIZE];
    enum dfp_status status;

    dfp_digest_init(&p->u.work.digest, DFP_XXH64);
    status = emit_hashed(p, &out, header, HEADER_SIZE);
    if (status == DFP_OK) {
        status = emit(p, &out, header, HEADER_SIZE);
    }
    if (status == DFP_OK && payload != 0) {
        status = from == DFP_RECORD_STATE ? emit_state(p, &out)
                                          : emit_copy(p, &out, from, payload);
    }
    dfp_digest_final(&p->u.work.digest, commit);
    if (status == DFP_OK) {
        status = emit(p, &out, commit, COMMIT_SIZE);
    }
    return status == DFP_OK ? emit_end(p, &out) : status;
}

// The parity of what now stands in the journal.
static DFP_APART enum dfp_status write_parity(struct dfp *p, uint32_t at)
{
    uint32_t unit = dfp_record_unit(p->config);
    uint32_t done = 0;
    enum dfp_status status;

    start_parity(p);
    dfp_digest_init(&p->u.work.digest, DFP_XXH64); // (not wanted)
    status = hash_record(p, at);
    at += parity_at(p->config, dfp_record_get(p, REC_PAYLOAD));
    while (status == DFP_OK && done < LINE) {
        uint32_t n = least(LINE - done, unit);

        memset(p->page, 0xFF, unit);
        memcpy(p->page, p->u.work.parity + done, n);
        status = dfp_flash_program(p, DFP_JOURNAL, at + done, p->page, unit);
        done += n;
    }
    return status;
}

enum dfp_status dfp_record_write(struct dfp *p, uint32_t at, uint32_t from)
{
    enum dfp_status status;

    dfp_record_put(p, REC_MAGIC, DFP_RECORD_MAGIC);
    dfp_record_put(p, REC_CHECK, header_check(p));
    status = write_body(p, at, from);
    return PARITY != 0 && status == DFP_OK ? write_parity(p, at) : status;
}
