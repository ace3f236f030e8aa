// SPDX-License-Identifier: MIT
// Facts about a raw image.

#include "image.h"

#include <stdlib.h>

#include "bytes.h"
#include "reference.h"
#include "sort.h"

#define CALLS_MAX DELTA_FUNCTIONS_MAX
#define CALLS_MIN 8u      // that agree, for an architecture
#define CALLS_CERTAIN 64u // ... in a sample of a large image
#define SAMPLED_SIZE 0x40000u
#define PIECE_SIZE 0x4000u // which has a piece out of each stretch
#define STRETCH_SIZE 0x20000u
#define WORDS_MAX 65536u // odd words that vote
#define VOTES_ROOM 0x400000u
#define VOTES_MIN 8u     // for a base to stand out
#define POINTERS_MIN 16u // that tell the byte order

// Does a Thumb function begin here, as compilers begin them: push {..., lr} or
// stmdb sp!, {..., lr}?
static bool function_begins(const uint8_t *data, uint32_t size, uint32_t s)
{
    uint32_t h;

    if (size < 4 || s > size - 4) {
        return false;
    }
    h = dfc_get16(data + s);
    return (h & 0xFF00u) == 0xB500u ||
           (h == 0xE92Du && (dfc_get16(data + s + 2) & 0xE000u) == 0x4000u);
}

// The targets of an architecture's calls in [from, to) of an image, at most
// `room`. Targets beyond the image do not count.
static uint32_t list_calls(uint32_t arch, const struct dfc_view *view,
                           uint32_t from, uint32_t to, uint32_t *targets,
                           uint32_t room)
{
    uint32_t count = 0;
    uint32_t s = from;

    while (s < to && count < room) {
        struct dfc_reference ref;

        dfc_reference_at(arch, NULL, 0, view, s, &ref);
        if (ref.kind == DFC_CALL && ref.at == s &&
            ref.target - view->base < view->size) {
            targets[count++] = ref.target;
        }
        s = ref.at + ref.size;
    }
    return count;
}

// How many of the targets occur more than once: those of real calls often do,
// bytes that look like calls hardly ever.
static uint32_t count_agreeing(uint32_t *targets, uint32_t count)
{
    uint32_t agreeing = 0;
    uint32_t i;

    if (!delta_sort_words(targets, count)) {
        return 0;
    }
    for (i = 0; i < count; i++) {
        agreeing += (i > 0 && targets[i] == targets[i - 1]) ||
                    (i + 1 < count && targets[i] == targets[i + 1]);
    }
    return agreeing;
}

static const uint32_t archs[] = {
    DFOTA_ARCH_THUMB, DFOTA_ARCH_A32,    DFOTA_ARCH_A64,
    DFOTA_ARCH_RISCV, DFOTA_ARCH_XTENSA, DFOTA_ARCH_AVR,
};
#define ARCHS (sizeof(archs) / sizeof(*archs))

// The architecture with most calls that agree, looked for in a piece out of
// each stretch of the image; *certain: no other one comes near.
static uint32_t find_arch(const struct dfc_view *view, uint32_t *targets,
                          uint32_t piece, uint32_t stretch, bool *certain)
{
    uint32_t best = DFOTA_ARCH_NONE;
    uint32_t most = 0, second = 0, i;

    for (i = 0; i < ARCHS; i++) {
        uint32_t count = 0, agreeing, at;

        for (at = 0; at < view->size; at += stretch) {
            uint32_t end = view->size - at > piece ? at + piece : view->size;

            count += list_calls(archs[i], view, at, end, targets + count,
                                CALLS_MAX - count);
        }
        agreeing = count_agreeing(targets, count);
        if (agreeing >= CALLS_MIN && agreeing >= count / 2 && agreeing > most) {
            second = most;
            most = agreeing;
            best = archs[i];
        } else if (agreeing >= count / 3 && agreeing > second) {
            second = agreeing;
        }
    }
    *certain = most >= CALLS_CERTAIN && most / 8 >= second;
    return best;
}

uint32_t delta_image_arch(const uint8_t *data, uint32_t size)
{
    struct dfc_view view = {data, 0, size, size, 0};
    uint32_t *targets = malloc(CALLS_MAX * sizeof(*targets));
    uint32_t arch = DFOTA_ARCH_NONE;
    bool certain = false;

    if (targets == NULL) {
        return arch;
    }
    if (size >= SAMPLED_SIZE) {
        arch = find_arch(&view, targets, PIECE_SIZE, STRETCH_SIZE, &certain);
    }
    if (!certain) {
        arch = find_arch(&view, targets, size, size, &certain);
    }
    free(targets);
    return arch;
}

bool delta_image_is_big(uint32_t base, const uint8_t *data, uint32_t size)
{
    uint32_t little = 0, big = 0;
    uint32_t s;

    for (s = 0; s + 4 <= size; s += 4) {
        const uint8_t *b = data + s;
        uint32_t swapped = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
                           (uint32_t)b[2] << 8 | b[3];

        little += dfc_get32(b) - base < size;
        big += swapped - base < size;
    }
    return big >= POINTERS_MIN && big / 4 >= little;
}

