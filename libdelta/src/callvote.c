// SPDX-License-Identifier: MIT
// The regions of a raw image, from the calls between them.

#include "callvote.h"

#include <stdlib.h>

#include "image.h"
#include "mapfit.h"

#define CALLS_MAX 65536u
#define FAR_MAX 2048u       // targets that are compared with functions
#define FUNCTIONS_MAX 4096u // that are
#define FAR_SHARE 16u       // one call in so many leaves the image, at least
#define PEAKS_MAX 32u
#define PEAK_MIN 24u         // targets that miss a function by the same
#define EVIDENCE_MIN 64u     // such targets for one more region
#define DIFFERENCE_MIN 4096u // nearer ones are calls within a region
#define BASES_MAX 6u
#define MAP_MAX 64u
#define ENTRY_PRICE 12u // votes that a piece of a region must win
#define HASH_BITS 20u

struct call {
    uint32_t at;
    uint32_t target; // both as positions in the file
};

struct peak {
    uint32_t difference;
    uint32_t count;
};

struct search {
    struct call *calls; // by target
    uint32_t call_count;
    uint32_t *functions; // ascending
    uint32_t function_count;
    uint32_t *far; // distinct targets that are no function
    uint32_t far_count;
    struct peak peaks[PEAKS_MAX];
    uint32_t peak_count;
    uint32_t bases[BASES_MAX];
    uint32_t base_count;
    struct dfc_map_entry map[MAP_MAX]; // position -> base
    uint32_t map_count;
    uint32_t first_base; // of the lowest position that is known
};

static int by_target(const void *a, const void *b)
{
    const struct call *x = a;
    const struct call *y = b;

    if (x->target != y->target) {
        return x->target < y->target ? -1 : 1;
    }
    return x->at < y->at ? -1 : x->at > y->at;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

// Most frequent first.
static int by_count(const void *a, const void *b)
{
    const struct peak *x = a;
    const struct peak *y = b;

    if (x->count != y->count) {
        return x->count > y->count ? -1 : 1;
    }
    return x->difference < y->difference ? -1 : 1;
}

// Returns how many calls leave the image.
static uint32_t list_calls(struct search *s, uint32_t arch,
                           const struct dfc_view *view)
{
    uint32_t outside = 0;
    uint32_t at = 0;

    while (at < view->size && s->call_count < CALLS_MAX) {
        struct dfc_reference ref;

        dfc_reference_at(arch, NULL, 0, view, at, &ref);
        if (ref.kind == DFC_CALL && ref.at == at) {
            s->calls[s->call_count++] = (struct call){at, ref.target};
            outside += ref.target >= view->size;
        }
        at = ref.at + ref.size;
    }
    qsort(s->calls, s->call_count, sizeof(*s->calls), by_target);
    return outside;
}

static bool is_function(const struct search *s, uint32_t position)
{
    return bsearch(&position, s->functions, s->function_count,
                   sizeof(*s->functions), by_value) != NULL;
}

static void list_far(struct search *s)
{
    for (uint32_t i = 0; i < s->call_count; i++) {
        uint32_t target = s->calls[i].target;

        if ((i == 0 || target != s->calls[i - 1].target) &&
            !is_function(s, target)) {
            s->far[s->far_count++] = target;
        }
    }
}

static uint32_t hash(uint32_t difference)
{
    return (difference * 0x9E3779B1u) >> (32u - HASH_BITS);
}

static bool is_candidate(uint32_t difference)
{
    return difference + DIFFERENCE_MIN >= 2 * DIFFERENCE_MIN;
}

static uint32_t step_of(uint32_t count, uint32_t most)
{
    return (count + most - 1) / most;
}

// Differences of targets and functions whose bucket is full, each as often as
// it occurs; with list NULL the buckets are filled.
static uint32_t list_differences(const struct search *s, uint16_t *buckets,
                                 uint32_t *list, uint32_t room)
{
    uint32_t far_step = step_of(s->far_count, FAR_MAX);
    uint32_t step = step_of(s->function_count, FUNCTIONS_MAX);
    uint32_t count = 0;

    for (uint32_t i = 0; i < s->far_count; i += far_step) {
        for (uint32_t k = 0; k < s->function_count; k += step) {
            uint32_t difference = s->far[i] - s->functions[k];
            uint16_t *bucket = buckets + hash(difference);

            if (list == NULL) {
                *bucket = (uint16_t)(*bucket + (*bucket < UINT16_MAX));
            } else if (*bucket >= PEAK_MIN && is_candidate(difference) &&
                       count < room) {
                list[count++] = difference;
            }
        }
    }
    return count;
}

static void gather_peaks(struct search *s, uint32_t *list, uint32_t count)
{
    struct peak peaks[2 * PEAKS_MAX];
    uint32_t found = 0;
    uint32_t i = 0;

    qsort(list, count, sizeof(*list), by_value);
    while (i < count) {
        uint32_t n = 1;

        while (i + n < count && list[i + n] == list[i]) {
            n++;
        }
        if (n >= PEAK_MIN) {
            if (found == 2 * PEAKS_MAX) {
                qsort(peaks, found, sizeof(*peaks), by_count);
                found = PEAKS_MAX;
            }
            peaks[found++] = (struct peak){list[i], n};
        }
        i += n;
    }
    qsort(peaks, found, sizeof(*peaks), by_count);
    for (i = 0; i < found && i < PEAKS_MAX; i++) {
        s->peaks[s->peak_count++] = peaks[i];
    }
}

static bool find_peaks(struct search *s)
{
    uint32_t room = 1u << 20;
    uint16_t *buckets = calloc((size_t)1 << HASH_BITS, sizeof(*buckets));
    uint32_t *list = malloc(room * sizeof(*list));
    bool ok = buckets != NULL && list != NULL;

    if (ok) {
        list_differences(s, buckets, NULL, 0);
        gather_peaks(s, list, list_differences(s, buckets, list, room));
    }
    free(buckets);
    free(list);
    return ok;
}

// The number of ways to have this difference with the bases known.
static uint32_t pairs_of(const struct search *s, uint32_t difference)
{
    uint32_t pairs = 0;

    for (uint32_t i = 0; i < s->base_count; i++) {
        for (uint32_t k = 0; k < s->base_count; k++) {
            pairs += s->bases[k] - s->bases[i] == difference;
        }
    }
    return pairs;
}

// What one more base would explain that the others do not.
static uint32_t evidence(const struct search *s, uint32_t base)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < s->peak_count; i++) {
        uint32_t difference = s->peaks[i].difference;
        bool meets = false;

        for (uint32_t k = 0; k < s->base_count; k++) {
            meets |= base - s->bases[k] == difference ||
                     s->bases[k] - base == difference;
        }
        if (meets && pairs_of(s, difference) == 0) {
            sum += s->peaks[i].count;
        }
    }
    return sum;
}

