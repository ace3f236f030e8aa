// SPDX-License-Identifier: MIT
// Facts about a raw image.

#include "image.h"

#include <stdlib.h>

#include "bytes.h"
#include "reference.h"

#define WORDS_MAX 65536u // odd words that vote
#define VOTES_MIN 8u     // for a base to stand out

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

uint32_t delta_image_arch(const uint8_t *data, uint32_t size)
{
    struct dfc_view view = {data, 0, size, size, 0};
    uint32_t calls = 0, good = 0;
    uint32_t s;

    for (s = 0; s + 4 <= size; s += 2) {
        struct dfc_reference ref;

        if (!dfc_thumb_at(&view, s, &ref) || ref.kind != DFC_CALL ||
            ref.at != s) {
            continue;
        }
        calls++;
        good += ref.target < size && function_begins(data, size, ref.target);
        s += 2;
    }
    // A random call meets the start of a function once in some hundred times.
    return good >= 4 && good >= calls / 16 ? DFOTA_ARCH_THUMB : DFOTA_ARCH_NONE;
}

// Positions of functions, grouped by position mod 256.
struct functions {
    uint32_t *at;
    uint32_t first[257];
};

static bool find_functions(struct functions *f, const uint8_t *data,
                           uint32_t size)
{
    uint32_t fill[256];
    uint32_t count = 0;
    uint32_t s, i;

    for (i = 0; i <= 256; i++) {
        f->first[i] = 0;
    }
    for (s = 0; s < size; s += 2) {
        if (function_begins(data, size, s)) {
            f->first[(s & 255u) + 1]++;
            count++;
        }
    }
    for (i = 0; i < 256; i++) {
        f->first[i + 1] += f->first[i];
        fill[i] = f->first[i];
    }
    f->at = malloc((count + 1u) * sizeof(*f->at));
    if (f->at == NULL) {
        return false;
    }
    for (s = 0; s < size; s += 2) {
        if (function_begins(data, size, s)) {
            f->at[fill[s & 255u]++] = s;
        }
    }
    return true;
}

// Every different odd word that could be a pointer into an image of this size.
static uint32_t odd_words(uint32_t *words, const uint8_t *data, uint32_t size)
{
    uint32_t step = size / (4 * WORDS_MAX * 2) * 4 + 4;
    uint32_t count = 0;
    uint32_t s;

    for (s = 0; s + 4 <= size && count < WORDS_MAX; s += step) {
        uint32_t word = dfc_get32(data + s);

        if ((word & 1u) != 0 && word >= 0x100u && word < 0xF0000000u) {
            words[count++] = word;
        }
    }
    return count;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
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
        uint32_t low = (words[i] - 1u) & 255u;

        if (i > 0 && words[i] == words[i - 1]) {
            continue;
        }
        for (k = f->first[low]; k < f->first[low + 1] && count < room; k++) {
            votes[count++] = words[i] - 1u - f->at[k];
        }
    }
    return count;
}

bool delta_image_base(uint32_t *base, const uint8_t *data, uint32_t size)
{
    const uint32_t room = 1u << 22;
    uint32_t *words = malloc(WORDS_MAX * sizeof(*words));
    uint32_t *votes = malloc(room * sizeof(*votes));
    struct functions f = {0};
    uint32_t most = 0, second = 0;

    if (words != NULL && votes != NULL && find_functions(&f, data, size)) {
        uint32_t count = odd_words(words, data, size);

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