// Addresses of functions, grouped by address mod 256.
struct functions {
    uint32_t *at;
    uint32_t first[257];
};

uint32_t delta_image_functions(uint32_t *list, uint32_t arch,
                               const uint8_t *data, uint32_t size)
{
    struct dfc_view view = {data, 0, size, size, 0};
    uint32_t count = 0, kept = 0;
    uint32_t s;

    if (arch != DFOTA_ARCH_THUMB) {
        count = list_calls(arch, &view, 0, size, list, CALLS_MAX);
        if (!delta_sort_words(list, count)) {
            return 0;
        }
        for (s = 0; s < count; s++) {
            if (s == 0 || list[s] != list[s - 1]) {
                list[kept++] = list[s];
            }
        }
        return kept;
    }
    for (s = 0; s < size && count < CALLS_MAX; s += 2) {
        if (function_begins(data, size, s)) {
            list[count++] = s;
        }
    }
    return count;
}

static bool find_functions(struct functions *f,
                           const struct dfc_regions *regions,
                           const uint8_t *data, uint32_t size)
{
    uint32_t *list = malloc(CALLS_MAX * sizeof(*list));
    uint32_t fill[256];
    uint32_t count, i;

    f->at = malloc(CALLS_MAX * sizeof(*f->at));
    if (list == NULL || f->at == NULL) {
        free(list);
        return false;
    }
    count = delta_image_functions(list, regions->list[0].arch, data, size);
    for (i = 0; i < count; i++) {
        list[i] += dfc_region_at(regions, list[i])->base;
    }
    for (i = 0; i <= 256; i++) {
        f->first[i] = 0;
    }
    for (i = 0; i < count; i++) {
        f->first[(list[i] & 255u) + 1]++;
    }
    for (i = 0; i < 256; i++) {
        f->first[i + 1] += f->first[i];
        fill[i] = f->first[i];
    }
    for (i = 0; i < count; i++) {
        f->at[fill[list[i] & 255u]++] = list[i];
    }
    free(list);
    return true;
}

// Words that could be pointers to a function: odd ones for Thumb.
static uint32_t list_words(uint32_t *words, uint32_t odd, const uint8_t *data,
                           uint32_t size)
{
    uint32_t step = size / (4 * WORDS_MAX * 2) * 4 + 4;
    uint32_t count = 0;
    uint32_t s;

    for (s = 0; s + 4 <= size && count < WORDS_MAX; s += step) {
        uint32_t word = dfc_get32(data + s);

        if ((word & 1u) == odd && word >= 0x100u && word < 0xF0000000u) {
            words[count++] = word - odd;
        }
    }
    return count;
}

// The most frequent value of a sorted list, and how often it occurs; *second
// is the count of the runner-up.
static uint32_t most_frequent(const uint32_t *list, uint32_t count,
                              uint32_t *most, uint32_t *second)
{
    uint32_t best = 0;
    uint32_t i = 0;

    *most = 0;
    *second = 0;
    while (i < count) {
        uint32_t n = 1;

        while (i + n < count && list[i + n] == list[i]) {
            n++;
        }
        if (n > *most) {
            *second = *most;
            *most = n;
            best = list[i];
        } else if (n > *second) {
            *second = n;
        }
        i += n;
    }
    return best;
}

static uint32_t cast_votes(uint32_t *votes, uint32_t room,
                           const uint32_t *words, uint32_t word_count,
                           const struct functions *f)
{
    uint32_t count = 0;
    uint32_t i, k;

    for (i = 0; i < word_count; i++) {
        uint32_t low = words[i] & 255u;

        if (i > 0 && words[i] == words[i - 1]) {
            continue;
        }
        for (k = f->first[low]; k < f->first[low + 1] && count < room; k++) {
            votes[count++] = words[i] - f->at[k];
        }
    }
    return count;
}

bool delta_image_base(uint32_t *base, const struct dfc_regions *regions,
                      const uint8_t *data, uint32_t size)
{
    uint32_t odd = regions->list[0].arch == DFOTA_ARCH_THUMB;
    uint32_t room = size < VOTES_ROOM / 4u ? 4u * size : VOTES_ROOM;
    uint32_t *words = malloc(WORDS_MAX * sizeof(*words));
    uint32_t *votes = malloc(room * sizeof(*votes));
    struct functions f = {0};
    uint32_t most = 0, second = 0;

    if (words != NULL && votes != NULL &&
        find_functions(&f, regions, data, size)) {
        uint32_t count = list_words(words, odd, data, size);

        if (delta_sort_words(words, count)) {
            count = cast_votes(votes, room, words, count, &f);
            if (delta_sort_words(votes, count)) {
                *base = most_frequent(votes, count, &most, &second);
            }
        }
    }
    free(f.at);
    free(votes);
    free(words);
    return most >= VOTES_MIN && most >= 2 * second;
}