// The bases of caller and callee, if only one pair differs by so much.
static bool find_pair(const struct search *s, uint32_t difference,
                      uint32_t *caller, uint32_t *callee)
{
    uint32_t found = 0;

    for (uint32_t i = 0; i < s->base_count; i++) {
        for (uint32_t k = 0; k < s->base_count; k++) {
            if (i != k && s->bases[k] - s->bases[i] == difference) {
                *caller = s->bases[i];
                *callee = s->bases[k];
                found++;
            }
        }
    }
    return found == 1;
}

// Each call that a peak explains says in which region both its ends are.
static bool collect(const struct search *s, struct delta_votes *votes)
{
    bool ok = true;

    for (uint32_t p = 0; p < s->peak_count && ok; p++) {
        uint32_t difference = s->peaks[p].difference;
        uint32_t caller = 0, callee = 0;

        if (!find_pair(s, difference, &caller, &callee)) {
            continue;
        }
        for (uint32_t i = 0; i < s->call_count && ok; i++) {
            const struct call *c = &s->calls[i];

            ok = is_function(s, c->target) ||
                 !is_function(s, c->target - difference) ||
                 (delta_vote_add(votes, c->at, caller) &&
                  delta_vote_add(votes, c->target - difference, callee));
        }
    }
    return ok;
}

// Calls that seem right as they are stay within a region.
static bool collect_local(const struct search *s, struct delta_votes *votes)
{
    bool ok = true;

    for (uint32_t i = 0; i < s->call_count && ok; i++) {
        const struct call *c = &s->calls[i];

        if (is_function(s, c->target)) {
            uint32_t from = dfc_map(s->map, s->map_count, c->at) - c->at;
            uint32_t to = dfc_map(s->map, s->map_count, c->target) - c->target;

            ok = delta_vote_add(votes, c->at, to) &&
                 delta_vote_add(votes, c->target, from);
        }
    }
    return ok;
}

