// SPDX-License-Identifier: MIT
// Applies patches of bsdiff. The formats are those of their own readers:
// bspatch.c of bsdiff 4.3 (BSDIFF40: header, then three streams: control, diff,
// extra), and of Matthew Endsley's bsdiff (ENDSLEY/BSDIFF43: one stream of all).
//
// Nothing in a patch is believed. What it makes is bounded by the size that its
// header states, and that by DELTA_IMAGE_MAX; entries that make nothing are
// bounded too.

#include <bzlib.h>
#include <stdlib.h>
#include <string.h>

#include "delta_foreign.h"
#include "errors.h"
#include "files.h"

#define HEADER40_SIZE 32u
#define HEADER43_SIZE 24u
#define IDLE_MAX 1024u // entries beyond one for each byte of the new image
#define AT_MAX (INT64_C(1) << 40) // of positions in the old image

// One bzip2 stream in memory.
struct stream {
    bz_stream bz;
    bool is_open;
    bool is_ended;   // and its checksum was right
    bool is_starved; // libbz2 got no memory
};

struct bspatch {
    struct stream streams[3]; // control, diff, extra; or only the first
    unsigned count;
    const uint8_t *old_data;
    size_t old_size;
    uint8_t *new_data;
    int64_t new_size;
    int64_t new_at;
    int64_t old_at;
    struct delta_error *error;
};

struct entry {
    int64_t add;  // bytes of the difference to the old image
    int64_t copy; // bytes that are new
    int64_t seek; // from there to the next in the old image
};

static enum delta_status bad(struct bspatch *p, const char *what)
{
    for (unsigned i = 0; i < p->count; i++) {
        if (p->streams[i].is_starved) {
            return delta_fail_memory(p->error, "patch");
        }
    }
    return delta_fail(p->error, DELTA_ERR_PATCH, "patch",
                      "bsdiff patch is damaged: %s at byte %lld of the new "
                      "image",
                      what, (long long)p->new_at);
}

// Eight bytes, the lowest first; the highest bit is the sign.
static int64_t read_number(const uint8_t *bytes)
{
    uint64_t value = 0;

    for (unsigned i = 8; i-- > 0;) {
        value = value << 8 | bytes[i];
    }
    int64_t magnitude = (int64_t)(value & ~(UINT64_C(1) << 63));
    return value >> 63 != 0 ? -magnitude : magnitude;
}

// --- Streams ---------------------------------------------------------------

static bool open_stream(struct stream *s, const uint8_t *data, size_t size)
{
    s->is_open = BZ2_bzDecompressInit(&s->bz, 0, 0) == BZ_OK;
    s->bz.next_in = (char *)data; // bzip2 does not write there
    s->bz.avail_in = (unsigned)size;
    return s->is_open;
}

// All of it or false.
static bool read_stream(struct stream *s, void *to, int64_t size)
{
    int result = BZ_OK;

    s->bz.next_out = to;
    s->bz.avail_out = (unsigned)size;
    while (s->bz.avail_out > 0 && result == BZ_OK) {
        unsigned before = s->bz.avail_out;
        unsigned left = s->bz.avail_in;

        result = BZ2_bzDecompress(&s->bz);
        s->is_ended |= result == BZ_STREAM_END;
        s->is_starved |= result == BZ_MEM_ERROR;
        if (s->bz.avail_out == before && s->bz.avail_in == left) {
            break; // cut short
        }
    }
    return s->bz.avail_out == 0;
}

// Nothing is left, also behind it, and the checksum is right.
static bool is_at_end(struct stream *s)
{
    char byte;

    return (s->is_ended || (!read_stream(s, &byte, 1) && s->is_ended)) &&
           s->bz.avail_in == 0;
}

static struct stream *stream_of(struct bspatch *p, unsigned kind)
{
    return &p->streams[p->count == 1 ? 0 : kind];
}

// --- Entries ---------------------------------------------------------------

static enum delta_status read_entry(struct bspatch *p, struct entry *e)
{
    uint8_t bytes[24];

    if (!read_stream(stream_of(p, 0), bytes, sizeof(bytes))) {
        return bad(p, "the control stream ends");
    }
    *e = (struct entry){read_number(bytes), read_number(bytes + 8),
                        read_number(bytes + 16)};
    int64_t left = p->new_size - p->new_at;
    if (e->add < 0 || e->add > left || e->copy < 0 || e->copy > left - e->add) {
        return bad(p, "an entry leaves the new image");
    }
    if (e->seek < -AT_MAX || e->seek > AT_MAX) {
        return bad(p, "an entry is far outside of the old image");
    }
    return DELTA_OK;
}

// Bytes outside of the old image count as 0, as they do for bspatch.
static void add_old(struct bspatch *p, int64_t size)
{
    for (int64_t i = 0; i < size; i++) {
        int64_t at = p->old_at + i;

        if (at >= 0 && at < (int64_t)p->old_size) {
            p->new_data[p->new_at + i] =
                (uint8_t)(p->new_data[p->new_at + i] + p->old_data[at]);
        }
    }
}

static enum delta_status apply_entry(struct bspatch *p)
{
    struct entry e = {0, 0, 0};
    enum delta_status status = read_entry(p, &e);

