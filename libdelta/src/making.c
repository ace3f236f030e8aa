// SPDX-License-Identifier: MIT
// Parts on their way into a package: images, ranges, and their records.

#include "making.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "errors.h"
#include "make.h"
#include "parallel.h"
#include "unmanaged.h"

// --- Images ----------------------------------------------------------------

// What of the options is the package's.
static void merge_options(struct delta_options *o,
                          const struct delta_options *own,
                          const struct delta_options *package)
{
    *o = *package;
    if (own != NULL) {
        o->codec = own->codec;
        o->level = own->level;
        o->has_base = own->has_base;
        o->base = own->base;
        o->arch = own->arch;
        o->in_place = own->in_place;
    }
}

static enum delta_status check_size(const struct delta_image *image,
                                    const char *subject,
                                    struct delta_error *error)
{
    if (image->size < 1 || image->size > DELTA_IMAGE_MAX) {
        return delta_fail(
            error, DELTA_ERR_IMAGE, subject,
            "%s (found %lu bytes, expected 1 to %lu)",
            image->size < 1 ? "image is empty" : "image is too large",
            (unsigned long)image->size, (unsigned long)DELTA_IMAGE_MAX);
    }
    return DELTA_OK;
}

static enum delta_status check_ranges(const struct delta_part_input *input,
                                      struct delta_error *error)
{
    uint32_t size = input->new_image->size;
    uint32_t last = 0;

    if (input->old_image != NULL && input->old_image->size < size) {
        size = input->old_image->size;
    }
    for (size_t i = 0; i < input->unmanaged_count; i++) {
        const struct delta_span *span = &input->unmanaged[i];

        if (span->start < last || span->start >= span->end ||
            span->end > size) {
            return delta_fail(error, DELTA_ERR_OPTION, "unmanaged",
                              "not a range behind the one before and within "
                              "both images (found %#lx-%#lx, expected within "
                              "%#lx-%#lx)",
                              (unsigned long)span->start,
                              (unsigned long)span->end, (unsigned long)last,
                              (unsigned long)size);
        }
        last = span->end;
    }
    return DELTA_OK;
}

// The image as the package sees it.
static enum delta_status see_image(struct delta_making *m, bool is_new,
                                   const struct delta_image *image,
                                   const char *subject,
                                   struct delta_error *error)
{
    const struct delta_part_input *input = m->input;

    m->images[is_new] = image;
    if (input->unmanaged_count == 0) {
        return DELTA_OK;
    }
    m->hidden[is_new] = *image;
    m->hidden[is_new].data = delta_unmanaged_copy(
        image->data, image->size, input->unmanaged, input->unmanaged_count);
    m->images[is_new] = &m->hidden[is_new];
    return m->hidden[is_new].data != NULL ? DELTA_OK
                                          : delta_fail_memory(error, subject);
}

enum delta_status delta_making_open(struct delta_making *m,
                                    const struct delta_part_input *input,
                                    const struct delta_options *options,
                                    uint32_t index, uint32_t count,
                                    struct delta_error *error)
{
    const char *old_name = delta_subject(false, index, count);
    const char *new_name = delta_subject(true, index, count);
    enum delta_status status;

    m->input = input;
    merge_options(&m->options, input->options, options);
    status = delta_check_options(&m->options, error);
    if (status == DELTA_OK && input->old_image != NULL) {
        status = check_size(input->old_image, old_name, error);
    }
    if (status == DELTA_OK) {
        status = check_size(input->new_image, new_name, error);
    }
    if (status == DELTA_OK) {
        status = check_ranges(input, error);
    }
    if (status == DELTA_OK && input->old_image != NULL) {
        status = see_image(m, false, input->old_image, old_name, error);
    }
    if (status == DELTA_OK) {
        status = see_image(m, true, input->new_image, new_name, error);
    }
    if (status == DELTA_OK) {
        delta_making_together(m);
    }
    return status;
}

void delta_making_close(struct delta_making *m)
{
    delta_oneslot_close(&m->slot);
    free(m->stream.data);
    free(m->hidden[0].data);
    free(m->hidden[1].data);
}

void delta_making_alone(struct delta_making *m)
{
    static const uint8_t none[1];

    m->pair.old_data = none;
    m->pair.old_size = 0;
    m->pair.old_image = NULL;
}

void delta_making_together(struct delta_making *m)
{
    const struct delta_image *old_image = m->images[0];

    m->pair = (struct delta_pair){
        .new_data = m->images[1]->data,
        .new_size = m->images[1]->size,
        .new_image = m->images[1],
    };
    if (old_image == NULL) {
        delta_making_alone(m);
        return;
    }
    m->pair.old_data = old_image->data;
    m->pair.old_size = old_image->size;
    m->pair.old_image = old_image;
}

