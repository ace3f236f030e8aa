// SPDX-License-Identifier: MIT
// Codes parts: the memory there is, the codec, and the image as it is where
// nothing is smaller.

#include "coding.h"

#include <stdlib.h>
#include <string.h>

#include "dfota/format.h"
#include "errors.h"
#include "identify.h"
#include "package.h"
#include "parallel.h"

// Sizes of work memory that are made use of: two in each power of two, those
// that people have among them.
#define BUDGET_LEAST 4096u

#define STORED_CHUNK 4096u

static struct delta_budget budget_of(uint32_t ram,
                                     const struct delta_part_coding *use)
{
    uint32_t chunk =
        use->chunk_size != 0 ? use->chunk_size : delta_chunk_size(ram);
    uint32_t fixed =
        delta_ram_field(DFOTA_CODEC_STORED, 0, 0, chunk) + use->more;

    return (struct delta_budget){
        ram, ram > fixed ? ram - fixed : 0, chunk,
        use->is_signed ? DFOTA_DIGEST_SHA256 : DFOTA_DIGEST_XXH64, use->more};
}

// Those up to `ram` that are enough for codec range; *least is the first one.
static uint32_t list_budgets(struct delta_budget *budgets, uint32_t ram,
                             const struct delta_part_coding *use,
                             uint32_t *least)
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
                           const struct delta_part_coding *use, uint32_t *least)
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

// What is stored needs no tables, so there is memory for larger chunks: 4 KiB
// keep digests at 0.4 %.
static uint32_t stored_chunk(const struct delta_budget *budget,
                             const struct delta_part_coding *use)
{
    uint32_t more = budget->more;
    uint32_t chunk = STORED_CHUNK;

    if (use->chunk_size != 0) {
        return use->chunk_size;
    }
    while (chunk > budget->chunk_size &&
           delta_ram_field(DFOTA_CODEC_STORED, 0, 0, chunk) + more >
               budget->ram) {
        chunk -= 256;
    }
    return chunk > budget->chunk_size ? chunk : budget->chunk_size;
}

// Whether the image as it is makes the smaller package.
static bool is_stored_smaller(const struct delta_stream *stream,
                              uint32_t new_size,
                              const struct delta_part_coding *use)
{
    uint32_t seal = use->is_signed ? DFOTA_SEAL_ECDSA : DFOTA_SEAL_XXH64;

    return delta_body_size(stream->size, stream->budget.chunk_size, seal) >=
           delta_body_size(new_size, stored_chunk(&stream->budget, use), seal);
}

// The new image as it is.
static enum delta_status store(struct delta_stream *stream,
                               const struct delta_pair *pair,
                               const struct delta_part_coding *use,
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
    stream->inplace.backwards = false; // the stream is the image front to back
    stream->inplace.fresh = false;
    stream->budget = budget;
    stream->budget.chunk_size = stored_chunk(&budget, use);
    return DELTA_OK;
}

enum delta_status delta_code_part(struct delta_stream *stream,
                                  const struct delta_pair *pair,
                                  const struct delta_options *o,
                                  const struct delta_part_coding *use,
                                  struct delta_error *error)
{
    struct delta_budget budgets[DELTA_BUDGETS_MAX];
    struct delta_coding coding = {
        .codec =
            o->codec == DELTA_RANGE ? DFOTA_CODEC_RANGE : DFOTA_CODEC_DEFLATE,
        .level = o->level != 0 ? o->level : DELTA_LEVEL_DEFAULT,
        .budgets = budgets,
        .base_given = o->has_base,
        .base = o->base,
        .arch_given = o->arch != DELTA_ARCH_AUTO,
        .arch = delta_arch_value(o->arch),
        .place = use->place,
        .trace = use->trace,
        .threads = delta_threads(o->threads),
        .progress = use->progress,
        .context = use->context,
    };
    enum delta_status status;
    uint32_t least;

    coding.budget_count = coding.codec == DFOTA_CODEC_RANGE
                              ? list_budgets(budgets, use->ram, use, &least)
                              : one_budget(budgets, use->ram, use, &least);
    if (coding.budget_count == 0) {
        return fail_limit(error, use->ram, least);
    }
    status = delta_encode(stream, pair, &coding);
    if (status != DELTA_OK) {
        return delta_fail(error, status, "new", NULL);
    }
    if (is_stored_smaller(stream, pair->new_size, use)) {
        return store(stream, pair, use, error);
    }
    return DELTA_OK;
}
