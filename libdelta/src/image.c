// SPDX-License-Identifier: MIT
// Facts about a raw image.

#include "image.h"

#include <stdlib.h>

#include "bytes.h"
#include "reference.h"

#define CALLS_MAX DELTA_FUNCTIONS_MAX
#define CALLS_MIN 8u     // that agree, for an architecture
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

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

// How many calls of an architecture there are in a piece of an image, and how
// many of them go where another one goes: real ones often do, bytes that look
// like calls hardly ever. Targets beyond the image do not count.
static uint32_t list_calls(uint32_t arch, const struct dfc_view *view,
                           uint32_t *targets, uint32_t *total)
{
    uint32_t count = 0, agreeing = 0;
    uint32_t s = 0, i;

    while (s < view->size && count < CALLS_MAX) {
        struct dfc_reference ref;

        dfc_reference_at(arch, NULL, 0, view, s, &ref);
        if (ref.kind == DFC_CALL && ref.at == s &&
            ref.target - view->base < view->size) {
            targets[count++] = ref.target;
        }
        s = ref.at + ref.size;
    }
    qsort(targets, count, sizeof(*targets), by_value);
    for (i = 0; i < count; i++) {
        agreeing += (i > 0 && targets[i] == targets[i - 1]) ||
                    (i + 1 < count && targets[i] == targets[i + 1]);
    }
    *total = count;
    return agreeing;
}

uint32_t delta_image_arch(const uint8_t *data, uint32_t size)
{
    static const uint32_t archs[] = {
        DFOTA_ARCH_THUMB, DFOTA_ARCH_A32,    DFOTA_ARCH_A64,
        DFOTA_ARCH_RISCV, DFOTA_ARCH_XTENSA, DFOTA_ARCH_AVR,
    };
    struct dfc_view view = {data, 0, size, size, 0};
    uint32_t *targets = malloc(CALLS_MAX * sizeof(*targets));
    uint32_t best = DFOTA_ARCH_NONE;
    uint32_t most = 0, i;

    for (i = 0; targets != NULL && i < sizeof(archs) / sizeof(*archs); i++) {
        uint32_t total;
        uint32_t agreeing = list_calls(archs[i], &view, targets, &total);

        if (agreeing >= CALLS_MIN && agreeing >= total / 2 && agreeing > most) {
            most = agreeing;
            best = archs[i];
        }
    }
    free(targets);
    return best;
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
        list_calls(arch, &view, list, &count);
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

        qsort(words, count, sizeof(*words), by_value);
        count = cast_votes(votes, room, words, count, &f);
        qsort(votes, count, sizeof(*votes), by_value);
        *base = most_frequent(votes, count, &most, &second);
    }
    free(f.at);
    free(votes);
    free(words);
    return most >= VOTES_MIN && most >= 2 * second;
}
