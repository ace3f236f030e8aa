// SPDX-License-Identifier: MIT
// Makes packages: options, coding, framing, self-check.

#include "delta.h"

#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "bytes.h"
#include "encode.h"
#include "errors.h"
#include "inspect.h"
#include "package.h"
#include "sign.h"
#include "text.h"

// Progress, in permille: coding takes nearly all of the time.
#define CODING_SHARE 900u

const char *delta_version(void)
{
    return DELTA_VERSION;
}

void delta_free(struct delta_bytes *bytes)
{
    if (bytes != NULL) {
        free(bytes->data);
        bytes->data = NULL;
        bytes->size = 0;
    }
}

static enum delta_status check_text(const char *text, const char *option,
                                    struct delta_error *error)
{
    size_t size = text != NULL ? strlen(text) : 1;

    if (size < 1 || size > DELTA_TEXT_MAX) {
        return delta_fail(error, DELTA_ERR_OPTION, option,
                          "text out of range (found %zu bytes, expected 1 to "
                          "%lu)",
                          size, (unsigned long)DELTA_TEXT_MAX);
    }
    if (text != NULL && !delta_text_is_clean(text)) {
        return delta_fail(error, DELTA_ERR_OPTION, option,
                          "text cannot be shown (found control characters or "
                          "other bytes, expected UTF-8)");
    }
    return DELTA_OK;
}

static enum delta_status check_options(const struct delta_options *o,
                                       struct delta_error *error)
{
    if (o->codec != DELTA_RANGE && o->codec != DELTA_DEFLATE) {
        return delta_fail(error, DELTA_ERR_OPTION, "codec",
                          "unknown codec (found %d, expected 0 or 1)",
                          (int)o->codec);
    }
    if (o->level < 0 || o->level > 9) {
        return delta_fail(error, DELTA_ERR_OPTION, "level",
                          "out of range (found %d, expected 1 to 9)", o->level);
    }
    if (o->key != NULL && !o->key->is_private) {
        return delta_fail(error, DELTA_ERR_KEY, "key",
                          "cannot sign (found a public key, expected a "
                          "private key)");
    }
    enum delta_status status = check_text(o->product, "product", error);
    if (status == DELTA_OK) {
        status = check_text(o->from_version, "from-version", error);
    }
    if (status == DELTA_OK) {
        status = check_text(o->to_version, "to-version", error);
    }
    return status;
}

static enum delta_status check_size(size_t size, const char *image,
                                    struct delta_error *error)
{
    if (size < 1 || size > DELTA_IMAGE_MAX) {
        return delta_fail(error, DELTA_ERR_IMAGE, image,
                          "%s (found %zu bytes, expected 1 to %lu)",
                          size < 1 ? "image is empty" : "image is too large",
                          size, (unsigned long)DELTA_IMAGE_MAX);
    }
    return DELTA_OK;
}

static void coding_progress(void *context, unsigned permille)
{
    const struct delta_options *options = context;

    options->progress(options->context, permille * CODING_SHARE / 1000);
}

static void check_progress(void *context, unsigned permille)
{
    const struct delta_options *options = context;

    options->progress(options->context,
                      CODING_SHARE + permille * (1000 - CODING_SHARE) / 1000);
}

// The least budget that would do. Larger budgets take larger chunks, so the
// sum is made again until it stays.
static enum delta_status fail_limit(struct delta_error *error, uint32_t ram,
                                    uint32_t need)
{
    uint32_t least = 0;
    uint32_t before;

    do {
        before = least;
        least = need + delta_ram_field(DFOTA_CODEC_STORED, 0, 0,
                                       delta_chunk_size(least));
    } while (least != before);
    return delta_fail(error, DELTA_ERR_LIMIT, "ram",
                      "work memory too small for this codec (found %lu, "
                      "expected at least %lu)",
                      (unsigned long)ram, (unsigned long)((least + 7) & ~7u));
}

// The new image as it is.
static enum delta_status store(struct delta_stream *stream,
                               const struct delta_pair *pair,
                               struct delta_error *error)
{
    uint32_t base = stream->base;
    bool has_base = stream->has_base;

