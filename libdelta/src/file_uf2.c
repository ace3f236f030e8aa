// SPDX-License-Identifier: MIT
// UF2 files: blocks of 512 bytes, each with its address.

#include "files.h"

#include <stdlib.h>

#include "bytes.h"
#include "errors.h"

#define NAME "UF2"
#define BLOCK 512u
#define PAYLOAD_MAX 476u
#define MAGIC_1 0x0A324655u
#define MAGIC_2 0x9E5D5157u
#define MAGIC_END 0x0AB16F30u
#define FLAG_NOT_FLASH 0x00000001u
#define FLAG_CONTAINER 0x00001000u // a file, not flash contents
#define FLAG_FAMILY 0x00002000u

// A block that goes nowhere: tools for the RP2350 put it in front because of
// an erratum (E10) of that chip.
#define ABSOLUTE_FAMILY 0xE48BFF57u
#define ABSOLUTE_ADDRESS 0x10FFFF00u

struct state {
    struct delta_layout layout;
    uint8_t *seen; // blocks by their number
    uint32_t total;
    uint32_t count; // different ones so far
    uint32_t family;
    bool has_family;
};

static bool is_block(const uint8_t *block)
{
    return dfc_get32(block) == MAGIC_1 && dfc_get32(block + 4) == MAGIC_2 &&
           dfc_get32(block + BLOCK - 4) == MAGIC_END;
}

bool delta_file_is_uf2(const uint8_t *data, size_t size)
{
    return size >= 8 && dfc_get32(data) == MAGIC_1 &&
           dfc_get32(data + 4) == MAGIC_2;
}

static bool is_dummy(const uint8_t *block)
{
    return (dfc_get32(block + 8) & FLAG_FAMILY) != 0 &&
           dfc_get32(block + 28) == ABSOLUTE_FAMILY &&
           dfc_get32(block + 12) == ABSOLUTE_ADDRESS;
}

static enum delta_status bad(struct delta_error *error, size_t at,
                             const char *what, uint32_t found,
                             uint32_t expected)
{
    return delta_fail(error, DELTA_ERR_IMAGE, "image",
                      NAME ": byte 0x%zx: %s (found 0x%lx, expected "
                           "0x%lx)",
                      at, what, (unsigned long)found, (unsigned long)expected);
}

static enum delta_status bad_magic(struct delta_error *error, size_t at,
                                   const uint8_t *block)
{
    static const uint32_t magics[3][2] = {
        {0, MAGIC_1}, {4, MAGIC_2}, {BLOCK - 4, MAGIC_END}};
    size_t i = 0;

    while (i < 2 && dfc_get32(block + magics[i][0]) == magics[i][1]) {
        i++;
    }
    return bad(error, at + magics[i][0], "not a block",
               dfc_get32(block + magics[i][0]), magics[i][1]);
}

static bool is_flash(const uint8_t *block)
{
    return (dfc_get32(block + 8) & (FLAG_NOT_FLASH | FLAG_CONTAINER)) == 0;
}

// Which of two programs is meant cannot be known. Each counts its blocks, so
// this comes before the numbers.
static enum delta_status check_family(struct state *s, const uint8_t *block,
                                      size_t at, struct delta_error *error)
{
    bool has_one = (dfc_get32(block + 8) & FLAG_FAMILY) != 0;
    uint32_t family = has_one ? dfc_get32(block + 28) : 0;

    if (!is_flash(block)) {
        return DELTA_OK;
    }
    if (s->has_family && family != s->family) {
        return bad(error, at, "programs for two chip families", family,
                   s->family);
    }
    s->has_family = true;
    s->family = family;
    return DELTA_OK;
}

// A block has its number once, among as many as all blocks say.
static enum delta_status count_block(struct state *s, const uint8_t *block,
                                     size_t at, size_t size,
                                     struct delta_error *error)
{
    uint32_t number = dfc_get32(block + 20);
    uint32_t total = dfc_get32(block + 24);

    if (s->seen == NULL) {
        if (total == 0 || total > size / BLOCK) {
            return bad(error, at, "blocks missing", (uint32_t)(size / BLOCK),
                       total);
        }
        s->total = total;
        s->seen = calloc(total, 1);
        if (s->seen == NULL) {
            return delta_fail_memory(error, "image");
        }
    }
    if (total != s->total) {
        return bad(error, at, "another number of blocks", total, s->total);
    }
    if (number >= total || s->seen[number] != 0) {
        return bad(error, at, "block number out of range or used twice", number,
                   s->count);
    }
    s->seen[number] = 1;
    s->count++;
    return DELTA_OK;
}

static enum delta_status add_block(struct state *s, const uint8_t *block,
                                   size_t at, struct delta_error *error)
{
    uint32_t address = dfc_get32(block + 12);
    uint32_t size = dfc_get32(block + 16);

    if (!is_flash(block)) {
        return DELTA_OK;
    }
    if (size > PAYLOAD_MAX) {
        return bad(error, at, "too many bytes", size, PAYLOAD_MAX);
    }
    if ((uint64_t)address + size > 0x100000000u) {
        return bad(error, at, "data beyond the last address", address,
                   0u - size);
    }
    delta_layout_add(&s->layout, address, block + 32, size);
    return DELTA_OK;
}

static enum delta_status read_all(struct state *s, const uint8_t *data,
                                  size_t size, struct delta_error *error)
{
    enum delta_status status = DELTA_OK;

    if (size == 0 || size % BLOCK != 0) {
        return delta_fail(error, DELTA_ERR_IMAGE, "image",
                          NAME ": cut short (found %zu bytes, expected blocks "
                               "of %u)",
                          size, BLOCK);
    }
    for (size_t at = 0; status == DELTA_OK && at < size; at += BLOCK) {
        const uint8_t *block = data + at;

        if (!is_block(block)) {
            return bad_magic(error, at, block);
        }
        if (is_dummy(block)) {
            continue;
        }
        status = check_family(s, block, at, error);
        if (status == DELTA_OK) {
            status = count_block(s, block, at, size, error);
        }
        if (status == DELTA_OK) {
            status = add_block(s, block, at, error);
        }
    }
    if (status == DELTA_OK && s->count < s->total) {
        return delta_fail(error, DELTA_ERR_IMAGE, "image",
                          NAME ": blocks missing (found %lu, expected %lu)",
                          (unsigned long)s->count, (unsigned long)s->total);
    }
    return status;
}

enum delta_status delta_file_uf2(struct delta_image *image, const uint8_t *data,
                                 size_t size, struct delta_error *error)
{
    struct state s = {0};
    enum delta_status status = read_all(&s, data, size, error);

    free(s.seen);
    if (status != DELTA_OK) {
        delta_layout_free(&s.layout);
        return status;
    }
    return delta_file_finish(image, &s.layout, NAME, error);
}
