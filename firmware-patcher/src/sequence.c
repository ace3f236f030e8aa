// SPDX-License-Identifier: MIT
// The sequence of an update, one function per state.
//
//   PREAMBLE -> MANIFEST -> HASH_OLD -> BEGIN -> CHUNK <-> DECODE
//            -> HASH_NEW -> DONE
//
// After a checkpoint the sequence begins at HASH_OLD and goes on to CHUNK.
// A state either moves on, or returns a status other than DFP_OK, or leaves
// p->seq as it was: it then has used all input and wants more.

#include "sequence.h"

#include <string.h>

#include "bytes.h"
#include "checkpoint.h"
#include "codecs.h"
#include "fault.h"
#include "flash.h"
#include "journal.h"
#include "manifest.h"
#include "policy.h"
#include "signature.h"
#include "source.h"
#include "writer.h"

// Gather input until `need` bytes stand at `to`.
static bool gather(struct dfp *p, uint8_t *to, uint32_t need)
{
    uint32_t n = need - p->filled;

    if (n > p->feed_left) {
        n = p->feed_left;
    }
    if (n != 0) {
        memcpy(to + p->filled, p->feed, n);
        p->feed += n;
        p->feed_left -= n;
        p->filled += n;
    }
    return p->filled == need;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

// --- Manifest --------------------------------------------------------------

// Where preamble, manifest and seal are gathered.
static uint8_t *head_of(struct dfp *p)
{
    return (uint8_t *)p + DFOTA_RAM_STATE;
}

static enum dfp_status pass_on(struct dfp *p, enum dfp_status status,
                               const struct dfp_fault *fault)
{
    return dfp_fail(p, status, fault->field, fault->expected, fault->found);
}

static enum dfp_status take_preamble(struct dfp *p)
{
    struct dfp_fault fault;
    uint32_t manifest_size;
    enum dfp_status status;

    if (!gather(p, head_of(p), DFOTA_PREAMBLE_SIZE)) {
        return DFP_OK;
    }
    memset(&p->s, 0, sizeof(p->s));
    status = dfp_preamble_parse(head_of(p), &p->s.part, &manifest_size, &fault);
    if (status != DFP_OK) {
        return pass_on(p, status, &fault);
    }
    p->head_size = dfp_head_size(p->s.part.seal, manifest_size);
    if (p->work_size - DFOTA_RAM_STATE < p->head_size) {
        return dfp_fail(p, DFP_ERR_MEMORY, "work memory",
                        DFOTA_RAM_STATE + p->head_size, p->work_size);
    }
    p->seq = DFP_SEQ_MANIFEST;
    return DFP_OK;
}

// The id of a package: XXH64 of preamble, manifest and seal, never 0.
static void identify(struct dfp *p)
{
    uint8_t digest[DFP_DIGEST_MAX];

    dfp_digest_once(DFP_XXH64, head_of(p), p->head_size, digest);
    p->s.id[0] = dfc_get32(digest);
    p->s.id[1] = dfc_get32(digest + 4);
    if ((p->s.id[0] | p->s.id[1]) == 0) {
        p->s.id[0] = 1;
    }
}

static enum dfp_status parse_manifest(struct dfp *p)
{
    const uint8_t *first = head_of(p) + DFOTA_PREAMBLE_SIZE + DFOTA_MAN_DIGEST;
    uint8_t seal = p->s.part.seal;
    uint32_t manifest_size = p->head_size - dfp_head_size(seal, 0);
    const uint8_t *image_check;
    struct dfp_fault fault;
    enum dfp_status status;

    status = dfp_manifest_parse(head_of(p), manifest_size, &p->s.part,
                                &image_check, &fault);
    if (status != DFP_OK) {
        return pass_on(p, status, &fault);
    }
    p->have_info = true;
    memcpy(p->s.chunk_digest, first, dfp_chunk_digest_size(seal));
    if (image_check != NULL) {
        memcpy(p->s.image_check, image_check, sizeof(p->s.image_check));
    } else if (DFP_IMAGE_DIGEST == DFP_XXH64) {
        return dfp_fail(p, DFP_ERR_FEATURE, "image check record",
                        DFOTA_TAG_IMAGE_CHECK, 0);
    }
    return dfp_seal_verify(p, head_of(p), DFOTA_PREAMBLE_SIZE + manifest_size);
}

void dfp_start_hash(struct dfp *p, enum dfp_seq seq)
{
    dfp_source_forget(p);
    dfp_digest_init(&p->u.digest, DFP_IMAGE_DIGEST);
    p->hash_at = 0;
    p->seq = seq;
}

static enum dfp_status take_manifest(struct dfp *p)
{
    enum dfp_status status;

    if (!gather(p, head_of(p), p->head_size)) {
        return DFP_OK;
    }
    status = parse_manifest(p);
    if (status == DFP_OK) {
        identify(p);
        status = dfp_policy_check(p);
    }
    if (status != DFP_OK) {
        return status;
    }
    p->s.chunk_at = p->head_size;
    p->filled = 0;
    // Blocks that were finished for another package are of no use.
    if (p->journal.kind != DFP_JOURNAL_START ||
        p->journal.id[0] != p->s.id[0] || p->journal.id[1] != p->s.id[1]) {
        p->journal.kind = DFP_JOURNAL_NONE;
        p->finished = 0;
    }
    dfp_start_hash(p, DFP_SEQ_HASH_OLD);
    return DFP_OK;
}

// --- Images ----------------------------------------------------------------

// Hash an image, as far as the step budget goes. The page buffer is free.
static enum dfp_status hash_image(struct dfp *p, enum dfp_area area,
                                  uint32_t size)
{
    while (p->hash_at < size) {
        uint32_t n =
            least(least(size - p->hash_at, p->page_room), p->step_left);
        enum dfp_status status;

        if (n == 0) {
            return DFP_YIELD;
        }
        status = dfp_flash_read(p, area, p->hash_at, p->page, n);
        if (status != DFP_OK) {
            return status;
        }
        dfp_digest_update(&p->u.digest, p->page, n);
        p->hash_at += n;
        p->step_left -= n;
    }
    return DFP_OK;
}

// Compare what was hashed with the manifest: by SHA-256, or by record 5 in a
// build without it.
static enum dfp_status compare_image(struct dfp *p, const uint8_t *sha256,
                                     const uint8_t *xxh64,
                                     enum dfp_status error, const char *field)
{
    bool strong = DFP_IMAGE_DIGEST == DFP_SHA256;
    const uint8_t *wanted = strong ? sha256 : xxh64;
    uint8_t found[DFP_DIGEST_MAX];

    dfp_digest_final(&p->u.digest, found);
    if (memcmp(found, wanted, strong ? 32 : 8) != 0) {
        return dfp_fail(p, error, field, dfp_first4(wanted), dfp_first4(found));
    }
    return DFP_OK;
}

static enum dfp_status hash_old(struct dfp *p)
{
    enum dfp_status status = hash_image(p, DFP_OLD, p->s.part.old_size);

    if (status == DFP_OK) {
        status = compare_image(p, p->s.part.old_sha256, p->s.image_check,
                               DFP_ERR_BASE, "old image");
    }
    if (status == DFP_OK) {
        p->seq = p->journal.kind == DFP_JOURNAL_STATE ? DFP_SEQ_CHUNK
                                                      : DFP_SEQ_BEGIN;
    }
    return status;
}

static enum dfp_status hash_new(struct dfp *p)
{
    enum dfp_status status = hash_image(p, DFP_NEW, p->s.part.new_size);

    if (status == DFP_OK) {
        status = compare_image(p, p->s.part.new_sha256, p->s.image_check + 8,
                               DFP_ERR_VERIFY, "new image");
    }
    if (status == DFP_OK) {
        status = dfp_journal_mark(p, DFP_MARK_DONE);
    }
    if (status == DFP_OK) {
        p->seq = DFP_SEQ_DONE;
    }
    return status;
}

// --- Chunks ----------------------------------------------------------------

// All checks have passed: from here on flash may change. Both halves of the
// journal must be about this update before it does: were there still a record
// of an update completed earlier, it might come into force again if ours were
// damaged. When work is replayed the journal is about this update already.
static enum dfp_status begin(struct dfp *p)
{
    enum dfp_status status = DFP_OK;

    if (p->journal.kind != DFP_JOURNAL_START) {
        status = dfp_journal_record(p, DFP_JOURNAL_START);
        if (status == DFP_OK) {
            status = dfp_journal_record(p, DFP_JOURNAL_START);
        }
    }
    if (status == DFP_OK) {
        p->in_at = DFOTA_RAM_CARRY;
        p->in_end = DFOTA_RAM_CARRY;
        p->seq = DFP_SEQ_CHUNK;
        dfp_codec_begin(p);
    }
    return status;
}

// Where to read on in a chunk that is in memory and authentic.
static enum dfp_status enter_chunk(struct dfp *p, uint32_t size)
{
    uint32_t digest = p->in_last ? 0 : dfp_chunk_digest_size(p->s.part.seal);
    uint32_t carried = p->in_end - p->in_at;

    memcpy(p->next_digest, p->in + DFOTA_RAM_CARRY, digest);
    p->in_start = DFOTA_RAM_CARRY + digest;
    p->in_end = DFOTA_RAM_CARRY + size;
    if (p->s.in_at != 0) { // from a checkpoint
        p->in_at = p->s.in_at;
        p->s.in_at = 0;
        if (p->in_at < p->in_start || p->in_at > p->in_end) {
            return dfp_fail(p, DFP_ERR_DATA, "checkpoint", p->in_end, p->in_at);
        }
    } else {
        // What was carried over takes the place of the digest.
        memmove(p->in + p->in_at + digest, p->in + p->in_at, carried);
        p->in_at += digest;
    }
    p->seq = DFP_SEQ_DECODE;
    return DFP_OK;
}

static enum dfp_status take_chunk(struct dfp *p)
{
    const struct dfp_info *part = &p->s.part;
    uint32_t left = part->package_size - p->s.chunk_at;
    uint32_t size = least(left, part->chunk_size);
    uint8_t found[DFP_DIGEST_MAX];

    if (!gather(p, p->in + DFOTA_RAM_CARRY, size)) {
        return DFP_OK;
    }
    dfp_digest_once(dfp_chunk_digest_kind(part->seal), p->in + DFOTA_RAM_CARRY,
                    size, found);
    if (memcmp(found, p->s.chunk_digest, dfp_chunk_digest_size(part->seal)) !=
        0) {
        return dfp_fail(p, DFP_ERR_DIGEST, "chunk digest",
                        dfp_first4(p->s.chunk_digest), dfp_first4(found));
    }
    p->in_last = size == left;
    return enter_chunk(p, size);
}

// The codec wants more than this chunk has.
static enum dfp_status leave_chunk(struct dfp *p)
{
    uint32_t carried = p->in_end - p->in_at;

    if (p->in_last || carried > DFOTA_RAM_CARRY) {
        return dfp_fail(p, DFP_ERR_DATA, "stream end", p->s.part.new_size,
                        p->s.new_at);
    }
    memmove(p->in + DFOTA_RAM_CARRY - carried, p->in + p->in_at, carried);
    p->in_at = DFOTA_RAM_CARRY - carried;
    p->in_end = DFOTA_RAM_CARRY;
    p->s.chunk_at += p->filled;
    p->filled = 0;
    memcpy(p->s.chunk_digest, p->next_digest, sizeof(p->next_digest));
    p->seq = DFP_SEQ_CHUNK;
    return DFP_OK;
}

// Choose where the codec is to stop next: at the end of an erase block, since
// a checkpoint may be due there, of the image, or of the step budget.
static bool choose_stop(struct dfp *p)
{
    uint32_t at = p->s.new_at;
    uint32_t block = p->config->new_erase_size;

    p->stop = at + least(least(p->s.part.new_size - at, block - at % block),
                         p->step_left);
    return p->stop != at;
}

static enum dfp_status decode(struct dfp *p)
{
    uint32_t size = p->s.part.new_size;

    do {
        uint32_t before = p->s.new_at;
        enum dfp_status status;

        if (p->stop == 0 && !choose_stop(p)) {
            p->stop = 0;
            return DFP_YIELD;
        }
        status = dfp_codec_run(p, p->stop);
        p->step_left -= p->s.new_at - before;
        if (status == DFP_YIELD) {
            return leave_chunk(p);
        }
        p->stop = 0;
        if (status == DFP_OK && p->s.new_at < size &&
            p->s.new_at % p->config->new_erase_size == 0) {
            status = dfp_checkpoint_take(p);
        }
        if (status != DFP_OK) {
            return status;
        }
    } while (p->s.new_at < size);
    if (!p->in_last || p->in_at != p->in_end) {
        return dfp_fail(p, DFP_ERR_DATA, "stream size", p->in_at, p->in_end);
    }
    dfp_start_hash(p, DFP_SEQ_HASH_NEW);
    return DFP_OK;
}

enum dfp_status dfp_step(struct dfp *p)
{
    switch (p->seq) {
    case DFP_SEQ_PREAMBLE: return take_preamble(p);
    case DFP_SEQ_MANIFEST: return take_manifest(p);
    case DFP_SEQ_HASH_OLD: return hash_old(p);
    case DFP_SEQ_BEGIN: return begin(p);
    case DFP_SEQ_CHUNK: return take_chunk(p);
    case DFP_SEQ_DECODE: return decode(p);
    case DFP_SEQ_HASH_NEW: return hash_new(p);
    case DFP_SEQ_DONE: return DFP_DONE;
    default:
        return dfp_fail(p, DFP_ERR_ARGUMENT, "feed before resume",
                        DFP_SEQ_PREAMBLE, p->seq);
    }
}