    if (status != DELTA_OK) {
        return status;
    }
    if (!read_stream(stream_of(p, 1), p->new_data + p->new_at, e.add)) {
        return bad(p, "the stream of differences ends");
    }
    add_old(p, e.add);
    p->new_at += e.add;
    p->old_at += e.add;
    if (!read_stream(stream_of(p, 2), p->new_data + p->new_at, e.copy)) {
        return bad(p, "the stream of new bytes ends");
    }
    p->new_at += e.copy;
    p->old_at += e.seek;
    return p->old_at < -AT_MAX || p->old_at > AT_MAX
               ? bad(p, "an entry is far outside of the old image")
               : DELTA_OK;
}

static enum delta_status apply_all(struct bspatch *p)
{
    enum delta_status status = DELTA_OK;
    int64_t entries = 0;

    while (status == DELTA_OK && p->new_at < p->new_size) {
        if (entries++ == p->new_size + (int64_t)IDLE_MAX) {
            return bad(p, "entries make nothing");
        }
        status = apply_entry(p);
    }
    for (unsigned i = 0; status == DELTA_OK && i < p->count; i++) {
        if (!is_at_end(&p->streams[i])) {
            status = bad(p, "a stream does not end");
        }
    }
    return status;
}

// --- Headers ---------------------------------------------------------------

static enum delta_status open_40(struct bspatch *p, const uint8_t *patch,
                                 size_t size)
{
    size_t at = HEADER40_SIZE;
    size_t sizes[3];

    for (unsigned i = 0; i < 2; i++) {
        int64_t stated = read_number(patch + 8 + 8 * i);

        if (stated < 0 || (uint64_t)stated > size - at) {
            return bad(p, "a stream is longer than the patch");
        }
        sizes[i] = (size_t)stated;
        at += sizes[i];
    }
    sizes[2] = size - at;
    at = HEADER40_SIZE;
    p->count = 3;
    p->new_size = read_number(patch + 24);
    for (unsigned i = 0; i < 3; i++) {
        if (!open_stream(&p->streams[i], patch + at, sizes[i])) {
            return delta_fail_memory(p->error, "patch");
        }
        at += sizes[i];
    }
    return DELTA_OK;
}

static enum delta_status open_43(struct bspatch *p, const uint8_t *patch,
                                 size_t size)
{
    p->count = 1;
    p->new_size = read_number(patch + 16);
    return open_stream(&p->streams[0], patch + HEADER43_SIZE,
                       size - HEADER43_SIZE)
               ? DELTA_OK
               : delta_fail_memory(p->error, "patch");
}

static enum delta_status open_patch(struct bspatch *p, const uint8_t *patch,
                                    size_t size)
{
    struct delta_foreign foreign;

    if (size > UINT32_MAX) {
        return bad(p, "it is too large");
    }
    if (size >= HEADER40_SIZE && memcmp(patch, "BSDIFF40", 8) == 0) {
        return open_40(p, patch, size);
    }
    if (size >= HEADER43_SIZE && memcmp(patch, "ENDSLEY/BSDIFF43", 16) == 0) {
        return open_43(p, patch, size);
    }
    return delta_fail(p->error, DELTA_ERR_PATCH, "patch",
                      "not a patch of bsdiff (found %s, expected BSDIFF40 or "
                      "ENDSLEY/BSDIFF43)",
                      delta_foreign_identify(&foreign, patch, size)
                          ? foreign.title
                          : "something else");
}

static enum delta_status check_size(struct bspatch *p)
{
    if (p->new_size >= 1 && p->new_size <= (int64_t)DELTA_IMAGE_MAX) {
        return DELTA_OK;
    }
    return delta_fail(p->error, DELTA_ERR_PATCH, "patch",
                      "size of the new image out of range (found %lld, "
                      "expected 1 to %lu)",
                      (long long)p->new_size, (unsigned long)DELTA_IMAGE_MAX);
}

enum delta_status delta_bsdiff_apply(struct delta_bytes *new_image,
                                     const void *patch, size_t patch_size,
                                     const void *old_data, size_t old_size,
                                     struct delta_error *error)
{
    struct bspatch p = {
        .old_data = old_data, .old_size = old_size, .error = error};

    memset(new_image, 0, sizeof(*new_image));
    enum delta_status status = open_patch(&p, patch, patch_size);
    if (status == DELTA_OK) {
        status = check_size(&p);
    }
    if (status == DELTA_OK && p.new_size > 0) {
        new_image->data = malloc((size_t)p.new_size);
        p.new_data = new_image->data;
        status = p.new_data != NULL ? apply_all(&p)
                                    : delta_fail_memory(error, "patch");
    }
    for (unsigned i = 0; i < 3; i++) {
        if (p.streams[i].is_open) {
            BZ2_bzDecompressEnd(&p.streams[i].bz);
        }
    }
    new_image->size = (size_t)p.new_size;
    if (status != DELTA_OK) {
        delta_free(new_image);
    }
    return status;
}

const char *delta_bzip2_version(void)
{
    return BZ2_bzlibVersion();
}