    free(stream->data);
    memset(stream, 0, sizeof(*stream));
    stream->data = malloc(pair->new_size);
    if (stream->data == NULL) {
        return delta_fail_memory(error, "new");
    }
    memcpy(stream->data, pair->new_data, pair->new_size);
    stream->size = pair->new_size;
    stream->codec = DFOTA_CODEC_STORED;
    stream->codec_version = DFOTA_STORED_VERSION;
    stream->base = base;
    stream->has_base = has_base;
    return DELTA_OK;
}

static enum delta_status code(struct delta_stream *stream,
                              const struct delta_pair *pair,
                              const struct delta_options *o, uint32_t ram,
                              struct delta_error *error)
{
    uint32_t fixed =
        delta_ram_field(DFOTA_CODEC_STORED, 0, 0, delta_chunk_size(ram));
    struct delta_options copy = *o; // the callback's context is not const
    struct delta_coding coding = {
        .codec =
            o->codec == DELTA_RANGE ? DFOTA_CODEC_RANGE : DFOTA_CODEC_DEFLATE,
        .level = o->level != 0 ? o->level : DELTA_LEVEL_DEFAULT,
        .ram = (ram & ~7u) > fixed ? (ram & ~7u) - fixed : 0,
        .base_given = o->has_base,
        .base = o->base,
        .progress = o->progress != NULL ? coding_progress : NULL,
        .context = &copy,
    };
    uint32_t need = 0;
    enum delta_status status = delta_encode(stream, pair, &coding, &need);

    if (status == DELTA_ERR_LIMIT) {
        return fail_limit(error, ram, need);
    }
    if (status != DELTA_OK) {
        return delta_fail(error, status, "new", NULL);
    }
    if (stream->size >= pair->new_size) {
        return store(stream, pair, error);
    }
    return DELTA_OK;
}

static void put_part(uint8_t *part, const struct delta_stream *stream,
                     const struct delta_pair *pair)
{
    part[DFOTA_PART_CODEC] = stream->codec;
    part[DFOTA_PART_CODEC_VERSION] = stream->codec_version;
    part[DFOTA_PART_ARCH] = stream->arch;
    dfc_put16(part + DFOTA_PART_MAP_ENTRIES, stream->map_entries);
    dfc_put16(part + DFOTA_PART_PARAM, stream->param);
    dfc_put32(part + DFOTA_PART_OLD_SIZE, pair->old_size);
    dfc_put32(part + DFOTA_PART_NEW_SIZE, pair->new_size);
    dfc_put32(part + DFOTA_PART_BASE, stream->base);
    dfc_put32(part + DFOTA_PART_STREAM_SIZE, stream->size);
    delta_sha256(part + DFOTA_PART_OLD_SHA256, pair->old_data, pair->old_size);
    delta_sha256(part + DFOTA_PART_NEW_SHA256, pair->new_data, pair->new_size);
}

static void put_text(struct delta_draft *draft, uint8_t tag, const char *text)
{
    if (text != NULL) {
        delta_draft_record(draft, tag, text, strlen(text));
    }
}

static void make_draft(struct delta_draft *draft,
                       const struct delta_stream *stream,
                       const struct delta_pair *pair,
                       const struct delta_options *o, uint32_t ram)
{
    uint8_t check[16];

    memset(draft, 0, sizeof(*draft));
    draft->mode = DFOTA_MODE_TWO_SLOT;
    draft->counter = o->counter;
    draft->chunk_size = delta_chunk_size(ram);
    draft->ram = delta_ram_field(stream->codec, stream->param,
                                 stream->map_entries, draft->chunk_size);
    put_part(draft->part, stream, pair);
    put_text(draft, DFOTA_TAG_PRODUCT, o->product);
    put_text(draft, DFOTA_TAG_FROM_VERSION, o->from_version);
    put_text(draft, DFOTA_TAG_TO_VERSION, o->to_version);
    delta_xxh64(check, pair->old_data, pair->old_size);
    delta_xxh64(check + 8, pair->new_data, pair->new_size);
    delta_draft_record(draft, DFOTA_TAG_IMAGE_CHECK, check, sizeof(check));
    draft->stream = stream->data;
    draft->stream_size = stream->size;
}

