// SPDX-License-Identifier: MIT
// Lays out pieces of data by address, as the flash holds them.

#include "layout.h"

#include <stdlib.h>
#include <string.h>

#include "errors.h"

static bool is_next(const struct delta_layout *l, uint64_t address)
{
    const struct delta_piece *last;

    if (l->count == 0) {
        return false;
    }
    last = l->pieces + l->count - 1;
    return last->address + last->size == address;
}

static bool new_piece(struct delta_layout *l, uint64_t address)
{
    if (l->count == l->room) {
        size_t room = l->room < 64 ? 64 : 2 * l->room;
        struct delta_piece *pieces = realloc(l->pieces, room * sizeof(*pieces));

        if (pieces == NULL) {
            l->failed = true;
            return false;
        }
        l->pieces = pieces;
        l->room = room;
    }
    l->pieces[l->count++] = (struct delta_piece){address, l->bytes.size, 0};
    return true;
}

void delta_layout_add(struct delta_layout *l, uint64_t address,
                      const void *data, size_t size)
{
    // More bytes than that overlap, or span too much: no need to hold them.
    l->too_large |= size > DELTA_SPAN_MAX - l->bytes.size;
    if (l->failed || l->too_large || size == 0) {
        return;
    }
    if (!is_next(l, address) && !new_piece(l, address)) {
        return;
    }
    delta_buffer_append(&l->bytes, data, size);
    l->failed |= l->bytes.failed;
    l->pieces[l->count - 1].size += size;
}

static int by_address(const void *a, const void *b)
{
    const struct delta_piece *x = a;
    const struct delta_piece *y = b;

    if (x->address != y->address) {
        return x->address < y->address ? -1 : 1;
    }
    return x->at < y->at ? -1 : x->at > y->at;
}

// How far the pieces reach from the lowest address, if not too far.
static enum delta_status check_span(const struct delta_layout *l,
                                    const char *name, uint64_t *span,
                                    struct delta_error *error)
{
    uint64_t first = l->pieces[0].address;

    *span = 1; // no piece is empty
    for (size_t i = 0; i < l->count; i++) {
        const struct delta_piece *piece = l->pieces + i;
        uint64_t reach = piece->address - first + piece->size;

        if (reach > DELTA_SPAN_MAX || reach < piece->size) {
            return delta_fail(
                error, DELTA_ERR_IMAGE, "image",
                "%s: data is too far apart (found 0x%08llx and 0x%08llx, "
                "expected within %lu MiB)",
                name, (unsigned long long)first,
                (unsigned long long)piece->address,
                (unsigned long)(DELTA_SPAN_MAX >> 20));
        }
        *span = reach > *span ? reach : *span;
    }
    return DELTA_OK;
}

// Copy a piece; `end` is how far the image is laid out, and each byte from the
// piece's place up to there has been given.
static bool place(struct delta_image *image, const struct delta_layout *l,
                  const struct delta_piece *piece, uint64_t *end)
{
    size_t at = (size_t)(piece->address - l->pieces[0].address);
    size_t known = at < *end ? (size_t)(*end - at) : 0;
    const uint8_t *bytes = l->bytes.data + piece->at;

    known = known < piece->size ? known : piece->size;
    if (memcmp(image->data + at, bytes, known) != 0) {
        while (image->data[at] == *bytes) {
            at++;
            bytes++;
        }
        *end = at; // where they differ
        return false;
    }
    if (at > *end) {
        image->fill_size += (uint32_t)(at - *end);
    }
    memcpy(image->data + at, bytes, piece->size);
    *end = at + piece->size > *end ? at + piece->size : *end;
    return true;
}

enum delta_status delta_layout_make(struct delta_layout *l,
                                    struct delta_image *image, uint64_t *base,
                                    const char *name, struct delta_error *error)
{
    uint64_t span, end = 0;
    enum delta_status status;

    if (l->failed) {
        return delta_fail_memory(error, "image");
    }
    if (l->too_large) {
        return delta_fail(error, DELTA_ERR_IMAGE, "image",
                          "%s: too much data (expected at most %lu MiB)", name,
                          (unsigned long)(DELTA_SPAN_MAX >> 20));
    }
    if (l->count == 0) {
        return delta_fail(error, DELTA_ERR_IMAGE, "image",
                          "%s: no data for the flash (found 0 bytes, expected "
                          "at least 1)",
                          name);
    }
    qsort(l->pieces, l->count, sizeof(*l->pieces), by_address);
    status = check_span(l, name, &span, error);
    if (status != DELTA_OK) {
        return status;
    }
    image->data = malloc((size_t)span);
    if (image->data == NULL) {
        return delta_fail_memory(error, "image");
    }
    image->size = (uint32_t)span;
    memset(image->data, 0xFF, image->size);
    *base = l->pieces[0].address;
    for (size_t i = 0; i < l->count; i++) {
        if (!place(image, l, l->pieces + i, &end)) {
            unsigned long long address = *base + end;

            return delta_fail(error, DELTA_ERR_IMAGE, "image",
                              "%s: two values for the byte at 0x%08llx "
                              "(expected one)",
                              name, address);
        }
    }
    return DELTA_OK;
}

void delta_layout_free(struct delta_layout *l)
{
    delta_buffer_free(&l->bytes);
    free(l->pieces);
    memset(l, 0, sizeof(*l));
}
