// SPDX-License-Identifier: MIT
// Makes packages: the parts are coded one after the other, framed together,
// and applied.

#include "make.h"

#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "coding.h"
#include "errors.h"
#include "inspect.h"
#include "making.h"
#include "sign.h"
#include "unmanaged.h"

// Progress, in permille: coding takes nearly all of the time.
#define CODING_SHARE 900u

// A delta of less than this share of the new image is not compared with a full
// image: what only compresses does not become so small.
#define FULL_SHARE 4u

// One package on its way.
struct job {
    const struct delta_options *options;
    struct delta_making parts[DELTA_PARTS_MAX];
    uint32_t count;
    uint32_t at;       // part that is being coded
    uint32_t manifest; // bytes of it at most
    bool trace;
};

static uint32_t ram_of(const struct delta_options *o)
{
    return o->ram != 0 ? o->ram : DELTA_RAM_DEFAULT;
}

static void coding_progress(void *context, unsigned permille)
{
    const struct job *job = context;

    job->options->progress(job->options->context, (job->at * 1000 + permille) *
                                                      CODING_SHARE /
                                                      (1000 * job->count));
}

static void check_progress(void *context, unsigned permille)
{
    const struct job *job = context;

    job->options->progress(job->options->context,
                           CODING_SHARE +
                               permille * (1000 - CODING_SHARE) / 1000);
}

// --- Images ----------------------------------------------------------------

static enum delta_status check_inputs(const struct delta_part_input *parts,
                                      size_t count, struct delta_error *error)
{
    size_t ranges = 0;

    if (count < 1 || count > DELTA_PARTS_MAX) {
        return delta_fail(error, DELTA_ERR_OPTION, "package",
                          "too many or none (found %zu, expected 1 to %lu)",
                          count, (unsigned long)DELTA_PARTS_MAX);
    }
    for (size_t i = 0; i < count; i++) {
        ranges += parts[i].unmanaged_count;
        if (i > 0 && parts[i].id <= parts[i - 1].id) {
            return delta_fail(error, DELTA_ERR_OPTION, "part-ids",
                              "not ascending (found %u behind %u)",
                              (unsigned)parts[i].id, (unsigned)parts[i - 1].id);
        }
    }
    if (ranges > DELTA_UNMANAGED_MAX) {
        return delta_fail(error, DELTA_ERR_OPTION, "unmanaged",
                          "too many ranges (found %zu, expected at most %lu)",
                          ranges, (unsigned long)DELTA_UNMANAGED_MAX);
    }
    return DELTA_OK;
}

// Limits of the geometry; the parts share the room for kept blocks.
static enum delta_status open_slots(struct job *job, struct delta_error *error)
{
    uint32_t room = DFOTA_MANIFEST_MAX - job->manifest - 2u;
    uint32_t most = room / DFOTA_KEPT_SIZE / job->count;
    uint32_t runs = 0;

    most =
        most < DELTA_KEPT_MAX / job->count ? most : DELTA_KEPT_MAX / job->count;
    for (uint32_t i = 0; i < job->count; i++) {
        struct delta_making *m = &job->parts[i];
        enum delta_status status =
            delta_oneslot_open(&m->slot, &m->options, &m->pair, most, error);

        if (status != DELTA_OK) {
            return status;
        }
        runs += m->slot.kept.count;
    }
    job->manifest += runs != 0 ? 2u + DFOTA_KEPT_SIZE * runs : 0;
    for (uint32_t i = 0; i < job->count; i++) {
        job->parts[i].slot.limits.manifest_size = job->manifest;
    }
    return DELTA_OK;
}

static enum delta_status open_parts(struct job *job,
                                    const struct delta_part_input *parts,
                                    struct delta_error *error)
{
    enum delta_status status = DELTA_OK;

    for (uint32_t i = 0; status == DELTA_OK && i < job->count; i++) {
        status = delta_making_open(&job->parts[i], &parts[i], job->options, i,
                                   job->count, error);
    }
    if (status != DELTA_OK) {
        return status;
    }
    job->manifest = delta_making_manifest(job->parts, job->count, job->options);
    if (job->manifest + 2u > DFOTA_MANIFEST_MAX) {
        return delta_fail(error, DELTA_ERR_OPTION, "package",
                          "more parts, texts and ranges than a manifest holds "
                          "(found %lu bytes, expected at most %lu)",
                          (unsigned long)job->manifest,
                          (unsigned long)DFOTA_MANIFEST_MAX);
    }
    return job->options->mode == DELTA_IN_PLACE ? open_slots(job, error)
                                                : DELTA_OK;
}

