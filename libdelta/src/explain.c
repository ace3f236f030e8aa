// SPDX-License-Identifier: MIT
// Where the bytes of a package go, by cause and by place.

#include "explain.h"

#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "make.h"
#include "package.h"

#define GAP_MAX 256u // between bytes of one move
#define STEP_MIN 8u  // what is shorter is left out first, then ...
#define MOVE_MIN 32u // ... what is shorter than this

const char *delta_spent_name(enum delta_spent spent)
{
    switch (spent) {
    case DELTA_SPENT_HEADER: return "header";
    case DELTA_SPENT_DIGESTS: return "digests";
    case DELTA_SPENT_TABLES: return "tables";
    case DELTA_SPENT_HITS: return "hits";
    case DELTA_SPENT_BRANCHES: return "branches";
    case DELTA_SPENT_POINTERS: return "pointers";
    case DELTA_SPENT_OTHER: return "other";
    case DELTA_SPENT_SOURCES: return "sources";
    case DELTA_SPENT_LITERALS: return "literals";
    case DELTA_SPENT_REST: return "rest";
    case DELTA_SPENT_COUNT: break;
    }
    return NULL;
}

// --- Addresses -------------------------------------------------------------

static uint32_t address_of(const struct delta_image *image, bool is_stated,
                           uint32_t base, uint32_t at)
{
    const struct delta_region *r = image->regions;

    if (!is_stated) {
        return base + at;
    }
    for (uint32_t i = 1; i < image->region_count; i++) {
        if (image->regions[i].start <= at) {
            r = &image->regions[i];
        }
    }
    return r->address + (at - r->start);
}

uint32_t delta_old_address(const struct delta_evidence *ev, uint32_t at)
{
    return address_of(ev->old_image, ev->is_stated, ev->old_base, at);
}

uint32_t delta_new_address(const struct delta_evidence *ev, uint32_t at)
{
    return address_of(ev->new_image, ev->is_stated, ev->new_base, at);
}

int32_t delta_moved(const struct delta_evidence *ev, uint32_t new_at,
                    uint32_t old_at)
{
    uint32_t from = delta_old_address(ev, old_at);
    uint32_t to = delta_new_address(ev, new_at);

    if (from >= DELTA_ADDRESS_NONE || to >= DELTA_ADDRESS_NONE) {
        return (int32_t)(new_at - old_at);
    }
    return (int32_t)(to - from);
}

// --- Moves -----------------------------------------------------------------

struct runs {
    struct delta_move *list;
    size_t count, room;
};

static bool put_run(struct runs *r, const struct delta_move *run)
{
    if (r->count == r->room) {
        size_t room = r->room == 0 ? 256 : 2 * r->room;
        struct delta_move *list = realloc(r->list, room * sizeof(*list));

        if (list == NULL) {
            return false;
        }
        r->list = list;
        r->room = room;
    }
    r->list[r->count++] = *run;
    return true;
}

// Bytes that follow each other in both images.
static bool find_runs(struct runs *r, const struct delta_evidence *ev)
{
    uint32_t size = ev->new_image->size;
    uint32_t at = 0;

    while (at < size) {
        uint32_t source = ev->places[at].source;
        uint32_t n = 1;

        if (!delta_is_kept(ev, at)) {
            at++;
            continue;
        }
        int32_t moved = delta_moved(ev, at, source);
        while (at + n < size && ev->places[at + n].source == source + n &&
               delta_is_kept(ev, at + n) &&
               delta_moved(ev, at + n, source + n) == moved) {
            n++;
        }
        struct delta_move run = {at,
                                 source,
                                 n,
                                 n,
                                 delta_new_address(ev, at),
                                 delta_old_address(ev, source),
                                 moved};
        if (!put_run(r, &run)) {
            return false;
        }
        at += n;
    }
    return true;
}

static bool goes_on(const struct delta_move *a, const struct delta_move *b)
{
    return a->moved == b->moved &&
           b->new_start - a->new_start == b->old_start - a->old_start &&
           b->new_start - (a->new_start + a->size) <= GAP_MAX;
}

