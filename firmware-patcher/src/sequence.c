// SPDX-License-Identifier: MIT
// The sequence of an update, one function per state.
//
//   PREAMBLE -> MANIFEST -> HASH_OLD -> BEGIN -> CHUNK <-> DECODE
//            -> HASH_NEW -> DONE
//
// HASH_OLD comes once for each part, and so do CHUNK, DECODE and HASH_NEW. In
// place SAVE comes where an epoch begins: after BEGIN, and after DECODE, which
// it goes back to. After a checkpoint the sequence begins at HASH_OLD, in place
// at SAVE, and goes on to CHUNK.
// A state either moves on, or returns a status other than DFP_OK, or leaves
// p->seq as it was: it then has used all input and wants more.

#include "sequence.h"

#include <string.h>

#include "bytes.h"
#include "checkpoint.h"
#include "codecs.h"
#include "fault.h"
#include "flash.h"
#include "inplace.h"
#include "journal.h"
#include "manifest.h"
#include "memory.h"
#include "part.h"
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

static enum dfp_status take_preamble(struct dfp *p)
{
    uint32_t manifest_size;
    enum dfp_status status;

    if (!gather(p, head_of(p), DFOTA_PREAMBLE_SIZE)) {
        return DFP_OK;
    }
    memset(&p->s, 0, sizeof(p->s));
    status =
        dfp_preamble_parse(head_of(p), &p->s.part, &manifest_size, &p->fault);
    if (status != DFP_OK) {
        return status;
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
    uint8_t digest[DFOTA_DIGEST_XXH64];

    dfp_digest_once(dfp_digest_room(p), DFP_XXH64, head_of(p), p->head_size,
                    digest);
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
    uint32_t manifest_size = p->s.part.manifest_size;
    struct dfp_records records;
    enum dfp_status status;

    status = dfp_manifest_parse(head_of(p) + DFOTA_PREAMBLE_SIZE, manifest_size,
                                0, &p->s.part, &records, &p->fault);
    if (status != DFP_OK) {
        return status;
    }
    p->have_info = true;
    memcpy(p->s.chunk_digest, first, dfp_chunk_digest_size(seal));
    if (records.image_check != NULL) {
        memcpy(p->s.image_check, records.image_check, sizeof(p->s.image_check));
    } else if (DFP_IMAGE_DIGEST == DFP_XXH64) {
        return dfp_fail(p, DFP_ERR_FEATURE, "image check record",
                        DFOTA_TAG_IMAGE_CHECK, 0);
    }
    return dfp_seal_verify(p, head_of(p), DFOTA_PREAMBLE_SIZE + manifest_size);
}

// Bytes of a chunk's digest. (Without signatures a package of another kind has
// been refused.)
static uint32_t digest_size(const struct dfp *p)
{
    return DFP_WITH_SIGNATURE ? dfp_chunk_digest_size(p->s.part.seal)
                              : DFOTA_DIGEST_XXH64;
}

void dfp_start_hash(struct dfp *p, enum dfp_seq seq)
{
    dfp_source_forget(p);
    dfp_digest_init(&p->u.digest, DFP_IMAGE_DIGEST);
    p->hash_at = 0;
    p->seq = seq;
}

// Work that was begun counts only if it was for this package.
static void match_journal(struct dfp *p)
{
    if (!DFP_WITH_JOURNAL) {
        return;
    }
    if (p->journal.kind != DFP_JOURNAL_START ||
        p->journal.id[0] != p->s.id[0] || p->journal.id[1] != p->s.id[1]) {
        p->journal.kind = DFP_JOURNAL_NONE;
        p->finished = 0;
        p->saved = false;
    }
}

// Compare the old images with the package's, unless it has begun to overwrite
// them.
static void start_checks(struct dfp *p)
{
    p->hashed = 0;
    if (dfp_one_slot(p) && (p->saved || p->finished != 0)) {
        p->seq = DFP_SEQ_BEGIN;
    } else {
        dfp_start_hash(p, DFP_SEQ_HASH_OLD);
    }
}

static DFP_APART enum dfp_status take_manifest(struct dfp *p)
{
    enum dfp_status status;

    if (!gather(p, head_of(p), p->head_size)) {
        return DFP_OK;
    }
    status = parse_manifest(p);
    if (status == DFP_OK) {
        uint32_t need = DFOTA_RAM_STATE + dfp_more_size(&p->s.part);

        identify(p);
        if (p->work_size < need) {
            return dfp_fail(p, DFP_ERR_MEMORY, "work memory", need,
                            p->work_size);
        }
        dfp_manifest_keep(p, head_of(p));
        status = dfp_policy_check(p);
    }
    if (status == DFP_OK) {
        p->s.chunk_at = p->head_size;
        p->filled = 0;
        match_journal(p);
        status = dfp_part_select(p, 0);
        start_checks(p);
    }
    return status;
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
        if (dfp_has_unmanaged(p)) {
            dfp_unmanaged_hide(p, p->hash_at, p->page, n);
        }
        dfp_digest_update(&p->u.digest, p->page, n);
        p->hash_at += n;
        p->step_left -= n;
    }
    return DFP_OK;
}

