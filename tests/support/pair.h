// SPDX-License-Identifier: MIT
// A small pair of images with packages written by hand.

#ifndef TESTS_PAIR_H
#define TESTS_PAIR_H

#include <stdbool.h>
#include <stdint.h>

#include "pack.h"

#define PAIR_BASE 0x08000000u

// An old image with a pointer at 64; the new one has moved code, a moved
// pointer, a changed byte, a run, and something new.
struct pair {
    uint8_t old_data[2000];
    uint8_t new_data[3000];
    struct pack_bytes ops;    // op stream of the segment being made
    struct pack_bytes stream; // of codec deflate, in segments
    struct pack pack;
    struct pack_bytes package;
};

// For product "thing", counter 5. Codec stored, or deflate with segments that
// begin at 768 and 2048 of the new image, in the middle of records.
void pair_make(struct pair *t, uint32_t codec, bool is_signed);

// Make the package again, after a change to t->pack.
void pair_pack(struct pair *t);
void pair_free(struct pair *t);

#endif
