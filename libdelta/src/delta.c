// SPDX-License-Identifier: MIT
// Makes packages: options, coding, framing, self-check.

#include "delta.h"

#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "bytes.h"
#include "encode.h"
#include "files.h"
#include "errors.h"
#include "identify.h"
#include "inspect.h"
#include "make.h"
#include "oneslot.h"
#include "package.h"
#include "parallel.h"
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
    if (delta_arch_name(o->arch) == NULL) {
        return delta_fail(error, DELTA_ERR_OPTION, "arch",
                          "unknown architecture (found %d, expected 0 to %d)",
                          (int)o->arch, (int)DELTA_ARCH_BIG);
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
    return status == DELTA_OK ? delta_oneslot_check(o, error) : status;
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

// Sizes of work memory that are made use of: two in each power of two, those
// that people have among them.
#define BUDGET_LEAST 4096u

#define STORED_CHUNK 4096u

// Where the memory goes besides tables and model.
struct ram_use {
    uint32_t more; // what features add
    bool is_signed;
};

static struct delta_budget budget_of(uint32_t ram, const struct ram_use *use)
{
    uint32_t chunk = delta_chunk_size(ram);
    uint32_t fixed =
        delta_ram_field(DFOTA_CODEC_STORED, 0, 0, chunk) + use->more;

    return (struct delta_budget){
        ram, ram > fixed ? ram - fixed : 0, chunk,
        use->is_signed ? DFOTA_DIGEST_SHA256 : DFOTA_DIGEST_XXH64, use->more};
}

// Those up to `ram` that are enough for codec range; *least is the first one.
static uint32_t list_budgets(struct delta_budget *budgets, uint32_t ram,
                             const struct ram_use *use, uint32_t *least)
{
    uint32_t need = delta_encode_least(DFOTA_CODEC_RANGE);
    uint32_t count = 0;
    uint32_t i;

    *least = 0;
    for (i = 0; i < DELTA_BUDGETS_MAX; i++) {
        uint32_t size = (i % 2 == 0 ? BUDGET_LEAST : BUDGET_LEAST / 2 * 3)
                        << i / 2;
        struct delta_budget budget = budget_of(size, use);

        if (budget.memory < need) {
            continue;
        }
        *least = *least == 0 ? size : *least;
        if (size <= ram) {
            budgets[count++] = budget;
        }
    }
    return count;
}

// Deflate's window is what it is: all of the memory is its budget.
static uint32_t one_budget(struct delta_budget *budget, uint32_t ram,
                           const struct ram_use *use, uint32_t *least)
{
    uint32_t need = delta_encode_least(DFOTA_CODEC_DEFLATE);

    *budget = budget_of(ram & ~7u, use);
    for (*least = need; budget_of(*least, use).memory < need;) {
        *least += 8;
    }
    return budget->memory >= need;
}

static enum delta_status fail_limit(struct delta_error *error, uint32_t ram,
                                    uint32_t least)
{
    return delta_fail(error, DELTA_ERR_LIMIT, "ram",
                      "work memory too small for this codec (found %lu, "
                      "expected at least %lu)",
                      (unsigned long)ram, (unsigned long)least);
}

// The new image as it is.
// What is stored needs no tables, so there is memory for larger chunks: 4 KiB
// keep digests at 0.4 %.
static uint32_t stored_chunk(const struct delta_budget *budget)
{
    uint32_t more = budget->more;
    uint32_t chunk = STORED_CHUNK;

    while (chunk > budget->chunk_size &&
           delta_ram_field(DFOTA_CODEC_STORED, 0, 0, chunk) + more >
               budget->ram) {
        chunk -= 256;
    }
    return chunk > budget->chunk_size ? chunk : budget->chunk_size;
}

// Whether the image as it is makes the smaller package.
static bool is_stored_smaller(const struct delta_stream *stream,
                              uint32_t new_size, bool is_signed)
{
    uint32_t seal = is_signed ? DFOTA_SEAL_ECDSA : DFOTA_SEAL_XXH64;

    return delta_body_size(stream->size, stream->budget.chunk_size, seal) >=
           delta_body_size(new_size, stored_chunk(&stream->budget), seal);
}

static enum delta_status store(struct delta_stream *stream,
                               const struct delta_pair *pair,
                               struct delta_error *error)
{
    uint32_t base = stream->base;
    uint32_t new_base = stream->new_base;
    bool has_base = stream->has_base;
    uint32_t regions = stream->regions;
    struct delta_budget budget = stream->budget;
    struct delta_inplace inplace = stream->inplace;

    free(stream->data);
    free(stream->trace.places);
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
    stream->new_base = new_base;
    stream->has_base = has_base;
    stream->regions = regions;
    stream->inplace = inplace;
    stream->inplace.backwards = false; // nothing is read, and nothing moves
    stream->budget = budget;
    stream->budget.chunk_size = stored_chunk(&budget);
    return DELTA_OK;
}

static enum delta_status code(struct delta_stream *stream,
                              const struct delta_pair *pair,
                              const struct delta_options *o,
                              const struct delta_place_limits *place,
                              bool trace, struct delta_error *error)
{
    uint32_t ram = o->ram != 0 ? o->ram : DELTA_RAM_DEFAULT;
    struct ram_use use = {
        .more = place == NULL ? 0
                              : delta_ram_more(DFOTA_FEATURE_IN_PLACE,
                                               place->manifest_size),
        .is_signed = o->key != NULL,
    };
    struct delta_budget budgets[DELTA_BUDGETS_MAX];
    struct delta_options copy = *o; // the callback's context is not const
    struct delta_coding coding = {
        .codec =
            o->codec == DELTA_RANGE ? DFOTA_CODEC_RANGE : DFOTA_CODEC_DEFLATE,
        .level = o->level != 0 ? o->level : DELTA_LEVEL_DEFAULT,
        .budgets = budgets,
        .base_given = o->has_base,
        .base = o->base,
        .arch_given = o->arch != DELTA_ARCH_AUTO,
        .arch = delta_arch_value(o->arch),
        .place = place,
        .trace = trace,
        .threads = delta_threads(o->threads),
        .progress = o->progress != NULL ? coding_progress : NULL,
        .context = &copy,
    };
    enum delta_status status;
    uint32_t least;

    coding.budget_count = coding.codec == DFOTA_CODEC_RANGE
                              ? list_budgets(budgets, ram, &use, &least)
                              : one_budget(budgets, ram, &use, &least);
    if (coding.budget_count == 0) {
        return fail_limit(error, ram, least);
    }
    status = delta_encode(stream, pair, &coding);
    if (status != DELTA_OK) {
        return delta_fail(error, status, "new", NULL);
    }
    if (is_stored_smaller(stream, pair->new_size, o->key != NULL)) {
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
    dfc_put16(part + DFOTA_PART_MAP_ENTRIES, stream->table_entries);
    dfc_put16(part + DFOTA_PART_PARAM, stream->param);
    dfc_put32(part + DFOTA_PART_OLD_SIZE, pair->old_size);
    dfc_put32(part + DFOTA_PART_NEW_SIZE, pair->new_size);
    dfc_put32(part + DFOTA_PART_BASE, stream->base);
    dfc_put32(part + DFOTA_PART_STREAM_SIZE, stream->size);
}

struct digest_work {
    const struct delta_pair *pair;
    uint8_t *sha256[2]; // of the old and the new image
    uint8_t *xxh64[2];
};

static void digest_image(void *context, uint32_t is_new)
{
    const struct digest_work *work = context;
    const struct delta_pair *pair = work->pair;
    const uint8_t *data = is_new ? pair->new_data : pair->old_data;
    uint32_t size = is_new ? pair->new_size : pair->old_size;

    delta_sha256(work->sha256[is_new], data, size);
    delta_xxh64(work->xxh64[is_new], data, size);
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
                       const struct delta_options *o,
                       const struct delta_kept *kept)
{
    uint8_t check[16];
    struct digest_work work = {pair,
                               {draft->part + DFOTA_PART_OLD_SHA256,
                                draft->part + DFOTA_PART_NEW_SHA256},
                               {check, check + 8}};

    memset(draft, 0, sizeof(*draft));
    draft->mode = DFOTA_MODE_TWO_SLOT;
    draft->counter = o->counter;
    draft->chunk_size = stream->budget.chunk_size;
    draft->ram = delta_ram_field(stream->codec, stream->param,
                                 stream->table_entries, draft->chunk_size);
    put_part(draft->part, stream, pair);
    put_text(draft, DFOTA_TAG_PRODUCT, o->product);
    put_text(draft, DFOTA_TAG_FROM_VERSION, o->from_version);
    put_text(draft, DFOTA_TAG_TO_VERSION, o->to_version);
    delta_parallel(delta_threads(o->threads), 2, digest_image, &work);
    delta_draft_record(draft, DFOTA_TAG_IMAGE_CHECK, check, sizeof(check));
    if (stream->new_base != stream->base) {
        uint8_t base[4];

        dfc_put32(base, stream->new_base);
        delta_draft_record(draft, DFOTA_TAG_NEW_BASE, base, sizeof(base));
    }
    if (kept != NULL) {
        delta_oneslot_geometry(draft, &stream->inplace);
        delta_oneslot_kept(draft, kept);
    }
    draft->stream = stream->data;
    draft->stream_size = stream->size;
}

// Apply the package as a module would that has the key, the product and the
// counter it was made for. Whatever fails here is a bug.
static enum delta_status check_package(struct delta_report *report,
                                       const struct delta_bytes *package,
                                       const struct delta_pair *pair,
                                       const struct delta_options *o,
                                       struct delta_error *error)
{
    uint32_t ram = o->ram != 0 ? o->ram : DELTA_RAM_DEFAULT;
    struct dfp_info raw;
    struct delta_bytes made = {NULL, 0};
    struct delta_options copy = *o;
    struct delta_flash_use use = {.slot = {0}};
    struct delta_run run = {
        .old_data = pair->old_data,
        .old_size = pair->old_size,
        .package = package->data,
        .info = &raw,
        .keys = o->key,
        .key_count = o->key != NULL ? 1 : 0,
        .product = o->product,
        .counter = o->counter,
        .journal_page = o->in_place.journal_page,
        .journal_block = o->in_place.journal_block,
        .progress = o->progress != NULL ? check_progress : NULL,
        .context = &copy,
        .use = &use,
    };
    enum delta_status status =
        delta_examine(&report->info, &raw, package->data, package->size, error);

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
    report->slot = use.slot;
    report->scratch = use.scratch;
    report->journal = use.journal;
    report->journal_size = use.journal_size;
    if (status != DELTA_OK && status != DELTA_ERR_NOMEM) {
        status = DELTA_ERR_CHECK;
        if (error != NULL) {
            error->status = status;
        }
    }
    return status;
}

static enum delta_status check_journal(const struct delta_report *report,
                                       const struct delta_options *o,
                                       struct delta_error *error)
{
    uint32_t found = o->in_place.journal_size;

    if (o->mode == DELTA_IN_PLACE && found != 0 &&
        found < report->journal_size) {
        return delta_fail(error, DELTA_ERR_LAYOUT, "layout",
                          "journal.size: too small for updates in place (found "
                          "%lu, expected at least %lu)",
                          (unsigned long)found,
                          (unsigned long)report->journal_size);
    }
    return DELTA_OK;
}

static enum delta_status
make_with(struct delta_bytes *package, struct delta_report *report,
          struct delta_stream *stream, const struct delta_pair *pair,
          const struct delta_options *o, const struct delta_oneslot *slot,
          bool trace, struct delta_error *error)
{
    struct delta_draft draft;
    enum delta_status status = code(
        stream, pair, o, slot != NULL ? &slot->limits : NULL, trace, error);

    if (status == DELTA_OK) {
        make_draft(&draft, stream, pair, o, slot != NULL ? &slot->kept : NULL);
        status = delta_seal(package, &draft, o->key, error);
    }
    if (status == DELTA_OK) {
        status = check_package(report, package, pair, o, error);
    }
    return status == DELTA_OK ? check_journal(report, o, error) : status;
}

static enum delta_status
make_pair(struct delta_bytes *package, struct delta_report *report,
          struct delta_stream *stream, const struct delta_pair *pair,
          const struct delta_options *o, bool trace, struct delta_error *error)
{
    struct delta_oneslot slot;
    enum delta_status status;

    if (o->mode == DELTA_IN_PLACE) {
        status = delta_oneslot_open(&slot, o, pair, error);
        if (status == DELTA_OK) {
            status = make_with(package, report, stream, pair, o, &slot, trace,
                               error);
        }
        delta_oneslot_close(&slot);
    } else {
        status =
            make_with(package, report, stream, pair, o, NULL, trace, error);
    }
    report->is_stored = stream->codec == DFOTA_CODEC_STORED;
    report->has_base = stream->has_base;
    report->regions = stream->regions;
    report->bytes_map = stream->bytes_map;
    report->bytes_hits = stream->bytes_hits;
    report->bytes_corrections = stream->bytes_corrections;
    report->bytes_sources = stream->bytes_sources;
    report->bytes_literals = stream->bytes_literals;
    report->literals = report->is_stored
                           ? pair->new_size
                           : stream->tally.count[DELTA_CAUSE_LITERAL];
    return status;
}

static enum delta_status
make_images(struct delta_bytes *package, struct delta_report *report,
            struct delta_stream *stream, const struct delta_image *old_image,
            const struct delta_image *new_image, const struct delta_options *o,
            bool trace, struct delta_error *error)
{
    enum delta_status status = check_options(o, error);

    if (status == DELTA_OK) {
        status = check_size(old_image->size, "old", error);
    }
    if (status == DELTA_OK) {
        status = check_size(new_image->size, "new", error);
    }
    if (status != DELTA_OK) {
        return status;
    }
    struct delta_pair pair = {
        .old_data = old_image->data,
        .old_size = old_image->size,
        .new_data = new_image->data,
        .new_size = new_image->size,
        .old_image = old_image,
        .new_image = new_image,
    };
    report->is_same = pair.old_size == pair.new_size &&
                      memcmp(pair.old_data, pair.new_data, pair.new_size) == 0;
    return make_pair(package, report, stream, &pair, o, trace, error);
}

enum delta_status delta_make_traced(struct delta_bytes *package,
                                    struct delta_report *report,
                                    struct delta_stream *stream,
                                    const struct delta_image *old_image,
                                    const struct delta_image *new_image,
                                    const struct delta_options *options,
                                    struct delta_error *error)
{
    static const struct delta_options defaults;
    struct delta_stream own_stream;
    struct delta_stream *s = stream != NULL ? stream : &own_stream;
    struct delta_report own_report;
    struct delta_report *r = report != NULL ? report : &own_report;
    enum delta_status status;

    memset(package, 0, sizeof(*package));
    memset(r, 0, sizeof(*r));
    memset(s, 0, sizeof(*s));
    status = make_images(package, r, s, old_image, new_image,
                         options != NULL ? options : &defaults, stream != NULL,
                         error);
    free(s->data);
    s->data = NULL;
    if (status != DELTA_OK) {
        delta_free(package);
        memset(r, 0, sizeof(*r));
        free(s->trace.places);
        s->trace.places = NULL;
    }
    return status;
}

enum delta_status delta_make_images(struct delta_bytes *package,
                                    struct delta_report *report,
                                    const struct delta_image *old_image,
                                    const struct delta_image *new_image,
                                    const struct delta_options *options,
                                    struct delta_error *error)
{
    return delta_make_traced(package, report, NULL, old_image, new_image,
                             options, error);
}

enum delta_status delta_make(struct delta_bytes *package,
                             struct delta_report *report, const void *old_data,
                             size_t old_size, const void *new_data,
                             size_t new_size,
                             const struct delta_options *options,
                             struct delta_error *error)
{
    struct delta_image old_image, new_image;
    enum delta_status status =
        delta_image_wrap(&old_image, old_data, old_size, "old", error);

    memset(package, 0, sizeof(*package));
    if (report != NULL) {
        memset(report, 0, sizeof(*report));
    }
    memset(&new_image, 0, sizeof(new_image));
    if (status == DELTA_OK) {
        status = delta_image_wrap(&new_image, new_data, new_size, "new", error);
    }
    if (status == DELTA_OK) {
        status = delta_make_images(package, report, &old_image, &new_image,
                                   options, error);
    }
    delta_image_free(&old_image);
    delta_image_free(&new_image);
    return status;
}
