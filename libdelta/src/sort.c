// SPDX-License-Identifier: MIT
// Sorting of many words, digit by digit.

#include "sort.h"

#include <stdlib.h>
#include <string.h>

#define DIGITS 3u
#define DIGIT_BITS 11u
#define DIGIT_VALUES (1u << DIGIT_BITS)

static uint32_t digit_of(uint32_t word, uint32_t digit)
{
    return word >> digit * DIGIT_BITS & (DIGIT_VALUES - 1u);
}

// How often each value occurs becomes where the first one of it goes.
static void count_values(uint32_t places[DIGIT_VALUES], const uint32_t *list,
                         uint32_t count, uint32_t digit)
{
    uint32_t sum = 0;
    uint32_t i;

    memset(places, 0, DIGIT_VALUES * sizeof(*places));
    for (i = 0; i < count; i++) {
        places[digit_of(list[i], digit)]++;
    }
    for (i = 0; i < DIGIT_VALUES; i++) {
        uint32_t n = places[i];

        places[i] = sum;
        sum += n;
    }
}

bool delta_sort_words(uint32_t *list, uint32_t count)
{
    uint32_t places[DIGIT_VALUES];
    uint32_t *copy = malloc((count + 1u) * sizeof(*copy));
    uint32_t *from = list, *to = copy;
    uint32_t digit, i;

    if (copy == NULL) {
        return false;
    }
    for (digit = 0; digit < DIGITS; digit++) {
        uint32_t *swap = from;

        count_values(places, from, count, digit);
        for (i = 0; i < count; i++) {
            to[places[digit_of(from[i], digit)]++] = from[i];
        }
        from = to;
        to = swap;
    }
    memcpy(list, from, count * sizeof(*list)); // of an odd number of passes
    free(copy);
    return true;
}