// --- Coding ----------------------------------------------------------------

static enum delta_status code_part(struct job *job, struct delta_making *m,
                                   struct delta_error *error)
{
    uint32_t features = delta_making_features(job->parts, job->count);
    bool in_place = job->options->mode == DELTA_IN_PLACE && !delta_is_full(m);
    struct delta_part_coding use = {
        .ram = ram_of(job->options),
        .more = delta_ram_more(features, job->manifest),
        .chunk_size =
            job->count > 1 ? delta_chunk_size(ram_of(job->options)) : 0,
        .is_signed = job->options->key != NULL,
        .place = in_place ? &m->slot.limits : NULL,
        .trace = job->trace,
        .progress = job->options->progress != NULL ? coding_progress : NULL,
        .context = job,
    };

    return delta_code_part(&m->stream, &m->pair, &m->options, &use, error);
}

static size_t body_size(const struct job *job,
                        const struct delta_stream *stream)
{
    return delta_body_size(stream->size, stream->budget.chunk_size,
                           job->options->key != NULL ? DFOTA_SEAL_ECDSA
                                                     : DFOTA_SEAL_XXH64);
}

// Whether a full image may be smaller, and is one that all modules can take.
static bool may_be_full(const struct job *job, const struct delta_making *m)
{
    if (delta_is_full(m) || job->trace ||
        (job->options->mode == DELTA_IN_PLACE && !delta_making_fits_alone(m))) {
        return false;
    }
    return m->stream.size >= m->pair.new_size / FULL_SHARE;
}

// Keep it if it is. Its features may take memory that it then has not got.
static enum delta_status try_full(struct job *job, struct delta_making *m,
                                  struct delta_error *error)
{
    struct delta_stream delta = m->stream;
    enum delta_status status;

    memset(&m->stream, 0, sizeof(m->stream));
    delta_making_alone(m);
    status = code_part(job, m, error);
    if (status == DELTA_OK &&
        body_size(job, &m->stream) < body_size(job, &delta)) {
        free(delta.data);
        return DELTA_OK;
    }
    free(m->stream.data);
    m->stream = delta;
    delta_making_together(m);
    return status == DELTA_ERR_LIMIT ? DELTA_OK : status;
}

static enum delta_status check_alone(const struct job *job,
                                     const struct delta_making *m,
                                     struct delta_error *error)
{
    if (job->options->mode == DELTA_TWO_SLOT || !delta_is_full(m) ||
        delta_making_fits_alone(m)) {
        return DELTA_OK;
    }
    return delta_fail(error, DELTA_ERR_OPTION, "unmanaged",
                      "a full image needs ranges of whole erase blocks in "
                      "place (found others, expected multiples of %lu)",
                      (unsigned long)(m->options.in_place.block_size != 0
                                          ? m->options.in_place.block_size
                                          : DELTA_BLOCK_DEFAULT));
}

static enum delta_status code_parts(struct job *job, struct delta_error *error)
{
    enum delta_status status = DELTA_OK;

    for (job->at = 0; status == DELTA_OK && job->at < job->count; job->at++) {
        struct delta_making *m = &job->parts[job->at];

        status = check_alone(job, m, error);
        if (status == DELTA_OK) {
            status = code_part(job, m, error);
        }
        if (status == DELTA_OK && may_be_full(job, m)) {
            status = try_full(job, m, error);
        }
    }
    return status;
}

// --- Check -----------------------------------------------------------------

static enum delta_status fail_image(struct delta_error *error)
{
    return delta_fail(error, DELTA_ERR_CHECK, "package",
                      "internal error: the patcher made another image");
}

// The new image, but for the module's own bytes, which are those of the old
// one, or erased where there is none.
static enum delta_status compare(const struct delta_bytes *made,
                                 const struct delta_making *m,
                                 struct delta_error *error)
{
    const struct delta_part_input *input = m->input;
    const struct delta_image *old_image = input->old_image;

