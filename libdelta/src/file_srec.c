// SPDX-License-Identifier: MIT
// Motorola S-record files.

#include "files.h"

#include "errors.h"
#include "hexlines.h"

#define NAME "S-record"

// Bytes of the address of each type, 0: no such type.
static const uint8_t address_sizes[10] = {2, 2, 3, 4, 0, 2, 3, 4, 3, 2};

struct state {
    struct delta_hexlines lines;
    struct delta_layout layout;
    uint32_t data_count; // data records so far
    bool ended;
};

static bool is_start(uint8_t character)
{
    return character == 'S' || character == 's';
}

bool delta_file_is_srec(const uint8_t *data, size_t size)
{
    size_t begin = delta_hexlines_begin(data, size);

    if (size - begin < 8 || !is_start(data[begin]) || data[begin + 1] < '0' ||
        data[begin + 1] > '9') {
        return false;
    }
    for (size_t i = 2; i < 8; i++) {
        if (delta_hex_digit(data[begin + i]) < 0) {
            return false;
        }
    }
    return true;
}

static enum delta_status check_type(const struct delta_hexlines *l,
                                    struct delta_error *error)
{
    if (!is_start(l->text[0])) {
        return delta_hexlines_fail(l, error,
                                   "no record (found byte 0x%02x, expected "
                                   "'S')",
                                   (unsigned)l->text[0]);
    }
    if (l->text_size < 2 || l->text[1] < '0' || l->text[1] > '9' ||
        address_sizes[l->text[1] - '0'] == 0) {
        return delta_hexlines_fail(
            l, error,
            "unknown record (found byte 0x%02x behind S, expected 0-3 or 5-9)",
            l->text_size < 2 ? 0u : (unsigned)l->text[1]);
    }
    return DELTA_OK;
}

static enum delta_status check_record(struct delta_hexlines *l,
                                      struct delta_error *error)
{
    enum delta_status status = check_type(l, error);
    unsigned least;
    uint8_t sum = 0xFF;

    if (status == DELTA_OK) {
        status = delta_hexlines_bytes(l, 2, error);
    }
    if (status != DELTA_OK) {
        return status;
    }
    least = address_sizes[l->text[1] - '0'] + 2u;
    if (l->byte_count < least || l->byte_count != l->bytes[0] + 1u) {
        return delta_hexlines_fail(
            l, error, "record of the wrong size (found %zu bytes, expected %u)",
            l->byte_count,
            l->byte_count > 0 && l->bytes[0] + 1u > least ? l->bytes[0] + 1u
                                                          : least);
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

static enum delta_status add_data(struct state *s, uint32_t address,
                                  uint32_t head, struct delta_error *error)
{
    const struct delta_hexlines *l = &s->lines;
    size_t size = l->byte_count - 1 - head;

    s->data_count++;
    if ((uint64_t)address + size > 0x100000000u) {
        return delta_hexlines_fail(l, error,
                                   "data beyond the last address (found "
                                   "0x%08lx and %zu bytes, expected 32 bits)",
                                   (unsigned long)address, size);
    }
    delta_layout_add(&s->layout, address, l->bytes + head, size);
    return DELTA_OK;
}

static enum delta_status read_record(struct state *s, struct delta_error *error)
{
    const struct delta_hexlines *l = &s->lines;
    unsigned type = l->text[1] - (unsigned)'0';
    uint32_t address = 0;

    if (s->ended) {
        return delta_hexlines_fail(l, error,
                                   "record behind the end record (found S%u, "
                                   "expected none)",
                                   type);
    }
    for (unsigned i = 1; i <= address_sizes[type]; i++) {
        address = address << 8 | l->bytes[i];
    }
    if (type >= 1 && type <= 3) {
        return add_data(s, address, address_sizes[type] + 1u, error);
    }
    if ((type == 5 || type == 6) && address != s->data_count) {
        return delta_hexlines_fail(l, error,
                                   "data records missing (found %lu, expected "
                                   "%lu)",
                                   (unsigned long)s->data_count,
                                   (unsigned long)address);
    }
    s->ended = type >= 7;
    return DELTA_OK;
}

static enum delta_status read_all(struct state *s, struct delta_error *error)
{
    enum delta_status status = DELTA_OK;

    while (status == DELTA_OK && delta_hexlines_next(&s->lines)) {
        status = check_record(&s->lines, error);
        if (status == DELTA_OK) {
            status = read_record(s, error);
        }
    }
    if (status == DELTA_OK && !s->ended) {
        return delta_fail(error, DELTA_ERR_IMAGE, "image",
                          NAME ": cut short (found the end of the file after "
                               "line %lu, expected S7, S8 or S9)",
                          s->lines.number);
    }
    return status;
}

enum delta_status delta_file_srec(struct delta_image *image,
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