// Leave out what is short and join what goes on behind it.
static void join_runs(struct runs *r, uint32_t shortest)
{
    size_t count = 0;

    for (size_t i = 0; i < r->count; i++) {
        const struct delta_move *run = &r->list[i];
        struct delta_move *last = count > 0 ? &r->list[count - 1] : NULL;

        if (last != NULL && goes_on(last, run)) {
            last->size = run->new_start + run->size - last->new_start;
            last->matched += run->matched;
        } else if (run->size >= shortest) {
            r->list[count++] = *run;
        }
    }
    r->count = count;
}

bool delta_explain_moves(struct delta_explanation *e,
                         const struct delta_evidence *ev)
{
    struct runs runs = {NULL, 0, 0};
    bool ok = find_runs(&runs, ev);

    join_runs(&runs, STEP_MIN);
    join_runs(&runs, MOVE_MIN);
    join_runs(&runs, MOVE_MIN);
    e->moves = runs.list;
    e->move_count = runs.count;
    return ok;
}

// --- Causes ----------------------------------------------------------------

static enum delta_spent correction_of(uint32_t kind)
{
    switch (kind) {
    case DFC_CALL:
    case DFC_BRANCH: return DELTA_SPENT_BRANCHES;
    case DFC_HALF:
    case DFC_POINTER:
    case DFC_LOAD: return DELTA_SPENT_POINTERS;
    default: return DELTA_SPENT_OTHER;
    }
}

static enum delta_spent spent_on(uint32_t cause)
{
    if (cause == DELTA_CAUSE_TABLES) {
        return DELTA_SPENT_TABLES;
    }
    if (cause < DELTA_CAUSE_LEAVE || cause == DELTA_CAUSE_MAPPED ||
        cause == DELTA_CAUSE_PLAIN) {
        return DELTA_SPENT_HITS;
    }
    if (cause >= DELTA_CAUSE_CORRECTION && cause < DELTA_CAUSE_MAPPED) {
        return correction_of(cause - DELTA_CAUSE_CORRECTION);
    }
    return cause == DELTA_CAUSE_LITERAL || cause == DELTA_CAUSE_GO_ON
               ? DELTA_SPENT_LITERALS
               : DELTA_SPENT_SOURCES;
}

// The stream has stream_size bytes: what the causes leave of it is the rest.
// Prices are rounded too, so that there may be a little too much; the largest
// cause bears that.
static void round_causes(uint32_t *spent, uint64_t *costs, uint32_t stream_size)
{
    uint32_t left = stream_size;
    uint32_t excess = 0;
    uint32_t largest = DELTA_SPENT_TABLES;
    uint32_t i;

    for (i = DELTA_SPENT_TABLES; i < DELTA_SPENT_REST; i++) {
        spent[i] = (uint32_t)(costs[i] / DELTA_COST_BYTE);
        largest = spent[i] > spent[largest] ? i : largest;
        excess += spent[i] > left ? spent[i] - left : 0;
        left -= spent[i] > left ? left : spent[i];
    }
    spent[largest] -= excess;
    spent[DELTA_SPENT_REST] = left;
}

static void count_causes(struct delta_explanation *e,
                         const struct delta_stream *stream)
{
    const struct delta_info *info = &e->report.info;
    uint64_t costs[DELTA_SPENT_COUNT] = {0};
    uint32_t digest =
        info->is_signed ? DFOTA_DIGEST_SHA256 : DFOTA_DIGEST_XXH64;

    e->spent[DELTA_SPENT_DIGESTS] = (info->chunk_count - 1) * digest;
    e->spent[DELTA_SPENT_HEADER] =
        info->overhead - e->spent[DELTA_SPENT_DIGESTS];
    for (uint32_t i = 0; i < DELTA_CAUSES; i++) {
        costs[spent_on(i)] += stream->tally.bits[i];
    }
    if (e->report.is_stored) {
        costs[DELTA_SPENT_LITERALS] = (uint64_t)e->new_size * DELTA_COST_BYTE;
    }
    round_causes(e->spent, costs, info->package_size - info->overhead);
}

// The new image as it is: each byte is a literal.
static struct delta_place *stored_places(uint32_t size)
{
    struct delta_place *places = calloc(size, sizeof(*places));

    for (uint32_t i = 0; places != NULL && i < size; i++) {
        places[i].bits = DELTA_COST_BYTE;
        places[i].source = DELTA_NO_SOURCE;
        places[i].origin = DELTA_ORIGIN_LITERAL;
    }
    return places;
}