    if (made->size != m->pair.new_size) {
        return fail_image(error);
    }
    for (size_t i = 0; i < input->unmanaged_count; i++) {
        uint32_t start = input->unmanaged[i].start;
        uint32_t size = input->unmanaged[i].end - start;

        if (old_image != NULL &&
            memcmp(made->data + start, old_image->data + start, size) != 0) {
            return fail_image(error);
        }
    }
    delta_unmanaged_hide(made->data, input->unmanaged, input->unmanaged_count);
    return memcmp(made->data, m->pair.new_data, made->size) == 0
               ? DELTA_OK
               : fail_image(error);
}

static enum delta_status apply(const struct job *job,
                               const struct delta_bytes *package,
                               const struct dfp_info *raw,
                               struct delta_flash_use *use,
                               struct delta_error *error)
{
    const struct delta_options *o = job->options;
    struct delta_content old_images[DELTA_PARTS_MAX] = {{NULL, 0}};
    struct delta_bytes made[DELTA_PARTS_MAX];
    struct delta_run run = {
        .old_images = old_images,
        .package = package->data,
        .info = raw,
        .keys = o->key,
        .key_count = o->key != NULL ? 1 : 0,
        .product = o->product,
        .counter = o->counter,
        .journal_page = o->in_place.journal_page,
        .journal_block = o->in_place.journal_block,
        .progress = o->progress != NULL ? check_progress : NULL,
        .context = (void *)(uintptr_t)job, // the callback's is not const
        .use = use,
    };
    enum delta_status status;

    for (uint32_t i = 0; i < job->count; i++) {
        const struct delta_image *image = job->parts[i].input->old_image;

        if (image != NULL) {
            old_images[i] = (struct delta_content){image->data, image->size};
        }
    }
    status = delta_run_patcher(made, &run, error);
    for (uint32_t i = 0; i < job->count; i++) {
        if (status == DELTA_OK) {
            status = compare(&made[i], &job->parts[i], error);
        }
        delta_free(&made[i]);
    }
    return status;
}

// Apply the package as a module would that has the key, the product and the
// counter it was made for. Whatever fails here is a bug.
static enum delta_status check_package(struct delta_flash_use *use,
                                       const struct job *job,
                                       const struct delta_bytes *package,
                                       struct delta_error *error)
{
    uint32_t ram = ram_of(job->options);
    struct delta_info info;
    struct dfp_info raw;
    enum delta_status status =
        delta_examine(&info, &raw, package->data, package->size, 0, error);

    if (status == DELTA_OK && raw.ram > ram) {
        return delta_fail(error, DELTA_ERR_CHECK, "package",
                          "internal error: work memory beyond the budget "
                          "(found %lu, expected at most %lu)",
                          (unsigned long)raw.ram, (unsigned long)ram);
    }
    if (status == DELTA_OK) {
        status = apply(job, package, &raw, use, error);
    }
    if (status != DELTA_OK && status != DELTA_ERR_NOMEM) {
        status = DELTA_ERR_CHECK;
        if (error != NULL) {
            error->status = status;
        }
    }
    return status;
}

static enum delta_status check_journal(const struct delta_flash_use *use,
                                       const struct delta_options *o,
                                       struct delta_error *error)
{
    uint32_t found = o->in_place.journal_size;

    if (o->mode == DELTA_IN_PLACE && found != 0 && found < use->journal_size) {
        return delta_fail(error, DELTA_ERR_LAYOUT, "layout",
                          "journal.size: too small for updates in place (found "
                          "%lu, expected at least %lu)",
                          (unsigned long)found,
                          (unsigned long)use->journal_size);
    }
    return DELTA_OK;
}

// --- Report ----------------------------------------------------------------

static bool is_same(const struct delta_making *m)
{
    const struct delta_image *a = m->images[0];
    const struct delta_image *b = m->images[1];

    return a != NULL && a->size == b->size &&
           memcmp(a->data, b->data, b->size) == 0;
}