bool delta_making_fits_alone(const struct delta_making *m)
{
    uint32_t block = m->options.in_place.block_size;
    uint32_t size = m->pair.new_size;

    block = block != 0 ? block : DELTA_BLOCK_DEFAULT;
    for (size_t i = 0; i < m->input->unmanaged_count; i++) {
        const struct delta_span *span = &m->input->unmanaged[i];

        if (span->start % block != 0 ||
            (span->end % block != 0 && span->end != size)) {
            return false;
        }
    }
    return true;
}

// --- Manifest --------------------------------------------------------------

uint32_t delta_making_features(const struct delta_making *parts, uint32_t count)
{
    uint32_t features = count > 1 ? DFOTA_FEATURE_PARTS : 0;

    for (uint32_t i = 0; i < count; i++) {
        if (delta_is_full(&parts[i])) {
            features |= DFOTA_FEATURE_FULL;
        } else if (parts[i].options.mode == DELTA_IN_PLACE) {
            features |= DFOTA_FEATURE_IN_PLACE;
        }
        if (parts[i].input->unmanaged_count != 0) {
            features |= DFOTA_FEATURE_UNMANAGED;
        }
    }
    return features;
}

static uint32_t text_size(const char *text)
{
    return text != NULL ? 2u + (uint32_t)strlen(text) : 0;
}

// An unsigned package has the larger one.
uint32_t delta_making_manifest(const struct delta_making *parts, uint32_t count,
                               const struct delta_options *options)
{
    uint32_t size =
        DFOTA_MAN_DIGEST + DFOTA_DIGEST_XXH64 + text_size(options->product) +
        text_size(options->from_version) + text_size(options->to_version);
    uint32_t ranges = 0;

    size += count * DFOTA_PART_SIZE;
    size += 2u + 16u * count + 2u + 4u * count; // checks, new bases
    if (options->mode == DELTA_IN_PLACE) {
        size += 2u + DFOTA_GEO_SIZE * count;
    }
    for (uint32_t i = 0; i < count; i++) {
        ranges += (uint32_t)parts[i].input->unmanaged_count;
    }
    return size + (ranges != 0 ? 2u + DFOTA_UNMANAGED_SIZE * ranges : 0);
}

static void put_part(uint8_t *part, const struct delta_making *m)
{
    const struct delta_stream *stream = &m->stream;

    part[DFOTA_PART_ID] = m->input->id;
    part[DFOTA_PART_CODEC] = stream->codec;
    part[DFOTA_PART_CODEC_VERSION] = stream->codec_version;
    part[DFOTA_PART_ARCH] = stream->arch;
    dfc_put16(part + DFOTA_PART_MAP_ENTRIES, stream->table_entries);
    dfc_put16(part + DFOTA_PART_PARAM, stream->param);
    dfc_put32(part + DFOTA_PART_OLD_SIZE, m->pair.old_size);
    dfc_put32(part + DFOTA_PART_NEW_SIZE, m->pair.new_size);
    dfc_put32(part + DFOTA_PART_BASE, stream->base);
    dfc_put32(part + DFOTA_PART_STREAM_SIZE, stream->size);
}

static void put_text(struct delta_draft *draft, uint8_t tag, const char *text)
{
    if (text != NULL) {
        delta_draft_record(draft, tag, text, strlen(text));
    }
}

struct digest_work {
    const struct delta_making *parts;
    struct delta_draft *draft;
    uint8_t *check; // record 5
};

// Image index: old and new one of each part in turn. Where there is none all
// is zero.
static void digest_image(void *context, uint32_t index)
{
    const struct digest_work *work = context;
    const struct delta_pair *pair = &work->parts[index / 2].pair;
    bool is_new = index % 2 != 0;
    const uint8_t *data = is_new ? pair->new_data : pair->old_data;
    uint32_t size = is_new ? pair->new_size : pair->old_size;
    uint8_t *part = work->draft->parts[index / 2];

    if (size != 0) {
        delta_sha256(
            part + (is_new ? DFOTA_PART_NEW_SHA256 : DFOTA_PART_OLD_SHA256),
            data, size);
        delta_xxh64(work->check + (size_t)8 * index, data, size);
    }
}

static void put_checks(struct delta_draft *draft,
                       const struct delta_making *parts,
                       const struct delta_options *options)
{
    uint8_t check[16 * DFOTA_PARTS_MAX] = {0};
    struct digest_work work = {parts, draft, check};
    uint32_t count = draft->part_count;

    delta_parallel(delta_threads(options->threads), 2 * count, digest_image,
                   &work);
    delta_draft_record(draft, DFOTA_TAG_IMAGE_CHECK, check, (size_t)16 * count);
}

