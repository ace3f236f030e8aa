// SPDX-License-Identifier: MIT
// Intel HEX files.

#include "files.h"

#include "errors.h"
#include "hexlines.h"

#define NAME "Intel HEX"
#define FRAME 5u // bytes of a record besides its data

enum { DATA = 0, END = 1, SEGMENT = 2, SEGMENT_ENTRY, LINEAR, LINEAR_ENTRY };

struct state {
    struct delta_hexlines lines;
    struct delta_layout layout;
    uint32_t base;
    bool is_segment; // offsets wrap at 64 KiB
    bool ended;
};

bool delta_file_is_ihex(const uint8_t *data, size_t size)
{
    size_t begin = delta_hexlines_begin(data, size);

    if (size - begin < 9 || data[begin] != ':') {
        return false;
    }
    for (size_t i = 1; i <= 8; i++) {
        if (delta_hex_digit(data[begin + i]) < 0) {
            return false;
        }
    }
    return true;
}

static enum delta_status check_record(struct state *s,
                                      struct delta_error *error)
{
    struct delta_hexlines *l = &s->lines;
    enum delta_status status;
    uint8_t sum = 0;

    if (l->text[0] != ':') {
        return delta_hexlines_fail(l, error,
                                   "no record (found byte 0x%02x, expected "
                                   "':')",
                                   (unsigned)l->text[0]);
    }
    status = delta_hexlines_bytes(l, 1, error);
    if (status != DELTA_OK) {
        return status;
    }
    if (l->byte_count < FRAME || l->byte_count != l->bytes[0] + FRAME) {
        return delta_hexlines_fail(
            l, error, "record of the wrong size (found %zu bytes, expected %u)",
            l->byte_count, l->byte_count > 0 ? l->bytes[0] + FRAME : FRAME);
    }
    for (size_t i = 0; i + 1 < l->byte_count; i++) {
        sum = (uint8_t)(sum - l->bytes[i]);
    }
    if (sum != l->bytes[l->byte_count - 1]) {
        return delta_hexlines_fail(
            l, error, "checksum does not match (found %02X, expected %02X)",
            (unsigned)l->bytes[l->byte_count - 1], (unsigned)sum);
    }
    return DELTA_OK;
}

static enum delta_status add_data(struct state *s, struct delta_error *error)
{
    const struct delta_hexlines *l = &s->lines;
    uint32_t offset = (uint32_t)l->bytes[1] << 8 | l->bytes[2];
    uint32_t size = l->bytes[0];
    uint64_t address = (uint64_t)s->base + offset;
    uint32_t first = size;

    if (s->is_segment && size > 0x10000u - offset) {
        first = 0x10000u - offset;
        delta_layout_add(&s->layout, s->base, l->bytes + 4 + first,
                         size - first);
    }
    if (address + first > 0x100000000u) {
        return delta_hexlines_fail(l, error,
                                   "data beyond the last address (found "
                                   "0x%08lx and %lu bytes, expected 32 bits)",
                                   (unsigned long)address, (unsigned long)size);
    }
    delta_layout_add(&s->layout, address, l->bytes + 4, first);
    return DELTA_OK;
}

static enum delta_status check_size(const struct state *s, unsigned expected,
                                    struct delta_error *error)
{
    const struct delta_hexlines *l = &s->lines;

    if (l->bytes[0] == expected) {
        return DELTA_OK;
    }
    return delta_hexlines_fail(l, error,
                               "record of type %02X of the wrong size (found "
                               "%u data bytes, expected %u)",
                               (unsigned)l->bytes[3], (unsigned)l->bytes[0],
                               expected);
}

static enum delta_status read_record(struct state *s, struct delta_error *error)
{
    const struct delta_hexlines *l = &s->lines;
    uint32_t upper = (uint32_t)l->bytes[4] << 8 | l->bytes[5];
    enum delta_status status;

    if (s->ended) {
        return delta_hexlines_fail(l, error,
                                   "record behind the end record (found type "
                                   "%02X, expected none)",
                                   (unsigned)l->bytes[3]);
    }
    switch (l->bytes[3]) {
    case DATA: return add_data(s, error);
    case END: s->ended = true; return check_size(s, 0, error);
    case SEGMENT:
    case LINEAR:
        status = check_size(s, 2, error);
        if (status == DELTA_OK) {
            s->is_segment = l->bytes[3] == SEGMENT;
            s->base = upper << (s->is_segment ? 4 : 16);
        }
        return status;
    case SEGMENT_ENTRY:
    case LINEAR_ENTRY: return check_size(s, 4, error);
    default:
        return delta_hexlines_fail(l, error,
                                   "unknown record (found type %02X, expected "
                                   "00 to 05)",
                                   (unsigned)l->bytes[3]);
    }
}

static enum delta_status read_all(struct state *s, struct delta_error *error)
{
    enum delta_status status = DELTA_OK;

    while (status == DELTA_OK && delta_hexlines_next(&s->lines)) {
        status = check_record(s, error);
        if (status == DELTA_OK) {
            status = read_record(s, error);
        }
    }
    if (status == DELTA_OK && !s->ended) {
        return delta_fail(error, DELTA_ERR_IMAGE, "image",
                          NAME ": cut short (found the end of the file after "
                               "line %lu, expected an end record)",
                          s->lines.number);
    }
    return status;
}

enum delta_status delta_file_ihex(struct delta_image *image,
                                  const uint8_t *data, size_t size,
                                  struct delta_error *error)
{
    struct state s = {.lines = {.data = data, .size = size, .name = NAME}};
    enum delta_status status = read_all(&s, error);

    if (status != DELTA_OK) {
        delta_layout_free(&s.layout);
        return status;
    }
    return delta_file_finish(image, &s.layout, NAME, error);
}