static void report_part(struct delta_report *report,
                        const struct delta_bytes *package,
                        const struct delta_making *m, uint32_t part,
                        const struct delta_flash_use *use)
{
    const struct delta_stream *stream = &m->stream;

    (void)delta_inspect_part(&report->info, package->data, package->size, part,
                             NULL);
    report->is_same = is_same(m);
    report->is_stored = stream->codec == DFOTA_CODEC_STORED;
    report->has_base = stream->has_base;
    report->regions = stream->regions;
    report->bytes_map = stream->bytes_map;
    report->bytes_hits = stream->bytes_hits;
    report->bytes_corrections = stream->bytes_corrections;
    report->bytes_sources = stream->bytes_sources;
    report->bytes_literals = stream->bytes_literals;
    report->literals = report->is_stored
                           ? m->pair.new_size
                           : stream->tally.count[DELTA_CAUSE_LITERAL];
    report->slot = use->slot;
    report->scratch = use->scratch;
    report->journal = use->journal;
    report->journal_size = use->journal_size;
}

// --- The whole -------------------------------------------------------------

static enum delta_status build(struct delta_bytes *package, struct job *job,
                               struct delta_error *error)
{
    struct delta_draft draft;
    enum delta_status status =
        delta_making_draft(&draft, job->parts, job->count, job->options, error);

    if (status == DELTA_OK) {
        status = delta_seal(package, &draft, job->options->key, error);
    }
    free((void *)(uintptr_t)draft.stream);
    return status;
}

static enum delta_status make(struct delta_bytes *package,
                              struct delta_report *reports, struct job *job,
                              const struct delta_part_input *parts,
                              struct delta_error *error)
{
    struct delta_flash_use use[DELTA_PARTS_MAX] = {{.slot = {0}}};
    enum delta_status status = open_parts(job, parts, error);

    if (status == DELTA_OK) {
        status = code_parts(job, error);
    }
    if (status == DELTA_OK) {
        status = build(package, job, error);
    }
    if (status == DELTA_OK) {
        status = check_package(use, job, package, error);
    }
    if (status == DELTA_OK) {
        status = check_journal(&use[0], job->options, error);
    }
    for (uint32_t i = 0;
         status == DELTA_OK && reports != NULL && i < job->count; i++) {
        report_part(&reports[i], package, &job->parts[i], i, &use[i]);
    }
    return status;
}

// Hand over the first part's stream without its data.
static void keep_stream(struct delta_stream *stream, struct job *job,
                        bool is_made)
{
    struct delta_stream *own = &job->parts[0].stream;

    if (stream == NULL) {
        free(own->trace.places);
        return;
    }
    if (is_made) {
        *stream = *own;
        stream->data = NULL;
    } else {
        free(own->trace.places);
    }
}

enum delta_status delta_make_package(struct delta_bytes *package,
                                     struct delta_report *reports,
                                     struct delta_stream *stream,
                                     const struct delta_part_input *parts,
                                     size_t part_count,
                                     const struct delta_options *options,
                                     struct delta_error *error)
{
    static const struct delta_options defaults;
    enum delta_status status = check_inputs(parts, part_count, error);
    struct job *job;

    memset(package, 0, sizeof(*package));
    if (stream != NULL) {
        memset(stream, 0, sizeof(*stream));
    }
    if (status != DELTA_OK) {
        return status;
    }
    if (reports != NULL) {
        memset(reports, 0, part_count * sizeof(*reports));
    }
    job = calloc(1, sizeof(*job));
    if (job == NULL) {
        return delta_fail_memory(error, "new");
    }
    job->options = options != NULL ? options : &defaults;
    job->count = (uint32_t)part_count;
    job->trace = stream != NULL;
    status = make(package, reports, job, parts, error);
    keep_stream(stream, job, status == DELTA_OK);
    for (uint32_t i = 0; i < job->count; i++) {
        delta_making_close(&job->parts[i]);
    }
    free(job);
    if (status != DELTA_OK) {
        delta_free(package);
    }
    return status;
}

enum delta_status
delta_make_parts(struct delta_bytes *package, struct delta_report *reports,
                 const struct delta_part_input *parts, size_t part_count,
                 const struct delta_options *options, struct delta_error *error)
{
    return delta_make_package(package, reports, NULL, parts, part_count,
                              options, error);
}
