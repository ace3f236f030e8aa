// SPDX-License-Identifier: MIT
// Ready packages for tests: a synthetic firmware pair through libdelta.

#ifndef TESTS_CASES_H
#define TESTS_CASES_H

#include <stdbool.h>
#include <stdint.h>

#include "delta.h"
#include "dfota/patcher.h"
#include "images.h"
#include "simflash.h"
#include "simupdate.h"

#define CASE_PRODUCT "test-module"
#define CASE_COUNTER 7u

enum case_codec {
    CASE_STORED,
    CASE_DEFLATE,
    CASE_RANGE,
};
#define CASE_CODECS 3
#define CASE_KINDS (2 * CASE_CODECS) // each codec unsigned and signed

struct update_case {
    char name[32]; // e.g. "range-signed"
    enum case_codec codec;
    bool is_signed;
    struct image old_image, new_image;
    struct delta_bytes package;
    bool is_in_place;
    struct delta_in_place in_place; // what it was made for
};

// Bytes that no codec makes smaller, so that they are packed as stored.
struct image image_noise(uint32_t seed, uint32_t size);

// Kind 0 .. CASE_KINDS - 1: images of about `size` bytes, releases of the
// firmware that the seed gives. False when libdelta fails: the reason is then
// on stderr.
bool case_make(struct update_case *c, uint32_t kind, uint32_t seed,
               uint32_t size);

// The same for given images, which the case takes over.
bool case_pack(struct update_case *c, uint32_t kind, struct image old_image,
               struct image new_image);

// The same for a module of one slot, with that flash.
bool case_in_place(struct update_case *c, uint32_t kind, struct image old_image,
                   struct image new_image,
                   const struct delta_in_place *in_place);

// Codec range, unsigned, for images of three regions each.
bool case_regions(struct update_case *c, uint32_t seed, uint32_t size);
void case_free(struct update_case *c);

// The key that signed cases are signed with, and one that signs nothing.
extern const struct dfp_key case_key;
extern const struct dfp_key case_other_key;

// The private half of case_key. False when libdelta fails.
bool case_signing_key(struct delta_key *key);

// Slots just large enough for the images, in place one of them and a scratch
// area, and a journal of that many blocks.
struct sim_geometry case_geometry(const struct update_case *c, uint32_t erase,
                                  uint32_t program, uint32_t journal_blocks);

// The same with the least journal that the patcher asks for, programmed in
// units of that size.
struct sim_geometry case_least_geometry(const struct update_case *c,
                                        uint32_t erase, uint32_t program,
                                        uint32_t checkpoint_bytes,
                                        uint32_t journal_program);

// A module that runs the old image, and the update to feed it with. False
// when memory runs out.
bool case_module(struct simflash *flash, const struct update_case *c,
                 const struct sim_geometry *geometry);
struct sim_update case_update(const struct update_case *c);

#endif