static void put_new_bases(struct delta_draft *draft,
                          const struct delta_making *parts)
{
    uint8_t bases[4 * DFOTA_PARTS_MAX];
    bool differ = false;

    for (uint32_t i = 0; i < draft->part_count; i++) {
        dfc_put32(bases + (size_t)4 * i, parts[i].stream.new_base);
        differ |= parts[i].stream.new_base != parts[i].stream.base;
    }
    if (differ) {
        delta_draft_record(draft, DFOTA_TAG_NEW_BASE, bases,
                           (size_t)4 * draft->part_count);
    }
}

static void put_geometries(struct delta_draft *draft,
                           const struct delta_making *parts)
{
    uint8_t geometries[DFOTA_GEO_SIZE * DFOTA_PARTS_MAX];

    if ((draft->features & DFOTA_FEATURE_IN_PLACE) == 0) {
        return;
    }
    draft->mode = DFOTA_MODE_IN_PLACE;
    for (uint32_t i = 0; i < draft->part_count; i++) {
        delta_oneslot_geometry(geometries + (size_t)DFOTA_GEO_SIZE * i,
                               &parts[i].stream.inplace, &parts[i].slot.limits);
    }
    delta_draft_record(draft, DFOTA_TAG_GEOMETRY, geometries,
                       (size_t)DFOTA_GEO_SIZE * draft->part_count);
}

static void put_ranges(struct delta_draft *draft,
                       const struct delta_making *parts)
{
    uint8_t ranges[DFOTA_UNMANAGED_SIZE * DELTA_UNMANAGED_MAX];
    uint8_t *range = ranges;

    for (uint32_t i = 0; i < draft->part_count; i++) {
        for (size_t k = 0; k < parts[i].input->unmanaged_count; k++) {
            range[0] = (uint8_t)i;
            dfc_put32(range + 1, parts[i].input->unmanaged[k].start);
            dfc_put32(range + 5, parts[i].input->unmanaged[k].end);
            range += DFOTA_UNMANAGED_SIZE;
        }
    }
    if (range != ranges) {
        delta_draft_record(draft, DFOTA_TAG_UNMANAGED, ranges,
                           (size_t)(range - ranges));
    }
}

static void put_kept(struct delta_draft *draft,
                     const struct delta_making *parts)
{
    uint8_t runs[DELTA_KEPT_MAX * DFOTA_KEPT_SIZE];
    uint32_t count = 0;

    for (uint32_t i = 0; i < draft->part_count; i++) {
        if (!delta_is_full(&parts[i])) {
            count += delta_oneslot_kept(runs + count * DFOTA_KEPT_SIZE, i,
                                        &parts[i].slot.kept);
        }
    }
    if (count > 0) {
        delta_draft_record(draft, DFOTA_TAG_KEPT, runs,
                           count * DFOTA_KEPT_SIZE);
    }
}

static bool join_streams(struct delta_draft *draft,
                         const struct delta_making *parts)
{
    uint8_t *joined;

    for (uint32_t i = 0; i < draft->part_count; i++) {
        draft->stream_size += parts[i].stream.size;
    }
    joined = malloc(draft->stream_size);
    if (joined == NULL) {
        return false;
    }
    draft->stream = joined;
    for (uint32_t i = 0; i < draft->part_count; i++) {
        memcpy(joined, parts[i].stream.data, parts[i].stream.size);
        joined += parts[i].stream.size;
    }
    return true;
}

enum delta_status delta_making_draft(struct delta_draft *draft,
                                     struct delta_making *parts, uint32_t count,
                                     const struct delta_options *options,
                                     struct delta_error *error)
{
    memset(draft, 0, sizeof(*draft));
    draft->mode = DFOTA_MODE_TWO_SLOT;
    draft->features = delta_making_features(parts, count);
    draft->counter = options->counter;
    draft->chunk_size = parts[0].stream.budget.chunk_size;
    draft->part_count = count;
    for (uint32_t i = 0; i < count; i++) {
        const struct delta_stream *stream = &parts[i].stream;
        uint32_t ram =
            delta_ram_field(stream->codec, stream->param, stream->table_entries,
                            draft->chunk_size);

        put_part(draft->parts[i], &parts[i]);
        draft->ram = ram > draft->ram ? ram : draft->ram;
    }
    put_text(draft, DFOTA_TAG_PRODUCT, options->product);
    put_text(draft, DFOTA_TAG_FROM_VERSION, options->from_version);
    put_text(draft, DFOTA_TAG_TO_VERSION, options->to_version);
    put_checks(draft, parts, options);
    put_new_bases(draft, parts);
    put_geometries(draft, parts);
    put_ranges(draft, parts);
    put_kept(draft, parts);
    return join_streams(draft, parts) ? DELTA_OK
                                      : delta_fail_memory(error, "new");
}