// Apply the package as a module would that has the key, the product and the
// counter it was made for. Whatever fails here is a bug.
static enum delta_status check_package(struct delta_info *info,
                                       const struct delta_bytes *package,
                                       const struct delta_pair *pair,
                                       const struct delta_options *o,
                                       uint32_t ram, struct delta_error *error)
{
    struct dfp_info raw;
    struct delta_bytes made = {NULL, 0};
    struct delta_options copy = *o;
    struct delta_run run = {
        .old_data = pair->old_data,
        .old_size = pair->old_size,
        .package = package->data,
        .info = &raw,
        .keys = o->key,
        .key_count = o->key != NULL ? 1 : 0,
        .product = o->product,
        .counter = o->counter,
        .progress = o->progress != NULL ? check_progress : NULL,
        .context = &copy,
    };
    enum delta_status status =
        delta_examine(info, &raw, package->data, package->size, error);

    if (status == DELTA_OK && raw.ram > ram) {
        return delta_fail(error, DELTA_ERR_CHECK, "package",
                          "internal error: work memory beyond the budget "
                          "(found %lu, expected at most %lu)",
                          (unsigned long)raw.ram, (unsigned long)ram);
    }
    if (status == DELTA_OK) {
        status = delta_run_patcher(&made, &run, error);
    }
    if (status == DELTA_OK &&
        (made.size != pair->new_size ||
         memcmp(made.data, pair->new_data, made.size) != 0)) {
        status = delta_fail(error, DELTA_ERR_CHECK, "package",
                            "internal error: the patcher made another image");
    }
    delta_free(&made);
    if (status != DELTA_OK && status != DELTA_ERR_NOMEM) {
        status = DELTA_ERR_CHECK;
        if (error != NULL) {
            error->status = status;
        }
    }
    return status;
}

static enum delta_status make_pair(struct delta_bytes *package,
                                   struct delta_report *report,
                                   const struct delta_pair *pair,
                                   const struct delta_options *o,
                                   struct delta_error *error)
{
    uint32_t ram = o->ram != 0 ? o->ram : DELTA_RAM_DEFAULT;
    struct delta_stream stream = {.data = NULL};
    struct delta_draft draft;
    enum delta_status status = code(&stream, pair, o, ram, error);

    if (status == DELTA_OK) {
        make_draft(&draft, &stream, pair, o, ram);
        status = delta_seal(package, &draft, o->key, error);
    }
    if (status == DELTA_OK) {
        status = check_package(&report->info, package, pair, o, ram, error);
    }
    report->is_stored = stream.codec == DFOTA_CODEC_STORED;
    report->has_base = stream.has_base;
    report->bytes_map = stream.bytes_map;
    report->bytes_hits = stream.bytes_hits;
    report->bytes_corrections = stream.bytes_corrections;
    report->bytes_sources = stream.bytes_sources;
    report->bytes_literals = stream.bytes_literals;
    free(stream.data);
    return status;
}

enum delta_status delta_make(struct delta_bytes *package,
                             struct delta_report *report, const void *old_data,
                             size_t old_size, const void *new_data,
                             size_t new_size,
                             const struct delta_options *options,
                             struct delta_error *error)
{
    static const struct delta_options defaults;
    const struct delta_options *o = options != NULL ? options : &defaults;
    struct delta_report own_report;
    struct delta_report *r = report != NULL ? report : &own_report;
    enum delta_status status = check_options(o, error);

    memset(package, 0, sizeof(*package));
    memset(r, 0, sizeof(*r));
    if (status == DELTA_OK) {
        status = check_size(old_size, "old", error);
    }
    if (status == DELTA_OK) {
        status = check_size(new_size, "new", error);
    }
    if (status != DELTA_OK) {
        return status;
    }
    struct delta_pair pair = {
        .old_data = old_data,
        .old_size = (uint32_t)old_size,
        .new_data = new_data,
        .new_size = (uint32_t)new_size,
    };
    r->is_same =
        old_size == new_size && memcmp(old_data, new_data, new_size) == 0;
    status = make_pair(package, r, &pair, o, error);
    if (status != DELTA_OK) {
        delta_free(package);
        memset(r, 0, sizeof(*r));
    }
    return status;
}