// Compare what was hashed with the manifest: by SHA-256, or by record 5 in a
// build without it.
static DFP_APART enum dfp_status
compare_image(struct dfp *p, const uint8_t *sha256, const uint8_t *xxh64,
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

// All old images are compared before anything changes. After a checkpoint the
// part that it belongs to comes last: memory stays divided for it.
static enum dfp_status hash_old(struct dfp *p)
{
    enum dfp_status status;

    do {
        status = hash_image(p, DFP_OLD, p->s.part.old_size);
        if (status == DFP_OK && p->s.part.old_size != 0) {
            status = compare_image(p, p->s.part.old_sha256, p->s.image_check,
                                   DFP_ERR_BASE, "old image");
        }
        if (status == DFP_OK) {
            p->hashed++;
        }
        if (status == DFP_OK && p->hashed < dfp_part_count(p)) {
            status =
                dfp_part_select(p, (dfp_part_index(p) + 1) % dfp_part_count(p));
            dfp_start_hash(p, DFP_SEQ_HASH_OLD);
        }
    } while (status == DFP_OK && p->hashed < dfp_part_count(p));
    if (status == DFP_OK) {
        p->seq = dfp_journal_kind(p) == DFP_JOURNAL_STATE ? DFP_SEQ_CHUNK
                                                          : DFP_SEQ_BEGIN;
    }
    return status;
}

static void start_stream(struct dfp *p)
{
    if (dfp_has_more(p)) {
        dfp_more(p)->stream_left = p->s.part.stream_size;
    }
}

// Chunks of a part are next.
static enum dfp_status begin_part(struct dfp *p)
{
    enum dfp_status status = dfp_memory_divide(p);

    p->in_at = DFOTA_RAM_CARRY;
    p->in_start = DFOTA_RAM_CARRY;
    p->in_end = DFOTA_RAM_CARRY;
    p->s.old_region_count = 0;
    p->s.new_region_count = 0;
    dfp_tables_divide(p);
    start_stream(p);
    dfp_codec_begin(p);
    dfp_epoch_first(p);
    p->hash_at = 0;
    p->seq = dfp_in_place(p) ? DFP_SEQ_SAVE : DFP_SEQ_CHUNK;
    return status;
}

// Leave a chunk behind.
static void next_chunk(struct dfp *p)
{
    if (dfp_has_more(p)) { // (the package's last chunk is not left)
        dfp_more(p)->stream_left -= p->filled - digest_size(p);
    }
    p->s.chunk_at += p->filled;
    p->filled = 0;
    memcpy(p->s.chunk_digest, p->next_digest, sizeof(p->next_digest));
    p->seq = DFP_SEQ_CHUNK;
}

// The next part's blocks are counted behind this one's. Where images are
// overwritten each part goes on from a state of its own: what an epoch of the
// part before has saved is replaced, and its record has no room for marks of
// this one.
static enum dfp_status next_part(struct dfp *p)
{
    uint32_t blocks = dfp_part_blocks(p);
    enum dfp_status status;

    next_chunk(p);
    status = dfp_part_select(p, dfp_part_index(p) + 1);
    if (status != DFP_OK) {
        return status;
    }
    dfp_more(p)->blocks += blocks;
    status = begin_part(p);
    p->saved = false;
    if (status == DFP_OK && dfp_one_slot(p)) {
        status = dfp_checkpoint_take(p);
    }
    return status;
}

void dfp_sequence_resume(struct dfp *p)
{
    p->hashed = 0;
    p->hash_at = 0;
    if (dfp_one_slot(p)) {
        p->seq = dfp_in_place(p) ? DFP_SEQ_SAVE : DFP_SEQ_CHUNK;
        return;
    }
    if (dfp_part_count(p) > 1) {
        (void)dfp_part_select(p, (dfp_part_index(p) + 1) % dfp_part_count(p));
    }
    dfp_start_hash(p, DFP_SEQ_HASH_OLD);
}

static enum dfp_status hash_new(struct dfp *p)
{
    enum dfp_status status = hash_image(p, DFP_NEW, p->s.part.new_size);

    if (status == DFP_OK) {
        status = compare_image(p, p->s.part.new_sha256, p->s.image_check + 8,
                               DFP_ERR_VERIFY, "new image");
    }
    if (status == DFP_OK && dfp_part_index(p) + 1 < dfp_part_count(p)) {
        return next_part(p);
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
    enum dfp_status status = dfp_part_select(p, 0);

    if (status == DFP_OK && p->config->check_only) {
        start_stream(p);
        p->seq = DFP_SEQ_CHUNK;
        return DFP_OK;
    }
    if (status == DFP_OK && dfp_journal_kind(p) != DFP_JOURNAL_START) {
        status = dfp_journal_record(p, DFP_JOURNAL_START);
        if (status == DFP_OK) {
            status = dfp_journal_record(p, DFP_JOURNAL_START);
        }
    }
    return status == DFP_OK ? begin_part(p) : status;
}

// Save what the epoch will overwrite, unless that was done before a cut.
static enum dfp_status save(struct dfp *p)
{
    enum dfp_status status = DFP_OK;

    if (!p->saved) {
        status = dfp_epoch_save(p);
        p->saved = status == DFP_OK;
        // Twice: were the only such mark lost, what is overwritten from now on
        // would be taken for what has to be saved.
        if (status == DFP_OK) {
            status = dfp_journal_mark(p, p->finished);
        }
        if (status == DFP_OK) {
            status = dfp_journal_mark(p, p->finished);
        }
    }
    if (status == DFP_OK) {
        dfp_source_forget(p); // old bytes are elsewhere now
        p->seq = p->filled != 0 ? DFP_SEQ_DECODE : DFP_SEQ_CHUNK;
    }
    return status;
}

static bool from_checkpoint(const struct dfp *p)
{
    return DFP_WITH_JOURNAL && p->s.in_at != 0;
}

// Where to read on in a chunk that is in memory and authentic.
static enum dfp_status enter_chunk(struct dfp *p, uint32_t size)
{
    bool last = p->s.chunk_at + size == p->s.part.package_size;
    uint32_t digest = last ? 0 : digest_size(p);
    uint32_t carried;

    if (from_checkpoint(p) && p->s.in_at <= DFOTA_RAM_CARRY) {
        p->in_at = p->s.in_at;
        p->in_end = DFOTA_RAM_CARRY;
        p->s.in_at = 0;
    }
    carried = p->in_end - p->in_at;
    memcpy(p->next_digest, p->in + DFOTA_RAM_CARRY, digest);
    p->in_start = DFOTA_RAM_CARRY + digest;
    p->in_end = DFOTA_RAM_CARRY + size;
    if (from_checkpoint(p)) { // in the midst of the chunk
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

// Only its digest counts.
static enum dfp_status pass_chunk(struct dfp *p)
{
    enum dfp_status status = DFP_OK;

    if (p->s.chunk_at + p->filled == p->s.part.package_size) {
        p->seq = DFP_SEQ_DONE;
        return DFP_OK;
    }
    memcpy(p->next_digest, p->in + DFOTA_RAM_CARRY, digest_size(p));
    next_chunk(p);
    if (p->in_last) {
        status = dfp_part_select(p, dfp_part_index(p) + 1);
        start_stream(p);
    }
    return status;
}

// Size of the chunk at chunk_at, and whether it is the part's last one.
static uint32_t chunk_size(struct dfp *p)
{
    const struct dfp_info *part = &p->s.part;
    uint32_t left = part->package_size - p->s.chunk_at;

    if (dfp_part_index(p) + 1 < dfp_part_count(p)) {
        uint32_t rest = digest_size(p) +
                        dfp_more(p)->stream_left; // no chunk is the package's
                                                  // last
        left = least(rest, left);
    }
    p->in_last = left <= part->chunk_size;
    return least(left, part->chunk_size);
}

static DFP_APART enum dfp_status take_chunk(struct dfp *p)
{
    const struct dfp_info *part = &p->s.part;
    uint32_t size = chunk_size(p);
    uint8_t found[DFP_DIGEST_MAX];

    if (!gather(p, p->in + DFOTA_RAM_CARRY, size)) {
        return DFP_OK;
    }
    dfp_digest_once(dfp_digest_room(p), dfp_chunk_digest_kind(part->seal),
                    p->in + DFOTA_RAM_CARRY, size, found);
    if (memcmp(found, p->s.chunk_digest, digest_size(p)) != 0) {
        return dfp_fail(p, DFP_ERR_DIGEST, "chunk digest",
                        dfp_first4(p->s.chunk_digest), dfp_first4(found));
    }
    if (p->config->check_only) {
        p->seq = DFP_SEQ_DECODE;
        return DFP_OK;
    }
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
    next_chunk(p);
    return DFP_OK;
}

// Choose where the codec is to stop next: at the end of a block, since a
// checkpoint may be due there, of the image, or of the step budget.
static bool choose_stop(struct dfp *p)
{
    uint32_t at = p->s.new_at;
    uint32_t block = dfp_block_size(p);
    uint32_t n = least(dfp_stretch_end(p) - at, block - at % block);

    p->stop = at + least(n, p->step_left);
    return p->stop != at;
}

// On to the next epoch: what it overwrites must not be needed any more to get
// here, so the state comes first.
static enum dfp_status next_epoch(struct dfp *p, uint32_t ended)
{
    dfp_codec_jump(p, ended);
    p->saved = false;
    p->hash_at = 0;
    p->seq = DFP_SEQ_SAVE;
    dfp_source_forget(p);
    return dfp_checkpoint_take(p);
}

static enum dfp_status end_part(struct dfp *p)
{
    if (!p->in_last || p->in_at != p->in_end) {
        return dfp_fail(p, DFP_ERR_DATA, "stream size", p->in_at, p->in_end);
    }
    dfp_start_hash(p, DFP_SEQ_HASH_NEW);
    return DFP_OK;
}

static enum dfp_status decode(struct dfp *p)
{
    uint32_t end = dfp_stretch_end(p);

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
        if (status == DFP_OK && p->s.new_at < end && !dfp_in_place(p) &&
            p->s.new_at % p->slot->new_erase_size == 0 &&
            dfp_checkpoint_due(p)) {
            status = dfp_checkpoint_take(p);
        }
        if (status != DFP_OK) {
            return status;
        }
    } while (p->s.new_at < end);
    return dfp_in_place(p) && dfp_epoch_next(p) ? next_epoch(p, end)
                                                : end_part(p);
}

enum dfp_status dfp_step(struct dfp *p)
{
    switch (p->seq) {
    case DFP_SEQ_PREAMBLE: return take_preamble(p);
    case DFP_SEQ_MANIFEST: return take_manifest(p);
    case DFP_SEQ_HASH_OLD: return hash_old(p);
    case DFP_SEQ_BEGIN: return begin(p);
    case DFP_SEQ_SAVE: return DFP_WITH_IN_PLACE ? save(p) : DFP_OK;
    case DFP_SEQ_CHUNK: return take_chunk(p);
    case DFP_SEQ_DECODE:
        return p->config->check_only ? pass_chunk(p) : decode(p);
    case DFP_SEQ_HASH_NEW: return hash_new(p);
    case DFP_SEQ_DONE: return DFP_DONE;
    default:
        return dfp_fail(p, DFP_ERR_ARGUMENT, "feed before resume",
                        DFP_SEQ_PREAMBLE, p->seq);
    }
}