// Fits regions to the votes for the bases known. *cost: what is not met.
static bool fit(struct search *s, bool with_local, uint32_t *cost)
{
    struct delta_votes votes = {NULL, 0, 0};
    uint32_t count = MAP_MAX;
    bool ok = collect(s, &votes) && (!with_local || collect_local(s, &votes)) &&
              delta_map_fit(s->map, &count, &votes, ENTRY_PRICE, 1);

    if (ok) {
        s->map_count = count;
        if (votes.count > 0) {
            uint32_t first = votes.list[0].target;

            s->first_base = dfc_map(s->map, count, first) - first;
        }
        *cost = count * ENTRY_PRICE;
        for (uint32_t i = 0; i < votes.count; i++) {
            const struct delta_vote *v = &votes.list[i];

            *cost += dfc_map(s->map, count, v->target) - v->target != v->shift;
        }
    }
    free(votes.list);
    return ok;
}

// The next base: the one that explains most; of several that do as much, as
// the mirror image of a base does, the one whose regions fit best.
static bool find_base(struct search *s)
{
    uint32_t most = EVIDENCE_MIN - 1, best = 0, least = UINT32_MAX;
    uint32_t known = s->base_count;

    for (uint32_t i = 0; i < s->peak_count * known; i++) {
        uint32_t base = s->bases[i % known] + s->peaks[i / known].difference;
        uint32_t sum = evidence(s, base);
        uint32_t cost;

        if (sum < most || sum < EVIDENCE_MIN) {
            continue;
        }
        s->bases[s->base_count++] = base;
        if (!fit(s, false, &cost)) {
            s->base_count = known;
            return false;
        }
        s->base_count = known;
        if (sum > most || cost < least) {
            most = sum;
            least = cost;
            best = base;
        }
    }
    if (most >= EVIDENCE_MIN) {
        s->bases[s->base_count++] = best;
    }
    return most >= EVIDENCE_MIN;
}

static uint32_t put_regions(struct dfc_region *regions, uint32_t room,
                            const struct search *s, uint32_t arch,
                            uint32_t size)
{
    const struct dfc_region *longest = regions;
    uint32_t count = 0, base = 0;

    regions[count++] = (struct dfc_region){0, size, s->first_base, arch};
    for (uint32_t i = 0; i < s->map_count; i++) {
        uint32_t start = s->map[i].start & ~3u;
        struct dfc_region *last = &regions[count - 1];

        if (s->map[i].shift != last->base && count < room) {
            last->end = start;
            regions[count++] =
                (struct dfc_region){start, size, s->map[i].shift, arch};
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        if (regions[i].end - regions[i].start > longest->end - longest->start) {
            longest = &regions[i];
        }
    }
    base = longest->base;
    for (uint32_t i = 0; i < count; i++) {
        regions[i].base -= base;
    }
    return count;
}

// AVR calls name absolute addresses; Xtensa's depend on the address too.
static bool is_relative(uint32_t arch)
{
    return arch == DFOTA_ARCH_THUMB || arch == DFOTA_ARCH_A32 ||
           arch == DFOTA_ARCH_A64 || arch == DFOTA_ARCH_RISCV;
}

static void search(struct search *s, uint32_t arch, const struct dfc_view *view)
{
    uint32_t outside = list_calls(s, arch, view);
    uint32_t cost;

    if (outside < EVIDENCE_MIN || outside < s->call_count / FAR_SHARE) {
        return;
    }
    s->function_count =
        delta_image_functions(s->functions, arch, view->bytes, view->size);
    list_far(s);
    s->bases[s->base_count++] = 0;
    if (!find_peaks(s)) {
        return;
    }
    while (s->base_count < BASES_MAX && find_base(s)) {
    }
    if (s->base_count == 1 || !fit(s, false, &cost) || !fit(s, true, &cost)) {
        s->map_count = 0;
        s->first_base = 0;
    }
}

uint32_t delta_call_regions(struct dfc_region *regions, uint32_t room,
                            uint32_t arch, const uint8_t *data, uint32_t size)
{
    struct dfc_view view = {data, 0, size, size, 0};
    struct search *s = calloc(1, sizeof(*s));
    uint32_t count = 1;

    regions[0] = (struct dfc_region){0, size, 0, arch};
    if (s == NULL || !is_relative(arch)) {
        free(s);
        return count;
    }
    s->calls = malloc(CALLS_MAX * sizeof(*s->calls));
    s->far = malloc(CALLS_MAX * sizeof(*s->far));
    s->functions = malloc(DELTA_FUNCTIONS_MAX * sizeof(*s->functions));
    if (s->calls != NULL && s->far != NULL && s->functions != NULL) {
        search(s, arch, &view);
        count = put_regions(regions, room, s, arch, size);
    }
    free(s->functions);
    free(s->far);
    free(s->calls);
    free(s);
    return count;
}
