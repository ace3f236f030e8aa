// SPDX-License-Identifier: MIT
// Lines of hexadecimal digits, as in Intel HEX and S-record files.

#ifndef DELTA_HEXLINES_H
#define DELTA_HEXLINES_H

#include "delta_image.h"

// Set data, size and name (of the format) to begin.
struct delta_hexlines {
    const uint8_t *data;
    size_t size;
    const char *name;
    size_t at;
    unsigned long number;   // of this line, from 1
    const uint8_t *text;    // this line without blanks around it
    size_t text_size;       // at least 1
    uint8_t bytes[1 + 255]; // what its digits mean
    size_t byte_count;
};

// Where the first line that is not blank begins.
size_t delta_hexlines_begin(const uint8_t *data, size_t size);

// Go to the next line that is not blank. false: there is none.
bool delta_hexlines_next(struct delta_hexlines *l);

// Read the digits from column `skip` (from 0) on.
enum delta_status delta_hexlines_bytes(struct delta_hexlines *l, size_t skip,
                                       struct delta_error *error);

// An error in this line.
enum delta_status delta_hexlines_fail(const struct delta_hexlines *l,
                                      struct delta_error *error,
                                      const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// The value of a digit, or -1.
int delta_hex_digit(uint8_t character);

#endif