static uint8_t kind_of(const struct delta_place *place)
{
    switch (place->origin) {
    case DELTA_ORIGIN_LITERAL: return DELTA_BYTE_LITERAL;
    case DELTA_ORIGIN_HIT: return DELTA_BYTE_HIT;
    default: return DELTA_BYTE_CORRECTED;
    }
}

static bool copy_places(struct delta_explanation *e,
                        const struct delta_place *places)
{
    e->costs = malloc(e->new_size * sizeof(*e->costs));
    e->kinds = malloc(e->new_size);
    if (e->costs == NULL || e->kinds == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < e->new_size; i++) {
        e->costs[i] = places[i].bits;
        e->kinds[i] = kind_of(&places[i]);
    }
    return true;
}

static enum delta_status fill_in(struct delta_explanation *e,
                                 struct delta_stream *stream,
                                 const struct delta_image *old_image,
                                 const struct delta_image *new_image,
                                 bool base_given, struct delta_error *error)
{
    const struct delta_info *info = &e->report.info;

    e->old_size = old_image->size;
    e->new_size = new_image->size;
    count_causes(e, stream);
    if (stream->trace.places == NULL) {
        stream->trace.places = stored_places(e->new_size);
    }
    struct delta_evidence ev = {
        .old_image = old_image,
        .new_image = new_image,
        .places = stream->trace.places,
        .old_base = info->old_base,
        .new_base = info->new_base,
        .is_stated =
            !base_given && old_image->has_addresses && new_image->has_addresses,
    };
    if (ev.places == NULL || !copy_places(e, ev.places) ||
        !delta_explain_moves(e, &ev) || !delta_explain_parts(e, &ev) ||
        !delta_explain_advice(e, &ev)) {
        return delta_fail_memory(error, "new");
    }
    return DELTA_OK;
}

enum delta_status delta_explain(struct delta_explanation *explanation,
                                const struct delta_image *old_image,
                                const struct delta_image *new_image,
                                const struct delta_options *options,
                                struct delta_error *error)
{
    struct delta_bytes package;
    struct delta_stream stream;
    enum delta_status status;

    memset(explanation, 0, sizeof(*explanation));
    if (options != NULL && options->codec != DELTA_RANGE) {
        return delta_fail(error, DELTA_ERR_OPTION, "codec",
                          "cannot be explained (found %d, expected range)",
                          (int)options->codec);
    }
    status = delta_make_traced(&package, &explanation->report, &stream,
                               old_image, new_image, options, error);
    delta_free(&package);
    if (status == DELTA_OK) {
        status = fill_in(explanation, &stream, old_image, new_image,
                         options != NULL && options->has_base, error);
    }
    free(stream.trace.places);
    if (status != DELTA_OK) {
        delta_explanation_free(explanation);
    }
    return status;
}

enum delta_status delta_explain_ram(struct delta_explanation *explanation,
                                    uint32_t *package_size,
                                    const struct delta_image *old_image,
                                    const struct delta_image *new_image,
                                    const struct delta_options *options,
                                    uint32_t ram, struct delta_error *error)
{
    struct delta_options other = {.ram = 0};
    uint32_t before = explanation->report.info.package_size;
    struct delta_bytes package;
    enum delta_status status;
    bool ok = true;

    if (options != NULL) {
        other = *options;
    }
    other.ram = ram;
    status =
        delta_make_images(&package, NULL, old_image, new_image, &other, error);
    if (status != DELTA_OK) {
        return status;
    }
    uint32_t size = (uint32_t)package.size;
    delta_free(&package);
    if (size < before) {
        ok = delta_advise(
            explanation,
            (struct delta_advice){.kind = DELTA_ADVICE_RAM,
                                  .bytes = before - size},
            "With --ram %lu the package has %lu bytes instead of %lu.",
            (unsigned long)ram, (unsigned long)size, (unsigned long)before);
    }
    if (package_size != NULL) {
        *package_size = size;
    }
    return ok ? DELTA_OK : delta_fail_memory(error, "new");
}

void delta_explanation_free(struct delta_explanation *explanation)
{
    if (explanation != NULL) {
        free(explanation->parts);
        free(explanation->sections);
        free(explanation->moves);
        free(explanation->advice);
        free(explanation->costs);
        free(explanation->kinds);
        memset(explanation, 0, sizeof(*explanation));
    }
}
