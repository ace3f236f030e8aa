// SPDX-License-Identifier: MIT
// Sorting of many words, digit by digit.

#include "sort.h"

#include <stdlib.h>
#include <string.h>

#define DIGITS 3u // of a word
#define DIGIT_BITS 11u
#define DIGIT_VALUES (1u << DIGIT_BITS)

static uint32_t digit_of(uint32_t word, uint32_t digit)
{
    return word >> digit * DIGIT_BITS & (DIGIT_VALUES - 1u);
}

// How often each value occurs becomes where the first one of it goes. false:
// there is only one value.
static bool place(uint32_t counts[DIGIT_VALUES], uint32_t count)
{
    uint32_t sum = 0, most = 0;
    uint32_t i;

    for (i = 0; i < DIGIT_VALUES; i++) {
        uint32_t n = counts[i];

        counts[i] = sum;
        sum += n;
        most = n > most ? n : most;
    }
    return most < count;
}

bool delta_sort_words(uint32_t *list, uint32_t count)
{
    uint32_t *copy = calloc(count + 1u, sizeof(*copy));
    uint32_t *from = list, *to = copy;
    uint32_t digit, i;

    if (copy == NULL) {
        return false;
    }
    for (digit = 0; digit < DIGITS; digit++) {
        uint32_t places[DIGIT_VALUES] = {0};

        for (i = 0; i < count; i++) {
            places[digit_of(from[i], digit)]++;
        }
        if (place(places, count)) {
            uint32_t *swap = from;

            for (i = 0; i < count; i++) {
                to[places[digit_of(from[i], digit)]++] = from[i];
            }
            from = to;
            to = swap;
        }
    }
    if (from != list) {
        memcpy(list, from, count * sizeof(*list));
    }
    free(copy);
    return true;
}

// Digits of the shift are the lower ones.
static uint32_t vote_digit(const struct delta_vote *vote, uint32_t digit)
{
    return digit < DIGITS ? digit_of(vote->shift, digit)
                          : digit_of(vote->target, digit - DIGITS);
}

bool delta_sort_votes(struct delta_vote *list, uint32_t count)
{
    struct delta_vote *copy = calloc(count + 1u, sizeof(*copy));
    struct delta_vote *from = list, *to = copy;
    uint32_t digit, i;

    if (copy == NULL) {
        return false;
    }
    for (digit = 0; digit < 2 * DIGITS; digit++) {
        uint32_t places[DIGIT_VALUES] = {0};

        for (i = 0; i < count; i++) {
            places[vote_digit(&from[i], digit)]++;
        }
        if (place(places, count)) {
            struct delta_vote *swap = from;

            for (i = 0; i < count; i++) {
                to[places[vote_digit(&from[i], digit)]++] = from[i];
            }
            from = to;
            to = swap;
        }
    }
    if (from != list) {
        memcpy(list, from, count * sizeof(*list));
    }
    free(copy);
    return true;
}
